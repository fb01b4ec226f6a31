"""Velocity limits: how many new requests a subscriber or an element may make within any window of time.

Windows slide and live in memory alone: after a start they are empty, and what
they refuse leaves no trace in the journal. Time is told by the caller.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.charging.domain.rating.policies import VelocityLimit, VelocityRequest
from services.common.kernel.clock import SECOND, Instant

MOST_STAMPS = 1_000_000
"""Requests remembered in all; beyond it those who have been quiet the longest are forgotten first."""

MOST_REFUSED = 10_000
"""Subjects of whom is remembered that they are being refused, so that each is told of once."""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The limit that stands in the way, and when a request would be let through again.

    `first`: the one before it was let through. A flood is worth one line of a log.
    """

    limit: VelocityLimit
    come_back_at: Instant
    first: bool


class Velocity:
    """Counts admitted requests by (limit, subscriber or element). Refused ones do not count."""

    def __init__(self, most_stamps: int = MOST_STAMPS) -> None:
        self._most_stamps = most_stamps
        self._windows: OrderedDict[_Key, deque[Instant]] = OrderedDict()
        self._stamps = 0
        self._refusing: set[_Key] = set()
        self.refused: Counter[str] = Counter()

    @property
    def remembered(self) -> int:
        """Requests held in memory: at most `most_stamps`, or what one busy subject alone may make."""
        return self._stamps

    def admit(
        self,
        limits: Iterable[VelocityLimit],
        request: VelocityRequest,
        subscriber_id: str,
        nf_name: str,
        now: Instant,
    ) -> Exceeded | None:
        """Counts a request against every limit that holds for it, or, where one is reached, against none."""
        holding = [
            ((limit.code, nf_name if limit.per_element else subscriber_id), limit)
            for limit in limits
            if limit.request is request
        ]
        exceeded = max(self._reached(holding, now), key=lambda item: item.come_back_at, default=None)
        if exceeded is not None:
            self.refused[exceeded.limit.code] += 1
            return exceeded
        for key, _ in holding:
            self._remember(key, now)
        return None

    def _reached(self, holding: Iterable[tuple[_Key, VelocityLimit]], now: Instant) -> Iterator[Exceeded]:
        for key, limit in holding:
            window = limit.window_seconds * SECOND
            stamps = self._within(key, Instant(now - window))
            if len(stamps) >= limit.maximum_requests:
                # So many must leave the window before there is room for one; none allowed: a whole window.
                oldest = stamps[len(stamps) - limit.maximum_requests] if limit.maximum_requests else now
                yield Exceeded(limit, Instant(oldest + window), self._begins_refusing(key))

    def _begins_refusing(self, key: _Key) -> bool:
        first = key not in self._refusing
        if len(self._refusing) >= MOST_REFUSED:
            self._refusing.clear()
        self._refusing.add(key)
        return first

    def _within(self, key: _Key, since: Instant) -> deque[Instant]:
        """Stamps after an instant; older ones are forgotten."""
        stamps = self._windows.get(key)
        if stamps is None:
            return deque()
        while stamps and stamps[0] <= since:
            stamps.popleft()
            self._stamps -= 1
        if stamps:
            # Whoever asks is not quiet, and is not forgotten for being refused.
            self._windows.move_to_end(key)
        else:
            del self._windows[key]
        return stamps

    def _remember(self, key: _Key, now: Instant) -> None:
        self._windows.setdefault(key, deque()).append(now)
        self._windows.move_to_end(key)
        self._refusing.discard(key)
        self._stamps += 1
        while self._stamps > self._most_stamps and len(self._windows) > 1:
            _, forgotten = self._windows.popitem(last=False)
            self._stamps -= len(forgotten)
