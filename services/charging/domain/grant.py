"""Granting units: how many, for how long, and what is reserved for them.

A grant adapts to how fast the session burns and to what is left: large while
there is plenty, half of what can still be paid when it gets scarce (so that
parallel rating groups and sessions get their part), the rest at the end, as
final units.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.answers import Grant
from services.charging.domain.draft import Draft
from services.charging.domain.rating.flat import FREE
from services.charging.domain.rating.select import Priced
from services.charging.domain.rating.tariff import Price, QuotaPolicy, RatingGroup
from services.charging.domain.rating.tiered import Tiered
from services.charging.domain.state import Bucket, RatedUsage
from services.charging.domain.usage import Payer, month_end, paid_before
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.ratio import ceil_div

INTERVAL_SECONDS = 300
"""A grant of charging's own choice should last about so long at the present burn rate."""

REACTION_SECONDS = 10
"""The element's Tx (RFC 8506 section 13): it must come back at least so long before the grant is used up."""


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast a rating group was used, over the interval just reported."""

    units: int
    interval: int
    """Microseconds; positive."""

    def over(self, seconds: int) -> int:
        """Units used in so many seconds at this rate, rounded up."""
        return ceil_div(self.units * seconds * SECOND, self.interval)


@dataclass(frozen=True, slots=True)
class GrantRequest:
    """What a grant is decided from. `requested_units` None: charging decides."""

    group: RatingGroup
    priced: Priced
    rated: RatedUsage
    requested_units: int | None
    burn: Burn | None
    zone: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Granted:
    """The grant and what is held for it."""

    grant: Grant
    reservations: tuple[tuple[str, int], ...]


def grant_units(draft: Draft, payer: Payer, request: GrantRequest) -> Granted | None:
    """Reserves units and holds their cost. None where nothing can be paid any more."""
    group, price = request.group, request.priced.price
    buckets = draft.buckets_for(payer.subscriber_id, group.rating_group, request.zone, request.at)
    base = paid_before(draft, payer, price, request.rated, request.at)
    purse = _Purse(buckets, price, group.unit, request.rated.used_units, base)
    want = quantum(group.quota, request.requested_units, request.burn)
    capacity = purse.affordable(2 * want)
    if capacity == 0:
        return None
    units = (
        want if capacity >= 2 * want else min(want, max(group.quota.minimum_units, capacity // 2), capacity)
    )
    final = units == capacity and not any(bucket.reserved for bucket in purse.paying)
    reservations = tuple(purse.reservations(units))
    for bucket_id, amount in reservations:
        draft.hold(bucket_id, amount)
    grant = Grant(
        units=units,
        unit=group.unit,
        threshold_units=0 if units == capacity else threshold(units, request.burn),
        validity_seconds=_validity(
            request, payer, [draft.bucket(bucket_id) for bucket_id, _ in reservations]
        ),
        holding_seconds=group.quota.quota_holding_seconds,
        final=group.final_unit_action if final else None,
        redirect_address=group.redirect_address if final else "",
    )
    return Granted(grant, reservations)


def quantum(policy: QuotaPolicy, requested_units: int | None, burn: Burn | None) -> int:
    """Units worth granting where money is no object."""
    if requested_units is not None:
        return max(1, min(requested_units, policy.maximum_units))
    if burn is not None and burn.units > 0:
        return max(policy.minimum_units, min(burn.over(INTERVAL_SECONDS), policy.maximum_units))
    return policy.initial_units


def threshold(units: int, burn: Burn | None) -> int:
    """Units LEFT when the element must come back: what it burns while it waits, within 5 to 50 per cent."""
    if burn is None or burn.units == 0:
        return units // 5
    return max(units // 20, min(burn.over(REACTION_SECONDS), units // 2))


def _validity(request: GrantRequest, payer: Payer, held: list[Bucket]) -> int:
    """Seconds until the element must come back: never past a change of price or the end of a bucket.

    So usage between two reports has one price, an expired allowance covers
    nothing, and a month's steps count that month's units.
    """
    ends = [bucket.valid_until for bucket in held if bucket.valid_until is not None]
    if request.priced.next_switch is not None:
        ends.append(request.priced.next_switch)
    model = request.priced.price.model
    if isinstance(model, Tiered) and model.monthly:
        ends.append(month_end(request.at, payer.time_zone))
    longest = request.group.quota.maximum_validity_seconds
    return max(1, min([longest, *((end - request.at) // SECOND for end in ends)]))


class _Purse:
    """What buckets can still pay for at one price, beginning after `used_units`."""

    def __init__(self, buckets: list[Bucket], price: Price, unit: str, used_units: int, base: int) -> None:
        self._price = price
        self._used = used_units
        self._base = base
        self._billed = price.increments.billable(used_units)
        self._free = price.model == FREE
        self._units = [bucket for bucket in buckets if not bucket.is_money and bucket.unit == unit]
        self._money = [bucket for bucket in buckets if bucket.is_money]
        self._units_left = sum(max(0, bucket.available) for bucket in self._units)
        self._money_left = sum(max(0, bucket.available) for bucket in self._money)

    @property
    def paying(self) -> list[Bucket]:
        """Buckets that could pay."""
        return [*self._units, *self._money]

    def affordable(self, most: int) -> int:
        """How many more units could be used and paid, up to `most`."""
        if self._free or self._cost_beyond_allowance(most) <= self._money_left:
            return most
        low, high = 0, self._billable(most)
        while low < high:
            middle = (low + high + 1) // 2
            if self._cost(middle) <= self._money_left:
                low = middle
            else:
                high = middle - 1
        return min(most, self._price.increments.largest_within(self._used, self._units_left + low))

    def reservations(self, units: int) -> list[tuple[str, int]]:
        """What to hold in which bucket for `units` more units."""
        if self._free:
            return []
        left = self._billable(units)
        held = []
        for bucket in self._units:
            part = min(max(0, bucket.available), left)
            if part:
                held.append((bucket.bucket_id, part))
                left -= part
        due = self._cost(left)
        for bucket in self._money:
            part = min(max(0, bucket.available), due)
            if part:
                held.append((bucket.bucket_id, part))
                due -= part
        return held

    def _billable(self, units: int) -> int:
        return self._price.increments.billable(self._used + units) - self._billed

    def _cost(self, paid_units: int) -> int:
        model = self._price.model
        return model.cost_minor_micros(self._base + paid_units) - model.cost_minor_micros(self._base)

    def _cost_beyond_allowance(self, units: int) -> int:
        return self._cost(max(0, self._billable(units) - self._units_left))
