"""Breakers: a host that fails again and again is left alone for a while, whoever is behind it.

Kept in memory by the injected time; a restart forgets them, and finds out again within a few attempts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.common.kernel.clock import EPOCH, Instant
from services.notification.domain.delivery.pacing import BREAKS_AFTER, FIRST_PAUSE, LONGEST_PAUSE


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    pause: int = FIRST_PAUSE
    open_until: Instant = EPOCH
    is_open: bool = False


class Breakers:
    """Of all hosts. Closed: every attempt may go. Open: none, then one to find out."""

    def __init__(self) -> None:
        self._breakers: dict[str, _Breaker] = {}

    def room(self, host: str, now: Instant, usual: int) -> int:
        """How many attempts may be under way."""
        breaker = self._breakers.get(host)
        if breaker is None or not breaker.is_open:
            return usual
        return 0 if now < breaker.open_until else 1

    def open_hosts(self, now: Instant) -> Collection[str]:
        """Those that no attempt may go to."""
        return [host for host, one in self._breakers.items() if one.is_open and now < one.open_until]

    def next_probe(self, now: Instant) -> Instant | None:
        """When the first of the open ones may be tried."""
        ends = [one.open_until for one in self._breakers.values() if one.is_open and now < one.open_until]
        return min(ends, default=None)

    def answered(self, host: str) -> None:
        """It took what was sent, or refused it: it works."""
        self._breakers.pop(host, None)

    def failed(self, host: str, now: Instant) -> None:
        """It was not reached, or could not."""
        breaker = self._breakers.setdefault(host, _Breaker())
        breaker.failures += 1
        if breaker.is_open and now >= breaker.open_until:
            breaker.pause = min(LONGEST_PAUSE, breaker.pause * 2)
        elif breaker.is_open or breaker.failures < BREAKS_AFTER:
            return
        breaker.is_open, breaker.open_until = True, Instant(now + breaker.pause)
