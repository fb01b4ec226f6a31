"""The changes a decision collects. The state itself is only read; a refused draft is simply dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.apply import PERIODS_KEPT, member_counter
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.state import Bucket, PartitionState
from services.common.kernel.clock import DAY, Instant


class Draft:
    """Buckets and counters as they would be, and the events that would make them so."""

    def __init__(self, state: PartitionState) -> None:
        self.state = state
        self.events: list[ev.Event] = []
        self._buckets: dict[str, Bucket] = {}
        self._counters: dict[tuple[str, str, str], int] = {}
        self._told: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._overrun: dict[str, int] = {}

    def bucket(self, bucket_id: str) -> Bucket:
        """A bucket as it would be."""
        found = self._buckets.get(bucket_id)
        return found if found is not None else self.state.buckets[bucket_id]

    def buckets_for(
        self, subscriber_id: str, rating_group: int, under: Circumstances, at: Instant
    ) -> list[Bucket]:
        """Buckets that may pay for such usage, in burn order: priority, what ends first, what began first.

        The allowances of an offering rest while it is suspended.
        """
        usable = [
            bucket
            for bucket in map(self.bucket, self.state.subscriber_buckets[subscriber_id])
            if bucket.serves(subscriber_id, rating_group, under, at)
        ]
        if len(usable) > 1:
            resting = self.state.subscribers[subscriber_id].resting(at)
            if resting:
                usable = [bucket for bucket in usable if bucket.offering_code not in resting]
            usable.sort(key=_burn_order)
        return usable

    def move(self, bucket_id: str, reason: ev.MovementReason, delta: int, charge_id: str = "") -> None:
        """Changes a balance and tells it as an event; crossed thresholds with it."""
        before = self.bucket(bucket_id)
        after = before.holding(before.balance + delta, before.reserved)
        self._keep(after)
        self.events.append(_moved(after, reason, delta, charge_id))
        self._told[bucket_id] = after.reserved
        self.events.extend(self._crossed(before, after))

    def hold(self, bucket_id: str, amount: int) -> None:
        """Reserves (or, negative, gives back) an amount. Told by `settle`, net of all."""
        before = self.bucket(bucket_id)
        if amount < 0 and before.available < 0:
            self._overrun[bucket_id] = max(self._overrun.get(bucket_id, 0), -before.available)
        self._told.setdefault(bucket_id, before.reserved)
        self._held[bucket_id] = self._held.get(bucket_id, 0) + amount
        self._keep(before.holding(before.balance, before.reserved + amount))

    def cover(self, bucket: Bucket) -> int:
        """What a bucket can pay now, at least 0.

        What was held for this very usage pays for it, even where somebody
        else's overrun has meanwhile eaten into it: that is recorded there.
        """
        return max(0, bucket.available + self._overrun.get(bucket.bucket_id, 0))

    def usable(self, bucket: Bucket, subscriber_id: str) -> int:
        """What a subscriber may reserve or use of a bucket; a member's limit counts what is held for them."""
        if not bucket.member_limit:
            return bucket.available
        used = self.counter(subscriber_id, member_counter(bucket.bucket_id))
        held = self._held_by(subscriber_id, bucket)
        return min(bucket.available, bucket.member_limit - used - held)

    def settle(self, released_as: ev.MovementReason = ev.MovementReason.RELEASED) -> None:
        """Tells the net change of every reservation as one event a bucket."""
        for bucket_id, told in self._told.items():
            bucket = self.bucket(bucket_id)
            if bucket.reserved != told:
                reason = ev.MovementReason.RESERVED if bucket.reserved > told else released_as
                self.events.append(_moved(bucket, reason, 0, ""))
                self._told[bucket_id] = bucket.reserved

    def counter(self, owner: str, counter: str, period: str = "") -> int:
        """What a counter of a subscriber or an account would stand at in a period; 0 before its first use."""
        found = self._counters.get((owner, counter, period))
        if found is not None:
            return found
        counts = self.state.counters.get((owner, counter), ())
        return next((count.value for count in counts if count.period == period), 0)

    def forgotten(self, owner: str, counter: str, period: str) -> bool:
        """True for a period older than those that a counter still holds."""
        counts = self.state.counters.get((owner, counter), ())
        return len(counts) == PERIODS_KEPT and period < counts[0].period

    def count(self, owner: str, counter: str, period: str, value: int) -> None:
        """Sets a counter."""
        self._counters[owner, counter, period] = value
        self.events.append(ev.CounterAdvanced(owner, counter, value, period))

    def start(self, bucket_id: str, at: Instant) -> None:
        """The first use of a bucket whose validity begins with it."""
        bucket = self.bucket(bucket_id)
        if bucket.days_from_first_use:
            until = Instant(at + bucket.days_from_first_use * DAY)
            self._keep(replace(bucket, valid_until=until, days_from_first_use=0))
            self.events.append(ev.BucketStarted(bucket.account_id, bucket_id, until))

    def _held_by(self, subscriber_id: str, bucket: Bucket) -> int:
        """Reservations of a member's sessions, with what this draft changed of them."""
        sessions = self.state.sessions
        return self._held.get(bucket.bucket_id, 0) + sum(
            amount
            for ref in self.state.account_sessions.get(bucket.account_id, ())
            if sessions[ref].subscriber_id == subscriber_id
            for group in sessions[ref].rating_groups.values()
            for bucket_id, amount in group.reservations
            if bucket_id == bucket.bucket_id
        )

    def _keep(self, bucket: Bucket) -> None:
        self._buckets[bucket.bucket_id] = bucket

    def _crossed(self, before: Bucket, after: Bucket) -> Iterable[ev.ThresholdCrossed]:
        if before.is_money:
            mark = self.state.accounts[before.account_id].low_balance
            if mark is not None and after.balance <= mark < before.balance:
                yield ev.ThresholdCrossed(after.account_id, after.bucket_id, 0, after.balance)
            return
        for percent in before.thresholds_percent:
            mark = before.initial * (100 - percent)
            if after.balance * 100 <= mark < before.balance * 100:
                yield ev.ThresholdCrossed(after.account_id, after.bucket_id, percent, after.balance)


def _burn_order(bucket: Bucket) -> tuple[int, int, int, str]:
    """Of what ends together what began first goes first: units rolled over before those of the period."""
    return (
        bucket.priority,
        bucket.valid_until if bucket.valid_until is not None else 2**63,
        bucket.valid_from,
        bucket.bucket_id,
    )


def _moved(bucket: Bucket, reason: ev.MovementReason, delta: int, charge_id: str) -> ev.BucketMoved:
    return ev.BucketMoved(
        bucket.account_id,
        bucket.bucket_id,
        reason,
        bucket.unit,
        delta,
        bucket.balance,
        bucket.reserved,
        charge_id,
    )
