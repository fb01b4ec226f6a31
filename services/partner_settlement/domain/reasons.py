"""Why partner settlement refuses a request; of each concern, in the order in which it is checked."""

from __future__ import annotations

from services.common.kernel.outcome import Category, Reason

# Agreements.
REQUEST_ID_INVALID = Reason("REQUEST_ID_INVALID", Category.INVALID_ARGUMENT)
ACTOR_INVALID = Reason("ACTOR_INVALID", Category.INVALID_ARGUMENT)
SOURCE_EMPTY = Reason("SOURCE_EMPTY", Category.INVALID_ARGUMENT)
SOURCE_FILE_INVALID = Reason("SOURCE_FILE_INVALID", Category.INVALID_ARGUMENT)
PERIOD_INVALID = Reason("PERIOD_INVALID", Category.INVALID_ARGUMENT)
DUPLICATE_DIFFERS = Reason("DUPLICATE_DIFFERS", Category.CONFLICT)
AGREEMENTS_HAVE_ERRORS = Reason("AGREEMENTS_HAVE_ERRORS", Category.PRECONDITION)
EFFECTIVE_DATE_SETTLED = Reason("EFFECTIVE_DATE_SETTLED", Category.PRECONDITION)
AGREEMENTS_BUSY = Reason("AGREEMENTS_BUSY", Category.UNAVAILABLE)
AGREEMENT_UNKNOWN = Reason("AGREEMENT_UNKNOWN", Category.NOT_FOUND)
