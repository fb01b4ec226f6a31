"""What an account may still use: its buckets, as charging's journal tells them. Values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.common.kernel.clock import Instant
from services.offers.domain.customer import AllowanceState
from services.offers.domain.policies import UsageClass


@dataclass(frozen=True, slots=True)
class Bucket:
    """Money in minor_micros, or units of an allowance.

    `unit`: the currency code for money. `floor`: how far it may be spent down. `given`: what was in it
    when it opened. `valid_until` 0: no end is known. Empty sets mean no restriction.
    """

    bucket_id: str
    unit: str
    is_money: bool
    balance: int
    reserved: int = 0
    floor: int = 0
    given: int = 0
    valid_from: int = 0
    valid_until: int = 0
    offering_code: str = ""
    rating_groups: frozenset[int] = frozenset()
    zones: frozenset[str] = frozenset()
    subscriber_ids: frozenset[str] = frozenset()

    def open_to(self, subscriber_id: str, at: Instant) -> bool:
        """True where the subscriber may use it at an instant."""
        return (
            (not self.subscriber_ids or subscriber_id in self.subscriber_ids)
            and self.valid_from <= at
            and (not self.valid_until or at < self.valid_until)
        )

    def serves(self, usage_class: UsageClass, zone: str) -> bool:
        """True for an allowance that usage of a class may draw on in a zone ('': not known)."""
        return (
            not self.is_money
            and self.unit == usage_class.unit
            and (not self.rating_groups or not self.rating_groups.isdisjoint(usage_class.rating_groups))
            and (not self.zones or not zone or zone in self.zones)
        )


_NO_ALLOWANCE = AllowanceState()

Buckets = Mapping[str, Bucket]
"""By bucket id."""


@dataclass(frozen=True, slots=True)
class Balances:
    """What a subscriber may use of an account.

    `money_minor_micros`: what is above the floor and not held by a session.
    """

    currency_code: str = ""
    money_minor_micros: int = 0
    allowances: Mapping[str, AllowanceState] = field(default_factory=dict)


def balances(
    buckets: Iterable[Bucket],
    subscriber_id: str,
    resting: frozenset[str],
    usage_classes: Iterable[UsageClass],
    zone: str,
    at: Instant,
) -> Balances:
    """The buckets that a subscriber may use, summed up. What `resting` offerings brought is left out.

    An allowance that sessions hold a part of still has that part: it was not used yet. Conditions of
    an allowance other than its zones are not looked at.
    """
    usable = [
        bucket
        for bucket in buckets
        if bucket.open_to(subscriber_id, at) and bucket.offering_code not in resting
    ]
    money = [bucket for bucket in usable if bucket.is_money]
    others = [bucket for bucket in usable if not bucket.is_money]
    return Balances(
        money[0].unit if money else "",
        sum(max(0, bucket.balance - bucket.floor - bucket.reserved) for bucket in money),
        {
            usage_class.code: _allowance([b for b in others if b.serves(usage_class, zone)])
            for usage_class in usage_classes
        },
    )


def _allowance(buckets: list[Bucket]) -> AllowanceState:
    if not buckets:
        return _NO_ALLOWANCE
    left = sum(max(0, bucket.balance - bucket.floor) for bucket in buckets)
    # Gifts and adjustments may leave more in a bucket than it began with.
    given = sum(max(bucket.given, bucket.balance) - bucket.floor for bucket in buckets)
    return AllowanceState(left, given)
