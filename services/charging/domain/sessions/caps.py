"""What spending caps leave to be granted: a limit holds for all sessions of a subscriber together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.policies import Counter
from services.charging.domain.rating.select import Subscribed
from services.charging.domain.sessions.counting import Counting, counters_for
from services.charging.domain.sessions.usage import Payer
from services.charging.domain.state import RatingGroupState
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Room:
    """Units and money (minor_micros) that may still be granted, None: any; and when a cap's period ends."""

    units: int | None = None
    money: int | None = None
    until: Instant | None = None


NO_CAP = Room()


def room_for(
    draft: Draft,
    payer: Payer,
    subscribed: Sequence[Subscribed],
    rating_group: int,
    under: Circumstances,
    at: Instant,
    present: Mapping[int, RatingGroupState],
) -> Room:
    """What the tightest caps leave. `present`: groups of the session that asks, as they would be."""
    units: int | None = None
    money: int | None = None
    until: Instant | None = None
    counting = Counting(draft, payer.subscriber_id, payer.account_id, payer.time_zone)
    for counter in counters_for(subscribed, rating_group, under):
        left = counting.left(counter, at)
        if left is None:
            continue
        free = max(0, left[0] - held_for(draft, payer, counter, under, present))
        if counter.is_money:
            money = free if money is None else min(money, free)
        else:
            units = free if units is None else min(units, free)
        until = left[1] if until is None else min(until, left[1])
    return Room(units, money, until) if until is not None else NO_CAP


def held_for(
    draft: Draft,
    payer: Payer,
    counter: Counter,
    under: Circumstances,
    present: Mapping[int, RatingGroupState],
) -> int:
    """What running grants will count when they are used: two sessions never share one remainder."""
    return sum(
        _money_held(draft, group) if counter.is_money else group.granted_units
        for group, where in _granted(draft, payer, counter, under, present)
        if counter.counts(group.rating_group, where)
    )


def _granted(
    draft: Draft,
    payer: Payer,
    counter: Counter,
    under: Circumstances,
    present: Mapping[int, RatingGroupState],
) -> Iterator[tuple[RatingGroupState, Circumstances]]:
    for group in present.values():
        yield group, under
    for ref in draft.state.account_sessions.get(payer.account_id, ()):
        session = draft.state.sessions[ref]
        if ref != payer.ref and (counter.shared or session.subscriber_id == payer.subscriber_id):
            for group in session.rating_groups.values():
                yield group, session.circumstances


def _money_held(draft: Draft, group: RatingGroupState) -> int:
    return sum(amount for bucket_id, amount in group.reservations if draft.bucket(bucket_id).is_money)
