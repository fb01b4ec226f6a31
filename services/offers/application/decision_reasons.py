"""Why a decision is refused, beside the reasons that the whole service shares."""

from __future__ import annotations

from services.common.kernel.outcome import Category, Reason

DECISION_NOT_STORED = Reason("DECISION_NOT_STORED", Category.UNAVAILABLE)
WATCHER_TOO_SLOW = Reason("WATCHER_TOO_SLOW", Category.EXHAUSTED)
