"""Granting units: how many, for how long, and what is reserved for them.

A grant adapts to how fast the session burns and to what is left: large while
there is plenty, half of what can still be paid when it gets scarce (so that
parallel rating groups and sessions get their part), the rest at the end, as
final units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.charging.domain.answers import Grant
from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.periods import month_end
from services.charging.domain.rating.select import Priced, Subscribed, select_price
from services.charging.domain.rating.tariff import QuotaPolicy, RatingGroup
from services.charging.domain.sessions.caps import Room, room_for
from services.charging.domain.sessions.purse import Purse
from services.charging.domain.sessions.reported import rated_of
from services.charging.domain.sessions.usage import Payer, paid_before
from services.charging.domain.state import RatedUsage, RatingGroupState
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
    """What a grant is decided from. `requested_units` None: charging decides.

    `present`: all rating groups of the session as they would be.
    """

    group: RatingGroup
    subscribed: tuple[Subscribed, ...]
    priced: Priced
    rated: tuple[RatedUsage, ...]
    requested_units: int | None
    burn: Burn | None
    under: Circumstances
    at: Instant
    tariff_time_change: bool
    present: Mapping[int, RatingGroupState]


@dataclass(frozen=True, slots=True)
class Granted:
    """The grant and what is held for it."""

    grant: Grant
    reservations: tuple[tuple[str, int], ...]


def grant_units(draft: Draft, payer: Payer, request: GrantRequest) -> Granted | None:
    """Reserves units and holds their cost. None where nothing can be paid any more, or a cap is reached."""
    group, under = request.group, request.under
    room = room_for(draft, payer, request.subscribed, group.rating_group, under, request.at, request.present)
    purse = _purse(draft, payer, request, request.priced, room)
    want = quantum(group.quota, request.requested_units, request.burn)
    capacity = purse.affordable(2 * want)
    if capacity == 0:
        return None
    units = (
        want if capacity >= 2 * want else min(want, max(group.quota.minimum_units, capacity // 2), capacity)
    )
    final = units == capacity and not purse.shared_with_others
    change = _tariff_change(draft, payer, request, room, purse, units)
    due = purse.due(units) if change is None else change.due
    reservations = (*purse.from_allowances(units), *purse.from_money(due))
    for bucket_id, amount in reservations:
        draft.hold(bucket_id, amount)
    grant = Grant(
        units=units,
        unit=group.unit,
        threshold_units=0 if units == capacity else threshold(units, request.burn),
        validity_seconds=_validity(request, min(_ends(draft, payer, request, change, room, reservations))),
        holding_seconds=group.quota.quota_holding_seconds,
        final=group.final_unit_action if final else None,
        redirect_address=group.redirect_address if final else "",
        tariff_time_change=change.at if change is not None else None,
        direction=group.direction,
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


@dataclass(frozen=True, slots=True)
class _TariffChange:
    """When the price changes within a grant, what the new one is, and money for the worst split."""

    at: Instant
    priced: Priced
    due: int


def _purse(draft: Draft, payer: Payer, request: GrantRequest, priced: Priced, room: Room) -> Purse:
    rated = rated_of(request.rated, priced)
    buckets = draft.buckets_for(payer.subscriber_id, request.group.rating_group, request.under, request.at)
    base = paid_before(draft, payer, priced.price, rated, request.at)
    return Purse(
        draft,
        payer.subscriber_id,
        buckets,
        priced.price,
        priced.factor_permille,
        request.group.unit,
        rated.used_units,
        base,
        room,
    )


def _tariff_change(
    draft: Draft, payer: Payer, request: GrantRequest, room: Room, purse: Purse, units: int
) -> _TariffChange | None:
    """The grant goes on over a change of price where the element splits usage there, and both can be paid.

    Otherwise the grant ends where the price changes. Only prices by the unit:
    with steps or flat amounts two prices in one grant could cost more than either.
    """
    switch = request.priced.next_switch
    longest = Instant(request.at + request.group.quota.maximum_validity_seconds * SECOND)
    if not request.tariff_time_change or switch is None or switch >= longest or not purse.linear:
        return None
    after = select_price(
        request.subscribed, request.group.rating_group, request.under, switch, payer.time_zone
    )
    if not isinstance(after, Priced):
        return None
    later = _purse(draft, payer, request, after, room)
    due = max(purse.due(units), later.due(units)) + purse.rounding() + later.rounding()
    if not later.linear or due > purse.money_left:
        return None
    return _TariffChange(switch, after, due)


def _ends(
    draft: Draft,
    payer: Payer,
    request: GrantRequest,
    change: _TariffChange | None,
    room: Room,
    reservations: tuple[tuple[str, int], ...],
) -> Iterator[Instant]:
    """Where a grant must not go beyond: a change of price (or the one after it), the end of a bucket, of a
    month that counts, of a cap's period.

    So usage between two reports has one price, or two in two containers; an
    expired allowance covers nothing, and a month's steps count that month's units.
    """
    yield Instant(request.at + request.group.quota.maximum_validity_seconds * SECOND)
    for bucket_id, _ in reservations:
        until = draft.bucket(bucket_id).valid_until
        if until is not None:
            yield until
    switch = request.priced.next_switch if change is None else change.priced.next_switch
    if switch is not None:
        yield switch
    if request.priced.price.monthly or (change is not None and change.priced.price.monthly):
        yield month_end(request.at, payer.time_zone)
    if room.until is not None:
        yield room.until


def _validity(request: GrantRequest, end: Instant) -> int:
    return max(1, (end - request.at) // SECOND)
