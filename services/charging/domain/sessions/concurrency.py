"""Prices for how many there are at a time: a new peak of the month is charged when it is reached."""

from __future__ import annotations

from collections.abc import Iterator

from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.periods import month_label
from services.charging.domain.rating.price import Concurrency, Price
from services.charging.domain.rating.select import Subscribed, concurrency_prices
from services.charging.domain.rating.tariff import RatingGroup
from services.charging.domain.sessions.usage import Payer, UsageToCharge
from services.charging.domain.state import PartitionState, RatedUsage
from services.common.kernel.clock import Instant

ONE_BY_ONE = Increments()


def peak_counter(price: Price, rating_group: int) -> str:
    """Name of the counter that holds the highest number of the month."""
    return f"peak/{price.offering_code}/{price.code}/{rating_group}"


def new_peaks(
    draft: Draft,
    payer: Payer,
    subscribed: tuple[Subscribed, ...],
    group: RatingGroup,
    under: Circumstances,
    at: Instant,
) -> Iterator[tuple[UsageToCharge, RatedUsage]]:
    """What a session that begins to use a rating group adds to the month's peaks, to be charged.

    The counter is moved here; `payer.ref` is the session, which counts itself. The caller
    names the charge.
    """
    for price in concurrency_prices(subscribed, group.rating_group, under, at, payer.time_zone):
        assert price.concurrency is not None
        month = month_label(at, payer.time_zone)
        counter = peak_counter(price, group.rating_group)
        present = _at_a_time(draft.state, payer, group.rating_group, price.concurrency)
        peak = draft.counter(payer.account_id, counter, month)
        if present <= peak:
            continue
        draft.count(payer.account_id, counter, month, present)
        usage = UsageToCharge(
            charge_id="",
            group=group,
            price=price,
            factor_permille=1_000,
            used_units=present - peak,
            under=under,
            used_from=at,
            used_until=at,
            concurrency=price.concurrency.value,
        )
        yield usage, RatedUsage(price.version, price.offering_code, price.code, peak, peak)


def _at_a_time(state: PartitionState, payer: Payer, rating_group: int, kind: Concurrency) -> int:
    using = [
        state.sessions[ref]
        for ref in state.account_sessions.get(payer.account_id, ())
        if ref != payer.ref and rating_group in state.sessions[ref].rating_groups
    ]
    if kind is Concurrency.SESSIONS:
        return len(using) + 1
    return len({session.subscriber_id for session in using} | {payer.subscriber_id})
