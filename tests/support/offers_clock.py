"""One clock for all services of a story: it begins on a known day, runs, and is turned forward by days."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from services.catalog import main as catalog_main
from services.charging import main as charging_main
from services.common.kernel.clock import MICROSECOND, SECOND, Instant, instant
from services.offers import main as offers_main

NOON = instant(datetime(2026, 12, 2, 11, tzinfo=UTC))
"""A Wednesday, 12:00 in Berlin: peak, no weekend, no quiet hours, and the winter's offers are in force."""


class TurnedClock:
    """Tells an instant that moves as time does, and farther when it is turned. Never backwards."""

    def __init__(self, begin: Instant = NOON) -> None:
        self.ahead = begin - _real()

    def now(self) -> Instant:
        """The present of the story."""
        return Instant(_real() + self.ahead)

    def turn(self, microseconds: int) -> None:
        """Lets so much time pass at once."""
        assert microseconds >= 0, "time does not go back"
        self.ahead += microseconds

    def turn_to(self, then: int) -> None:
        """Lets time pass up to an instant in microseconds, unless it has."""
        self.turn(max(0, then - self.now()))

    @property
    def seconds(self) -> int:
        """Whole seconds since 1970, as network elements stamp their requests."""
        return self.now() // SECOND


def one_clock(patch: pytest.MonkeyPatch, begin: Instant = NOON) -> TurnedClock:
    """Puts one clock in place of the computer's in every service that starts from now on."""
    clock = TurnedClock(begin)
    for main in (catalog_main, charging_main, offers_main):
        patch.setattr(main, "SystemClock", lambda: clock)
    return clock


def _real() -> int:
    return time.time_ns() // (1_000 * MICROSECOND)
