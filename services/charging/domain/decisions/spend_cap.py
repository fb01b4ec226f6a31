"""A subscriber's own cap of a counter, and what it opens again (bill shock; TS 22.115 clause 5)."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import CounterAnswer
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.rating.policies import Counter
from services.charging.domain.sessions.spending import CounterView, SetSpendCap, counter_view, leading_tariff
from services.charging.domain.state import PartitionState
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused


def set_spend_cap(
    state: PartitionState, tariffs: Tariffs, command: SetSpendCap, moment: Moment
) -> Decided | Refused:
    """Sets, lifts or resets a cap; sessions that it had stopped are asked back where it leaves room."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "subscriber_identifier")
    tariff = leading_tariff(state, tariffs, subscriber, moment.now)
    counters = tariff.counters if tariff is not None else ()
    counter = next((item for item in counters if item.code == command.counter_code), None)
    if tariff is None or counter is None:
        return Refused(
            reasons.COUNTER_UNKNOWN, f"the subscriber has no counter {command.counter_code}", "counter_code"
        )
    if not counter.liftable:
        return Refused(
            reasons.NOT_LIFTABLE, f"the cap of counter {counter.code} is not the subscriber's", "counter_code"
        )
    cap = counter.cap if command.reset else command.cap
    before = counter_view(state, tariff, subscriber, counter, moment.now)
    after = CounterView(counter, before.unit, before.period, before.period_end, before.value, cap)
    changed = ev.SpendCapChanged(
        subscriber.account_id,
        subscriber.subscriber_id,
        counter.code,
        None if command.reset else command.cap,
        not command.reset and command.cap is None,
        command.actor,
    )
    opened = () if after.capped else _stopped_by(state, subscriber.account_id, command.subscriber_id, counter)
    return Decided(ev.Operation.SET_SPEND_CAP, CounterAnswer(after, len(opened)), (changed, *opened))


def _stopped_by(
    state: PartitionState, account_id: str, subscriber_id: str, counter: Counter
) -> tuple[ev.ReauthorisationRequested, ...]:
    """The subscriber's blocked rating groups that the counter counts. One that had run out of money, too,
    is asked to come back for nothing; one that the cap alone had stopped is never forgotten."""
    requests = []
    for ref in sorted(state.account_sessions.get(account_id, ())):
        session = state.sessions[ref]
        if session.subscriber_id != subscriber_id:
            continue
        blocked = tuple(
            number
            for number, group in sorted(session.rating_groups.items())
            if group.blocked and counter.counts(number, session.circumstances)
        )
        if blocked:
            requests.append(ev.ReauthorisationRequested(ref, blocked, session.nf_name))
    return tuple(requests)
