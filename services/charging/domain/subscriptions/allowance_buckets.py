"""The life of allowance buckets: opened, filled anew each period, rolled over, ended, taken away.

Names: `owner/offering/allowance` in the first period, `...@<number>` in a
later one, `...#<entry>` where that name is taken (a booster bought again), and
`<bucket>><number>` for what of a bucket has rolled over into a period.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.rating.tariff import Allowance, Offering
from services.charging.domain.state import Bucket, Subscriber, Subscription
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.periods import days_after
from services.common.kernel.clock import DAY, Instant

GRACE = DAY
"""How long a bucket that is past stays: a report may come late and still belong to its time."""


def open_buckets(
    draft: AccountDraft,
    subscriber: Subscriber,
    subscription: Subscription,
    offering: Offering,
    start: Instant,
    *,
    renewing_only: bool = False,
    purchase: bool = False,
) -> None:
    """Fills the allowances of an offering as of an instant.

    A shared allowance that somebody's subscription has filled already is not
    filled a second time, unless this is a `purchase` of its own.
    """
    for allowance in offering.allowances:
        if renewing_only and not allowance.renews:
            continue
        base = _base(subscriber, offering.code, allowance)
        if allowance.shared and not purchase and _is_filled(draft, subscriber.account_id, base, start):
            continue
        draft.record(
            ev.BucketOpened(_opened(draft, subscriber, subscription, offering.code, allowance, base, start))
        )


def roll_over(
    draft: AccountDraft, subscriber: Subscriber, before: Offering, after: Subscription, at: Instant
) -> None:
    """Lets what is left of buckets that end at an instant go on into the period that begins there.

    What is reserved stays where it is. The cap holds for an allowance as a
    whole; what may go on longest goes first.
    """
    if after.period_end is None:
        return
    for allowance in before.allowances:
        if allowance.rollover is None:
            continue
        base = _base(subscriber, before.code, allowance)
        sources = [
            bucket
            for bucket in draft.buckets(subscriber.account_id)
            if bucket.valid_until == at and bucket.rollover_periods and _belongs(bucket, base)
        ]
        sources.sort(key=lambda bucket: (-bucket.rollover_periods, bucket.bucket_id))
        room = allowance.rollover.maximum_units
        for source in sources:
            units = source.balance - source.reserved
            if allowance.rollover.maximum_units:
                units = min(units, room)
                room -= units
            if units > 0:
                _roll(draft, source, units, after, after.period_end)


def end_buckets(draft: AccountDraft, subscriber: Subscriber, offering_code: str, at: Instant) -> None:
    """Ends the buckets of an offering that a subscriber no longer has.

    A shared one stays while somebody else of the account has the offering.
    What is granted already is still paid from them.
    """
    for bucket in _held_alone(draft, subscriber, offering_code):
        _end(draft, bucket, at)


def end_renewing_buckets(
    draft: AccountDraft, subscriber: Subscriber, offering: Offering, at: Instant
) -> None:
    """Ends those that are filled each period, where the period ends before its time."""
    bases = [_base(subscriber, offering.code, item) for item in offering.allowances if item.renews]
    for bucket in _held_alone(draft, subscriber, offering.code):
        if any(_belongs(bucket, base) for base in bases):
            _end(draft, bucket, at)


def close_past_buckets(draft: AccountDraft, account_id: str, at: Instant) -> None:
    """Takes buckets away that have been past for a day at an instant and that nothing is reserved in."""
    for bucket in draft.buckets(account_id):
        due = closing_due(bucket)
        if due is None or due > at or bucket.reserved:
            continue
        rolled = _rolled_out_of(draft.buckets(account_id), bucket)
        draft.record(ev.BucketClosed(account_id, bucket.bucket_id, bucket.unit, bucket.balance, rolled))


def closing_due(bucket: Bucket) -> Instant | None:
    """When a bucket is to be taken away; None: its end is not known, or it is money."""
    if bucket.is_money or bucket.valid_until is None:
        return None
    return Instant(bucket.valid_until + GRACE)


def _held_alone(draft: AccountDraft, subscriber: Subscriber, offering_code: str) -> list[Bucket]:
    """Buckets of an offering that nobody else of the account may use by a subscription of their own."""
    account = draft.account(subscriber.account_id)
    others = any(
        held is not None and not held.suspended
        for other in account.subscriber_ids
        if other != subscriber.subscriber_id
        for held in (draft.subscriber(other).subscription(offering_code),)
    )
    own = frozenset({subscriber.subscriber_id})
    return [
        bucket
        for bucket in draft.buckets(account.account_id)
        if bucket.offering_code == offering_code
        and not bucket.is_money
        and (bucket.subscriber_ids == own or not (bucket.subscriber_ids or others))
    ]


def _end(draft: AccountDraft, bucket: Bucket, at: Instant) -> None:
    if bucket.valid_until is None or bucket.valid_until > at:
        draft.record(ev.BucketStarted(bucket.account_id, bucket.bucket_id, at))


def _base(subscriber: Subscriber, offering_code: str, allowance: Allowance) -> str:
    owner = subscriber.account_id if allowance.shared else subscriber.subscriber_id
    return f"{owner}/{offering_code}/{allowance.code}"


def _belongs(bucket: Bucket, base: str) -> bool:
    return bucket.bucket_id == base or (
        bucket.bucket_id.startswith(base) and bucket.bucket_id[len(base)] in "@#>"
    )


def _is_filled(draft: AccountDraft, account_id: str, base: str, at: Instant) -> bool:
    return any(
        bucket.valid_from <= at and (bucket.valid_until is None or at < bucket.valid_until)
        for bucket in draft.buckets(account_id)
        if _belongs(bucket, base) and ">" not in bucket.bucket_id
    )


def _opened(
    draft: AccountDraft,
    subscriber: Subscriber,
    subscription: Subscription,
    offering_code: str,
    allowance: Allowance,
    base: str,
    start: Instant,
) -> Bucket:
    number = subscription.period_number
    bucket_id = f"{base}@{number}" if number else base
    if bucket_id in draft.state.buckets:
        bucket_id = f"{bucket_id}#{draft.entry_id}"
    return Bucket(
        bucket_id=bucket_id,
        account_id=subscriber.account_id,
        name=allowance.name or allowance.code,
        unit=allowance.unit,
        is_money=False,
        balance=allowance.amount,
        reserved=0,
        floor=0,
        initial=allowance.amount,
        priority=allowance.priority,
        valid_from=start,
        valid_until=_valid_until(allowance, subscription, start, subscriber.time_zone),
        rating_groups=allowance.rating_groups,
        subscriber_ids=frozenset() if allowance.shared else frozenset({subscriber.subscriber_id}),
        thresholds_percent=allowance.thresholds_percent,
        offering_code=offering_code,
        conditions=allowance.conditions,
        member_limit=allowance.member_limit_units,
        days_from_first_use=allowance.validity_days if allowance.from_first_use else 0,
        giftable=allowance.giftable,
        rollover_periods=0 if allowance.rollover is None else allowance.rollover.periods,
    )


def _valid_until(
    allowance: Allowance, subscription: Subscription, start: Instant, time_zone: str
) -> Instant | None:
    """Its own validity, or with a period that it renews with; never beyond the subscription.

    What is shared goes on where its first owner leaves and others stay.
    """
    ends = []
    if allowance.validity_days and not allowance.from_first_use:
        ends.append(days_after(start, allowance.validity_days, time_zone))
    elif allowance.renews and not allowance.from_first_use and subscription.period_end is not None:
        ends.append(subscription.period_end)
    if subscription.ends_at is not None and not allowance.shared:
        ends.append(subscription.ends_at)
    return min(ends, default=None)


def _roll(draft: AccountDraft, source: Bucket, units: int, after: Subscription, period_end: Instant) -> None:
    """The new bucket is valid from where the old one was: a late report finds its units there."""
    ends = [period_end]
    if after.ends_at is not None and source.subscriber_ids:
        ends.append(after.ends_at)
    draft.shift(source.bucket_id, ev.MovementReason.ROLLED_OVER, -units)
    draft.record(
        ev.BucketOpened(
            replace(
                source,
                bucket_id=f"{source.bucket_id}>{after.period_number}",
                balance=units,
                reserved=0,
                initial=units,
                valid_until=min(ends),
                thresholds_percent=(),
                rollover_periods=source.rollover_periods - 1,
            )
        )
    )


def _rolled_out_of(buckets: Iterable[Bucket], source: Bucket) -> int:
    return sum(
        bucket.initial for bucket in buckets if bucket.bucket_id.rpartition(">")[0] == source.bucket_id
    )
