"""Counting what is sent against limits. One process counts; after a restart the attempts on record are read.

A place is taken before sending, and what is under way always counts; it is counted at the end of its
attempt, so that no receiver sees more in any window than a limit allows, however slow an attempt was.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.clock import MINUTE, Instant
from services.notification.application.delivery.ports import Deliveries
from services.notification.domain.delivery.limits import Cap, caps_of, keys_of, longest_window
from services.notification.domain.notifications import Channel
from services.notification.domain.rules import RateLimit

_SWEEP_AFTER = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Taken by one message under these keys; given back, or kept for good, by `Caps.ended`."""

    keys: tuple[str, ...]


class Caps:
    """What was sent within the longest window of the limits, and what is under way."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._sent: dict[str, list[Instant]] = {}
        self._under_way: Counter[str] = Counter()
        self._known_since: Instant | None = None
        self._longest = 0
        self._reading = asyncio.Lock()
        self._until_sweep = _SWEEP_AFTER

    async def cover(self, limits: Sequence[RateLimit], now: Instant) -> None:
        """Knows from now on everything that these limits count: reads what is on record, if need be."""
        self._longest = longest_window(limits)
        if self._longest == 0 or self._is_covered(now):
            return
        async with self._reading:
            if self._is_covered(now):
                return
            since, until = Instant(now - self._longest), self._known_since or now
            for one in await self._deliveries.sent_between(since, until):
                for key in keys_of(one.recipient_key, one.channel):
                    # What nobody saw end may have arrived up to now.
                    insort(self._sent.setdefault(key, []), now if one.at is None else one.at)
            self._known_since = since

    def take(
        self, limits: Sequence[RateLimit], recipient_key: str, channel: Channel, now: Instant, urgent: bool
    ) -> Place | Instant:
        """A place for one message, or when to ask again. What is urgent always has one, and counts."""
        caps = () if urgent else caps_of(limits, recipient_key, channel)
        waits = [free for cap in caps if (free := self._free_at(cap, now)) is not None]
        if waits:
            return max(waits)
        place = Place(keys_of(recipient_key, channel) if limits else ())
        self._under_way.update(place.keys)
        return place

    def ended(self, place: Place, at: Instant, counts: bool) -> None:
        """The attempt is over. `counts`: the message was received, or may have been."""
        for key in place.keys:
            self._under_way[key] -= 1
            if not self._under_way[key]:
                del self._under_way[key]
            if counts:
                insort(self._sent.setdefault(key, []), at)
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            self._sweep(at)

    def _free_at(self, cap: Cap, now: Instant) -> Instant | None:
        """None: there is room now."""
        sent = self._sent.get(cap.key, [])
        counted = len(sent) - bisect_right(sent, now - cap.window)
        too_many = counted + self._under_way[cap.key] - cap.most + 1
        if too_many <= 0:
            return None
        if too_many <= counted:
            return Instant(sent[len(sent) - counted + too_many - 1] + cap.window)
        # Only what is under way can make room, by failing.
        return Instant(now + min(cap.window, MINUTE))

    def _is_covered(self, now: Instant) -> bool:
        return self._known_since is not None and self._known_since <= now - self._longest

    def _sweep(self, now: Instant) -> None:
        self._until_sweep = _SWEEP_AFTER
        begin = Instant(now - self._longest)
        for key in list(self._sent):
            del self._sent[key][: bisect_left(self._sent[key], begin)]
            if not self._sent[key]:
                del self._sent[key]
        if self._known_since is not None:
            self._known_since = max(self._known_since, begin)
