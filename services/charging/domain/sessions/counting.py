"""Counters of the catalog: what usage moves them by, which marks it passes, and what a cap leaves.

A counter belongs to the subscriber, or where it is shared to the account. Its
definition is that of the subscriber's leading offering's catalog version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.charging.domain import events as ev
from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.periods import counting_period
from services.charging.domain.rating.policies import Counter
from services.charging.domain.rating.select import Subscribed
from services.common.kernel.clock import Instant


def counter_name(code: str) -> str:
    """Name under which a catalog counter is kept, apart from those of monthly prices."""
    return f"counter/{code}"


def counters_for(
    subscribed: Sequence[Subscribed], rating_group: int, under: Circumstances
) -> tuple[Counter, ...]:
    """Counters that such usage moves."""
    if not subscribed or not subscribed[0].tariff.counters:
        return ()
    return tuple(counter for counter in subscribed[0].tariff.counters if counter.counts(rating_group, under))


class Counting:
    """Moves the counters of one subscriber on a draft."""

    def __init__(self, draft: Draft, subscriber_id: str, account_id: str, time_zone: str) -> None:
        self._draft = draft
        self._subscriber_id = subscriber_id
        self._account_id = account_id
        self._time_zone = time_zone

    def count(self, counters: Sequence[Counter], units: int, minor_micros: int, at: Instant) -> None:
        """Adds usage and what it cost; every mark that is passed is told.

        Usage so late that its period is no longer kept is not counted: from nought it would pass,
        and tell, marks a second time.
        """
        for counter in counters:
            moved = minor_micros if counter.is_money else units
            if not moved:
                continue
            owner = self._owner(counter)
            period, _ = counting_period(counter.period, at, self._time_zone)
            if self._draft.forgotten(owner, counter_name(counter.code), period):
                continue
            before = self._draft.counter(owner, counter_name(counter.code), period)
            after = before + moved
            self._draft.count(owner, counter_name(counter.code), period, after)
            self._draft.events.extend(self._crossed(counter, period, before, after))

    def cap(self, counter: Counter) -> int | None:
        """The cap in force: the subscriber's own, or the catalog's; None: nothing stops."""
        own = self._draft.state.caps.get((self._subscriber_id, counter.code), counter.cap)
        return own if counter.liftable else counter.cap

    def left(self, counter: Counter, at: Instant) -> tuple[int, Instant] | None:
        """What the cap leaves in the running period, at least 0, and when that ends. None: no cap."""
        cap = self.cap(counter)
        if cap is None:
            return None
        period, end = counting_period(counter.period, at, self._time_zone)
        value = self._draft.counter(self._owner(counter), counter_name(counter.code), period)
        return max(0, cap - value), end

    def _owner(self, counter: Counter) -> str:
        return self._account_id if counter.shared else self._subscriber_id

    def _crossed(
        self, counter: Counter, period: str, before: int, after: int
    ) -> Iterator[ev.CounterThresholdCrossed]:
        cap = self.cap(counter)
        marks = [(item.mark, item.status, False) for item in counter.thresholds]
        if cap is not None:
            marks.append((cap, "", True))
        for mark, status, is_cap in marks:
            if before < mark <= after:
                yield ev.CounterThresholdCrossed(
                    self._account_id,
                    "" if counter.shared else self._subscriber_id,
                    counter.code,
                    period,
                    mark,
                    after,
                    status,
                    is_cap,
                )
