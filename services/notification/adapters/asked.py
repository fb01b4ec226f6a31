"""What callers ask with, looked at before a database is: at some of it databases fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from services.common.kernel.outcome import Refused, RefusedError
from services.notification.domain import reasons

N = TypeVar("N")
T = TypeVar("T")

LONGEST_ID = 64
LAST_PLACE = 2**63 - 1
"""Behind every place that is given."""


def is_id(text: str) -> bool:
    """True for what can be somebody's id, or something's: 1 to 64 printable characters."""
    return is_filter(text) and bool(text)


def is_filter(text: str, longest: int = LONGEST_ID) -> bool:
    """True for what can be looked for, the empty text included."""
    return len(text) <= longest and text.isprintable()


def place(number: int, field: str) -> int:
    """A cursor, a revision or a sequence. Raises RefusedError CURSOR_INVALID."""
    if not 0 <= number <= LAST_PLACE:
        raise RefusedError(Refused(reasons.CURSOR_INVALID, "no place that this service has given", field))
    return number


def known(values: Mapping[N, T], number: N, field: str, words: str) -> T:
    """What a number of the contract stands for. Raises RefusedError FIELD_INVALID."""
    if number not in values:
        raise RefusedError(Refused(reasons.FIELD_INVALID, words, field))
    return values[number]
