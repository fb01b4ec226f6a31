"""Counters as a PCF or a customer asks for them, and caps of a subscriber's own (TS 29.594, bill shock)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.periods import counting_period
from services.charging.domain.rating.policies import Counter
from services.charging.domain.rating.select import Subscribed
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.sessions.caps import held_for
from services.charging.domain.sessions.counting import Counting, counter_name, counters_for
from services.charging.domain.sessions.usage import Payer
from services.charging.domain.state import PartitionState, Subscriber
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class SetSpendCap:
    """Sets the cap of a liftable counter for one subscriber; None: lifts it. `reset`: to the catalog's."""

    subscriber_id: str
    counter_code: str
    cap: int | None
    reset: bool
    actor: str


@dataclass(frozen=True, slots=True)
class CounterView:
    """One counter in its running period (TS 29.594 PolicyCounterInfo).

    `unit`: a currency code where it counts money, else the unit of its rating
    groups. `cap` None: there is none, or it is lifted.
    """

    counter: Counter
    unit: str
    period: str
    period_end: Instant
    value: int
    cap: int | None

    @property
    def capped(self) -> bool:
        """True where nothing more is granted."""
        return self.cap is not None and self.value >= self.cap

    @property
    def status(self) -> str:
        """Policy counter status; '' where no threshold that has one was reached."""
        return self.counter.status(self.value)


def leading_tariff(
    state: PartitionState, tariffs: Tariffs, subscriber: Subscriber, now: Instant
) -> Tariff | None:
    """The version whose counters a subscriber has: that of the offering asked first; None: no offering."""
    currency_code = state.accounts[subscriber.account_id].currency_code
    subscriptions = tariffs.in_force(subscriber.subscriptions, now, currency_code)
    subscribed = tariffs.subscribed(subscriptions, currency_code)
    return subscribed[0].tariff if subscribed else None


def counter_views(
    state: PartitionState,
    tariffs: Tariffs,
    subscriber: Subscriber,
    codes: Collection[str],
    now: Instant,
) -> tuple[CounterView, ...]:
    """Counters of a subscriber, in the catalog's order; `codes` empty: all. Unknown codes are left out."""
    tariff = leading_tariff(state, tariffs, subscriber, now)
    if tariff is None:
        return ()
    return tuple(
        counter_view(state, tariff, subscriber, counter, now)
        for counter in tariff.counters
        if not codes or counter.code in codes
    )


def counter_view(
    state: PartitionState, tariff: Tariff, subscriber: Subscriber, counter: Counter, now: Instant
) -> CounterView:
    """A counter as it stands."""
    time_zone = subscriber.time_zone or tariff.time_zone
    draft = Draft(state)
    counting = Counting(draft, subscriber.subscriber_id, subscriber.account_id, time_zone)
    period, end = counting_period(counter.period, now, time_zone)
    owner = subscriber.account_id if counter.shared else subscriber.subscriber_id
    value = draft.counter(owner, counter_name(counter.code), period)
    return CounterView(counter, _unit(tariff, counter), period, end, value, counting.cap(counter))


def beyond_cap(
    draft: Draft,
    payer: Payer,
    subscribed: Sequence[Subscribed],
    rating_groups: Sequence[int],
    under: Circumstances,
    at: Instant,
) -> Counter | None:
    """The first counter that a draft moves beyond its cap, what running sessions hold of it included."""
    counting = Counting(draft, payer.subscriber_id, payer.account_id, payer.time_zone)
    for rating_group in rating_groups:
        for counter in counters_for(subscribed, rating_group, under):
            cap = counting.cap(counter)
            if cap is None:
                continue
            period, _ = counting_period(counter.period, at, payer.time_zone)
            owner = payer.account_id if counter.shared else payer.subscriber_id
            after = draft.counter(owner, counter_name(counter.code), period)
            before = Draft(draft.state).counter(owner, counter_name(counter.code), period)
            if after > before and after + held_for(draft, payer, counter, under, {}) > cap:
                return counter
    return None


def _unit(tariff: Tariff, counter: Counter) -> str:
    """What a counter counts. All its rating groups have one unit: the catalog sees to that."""
    if counter.is_money:
        return tariff.currency_code
    numbers = counter.rating_groups or tariff.rating_groups.keys()
    return next((tariff.rating_groups[number].unit for number in sorted(numbers)), "")
