"""The only place where a partition's state changes. Live and replay pass here alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from services.charging.domain import events as ev
from services.charging.domain.state import (
    Account,
    Corrected,
    Count,
    KnownAnswer,
    OutcomeState,
    PartitionState,
    RatingGroupState,
    Refunded,
    Session,
    Subscriber,
    Subscription,
)
from services.common.kernel.clock import HOUR, Instant

DUPLICATE_RETENTION = 24 * HOUR
"""How long an answer is kept for a duplicate. An element's Tx is 10 s; a day covers an outage."""

LATE_REPORT_RETENTION = 24 * HOUR
"""How long a session that expired can still be reported on."""

PERIODS_KEPT = 2
"""A counter holds its present period and the one before it, for reports that come late."""

DUPLICATE_LIMIT = 500_000
"""Most answers kept; beyond it the oldest go first, so memory stays bounded under any load."""


def apply_entry(state: PartitionState, entry: ev.Entry, restoring: bool = False) -> None:
    """Applies an entry's events in order and remembers its answer.

    `restoring` from a snapshot forgets nothing: what it holds was not yet forgotten.
    """
    for event in entry.events:
        _APPLY[type(event)](state, event)
    if state.expired and not restoring:
        _forget_expired_sessions(state, entry.decided_at)
    if not entry.duplicate_key:
        return
    if not restoring:
        _forget_old_answers(state, entry.decided_at)
    state.answers[entry.duplicate_key] = KnownAnswer(entry.decided_at, entry.request_digest, entry.answer)


def _forget_old_answers(state: PartitionState, now: Instant) -> None:
    """Time is the entry's, so that replay forgets exactly what the live process forgot."""
    answers = state.answers
    old = [key for key, known in _oldest_first(answers) if known.decided_at < now - DUPLICATE_RETENTION]
    for key in old:
        del answers[key]
    while len(answers) >= DUPLICATE_LIMIT:
        del answers[next(iter(answers))]


def _forget_expired_sessions(state: PartitionState, now: Instant) -> None:
    expired = state.expired
    while expired and (oldest := next(iter(expired.values()))).expires_at < now - LATE_REPORT_RETENTION:
        del expired[oldest.ref]


def _oldest_first(answers: dict[bytes, KnownAnswer]) -> Iterator[tuple[bytes, KnownAnswer]]:
    """The few oldest: more than one entry adds, so the table drains faster than it fills."""
    return islice(answers.items(), 8)


def _nothing(state: PartitionState, event: Any) -> None:
    """Facts for others, without effect here."""


def _account_opened(state: PartitionState, event: ev.AccountOpened) -> None:
    state.accounts[event.account_id] = Account(
        event.account_id, event.currency_code, event.credit_limit, event.low_balance
    )


def _subscriber_added(state: PartitionState, event: ev.SubscriberAdded) -> None:
    state.subscribers[event.subscriber_id] = Subscriber(
        event.subscriber_id, event.account_id, event.time_zone, event.subscriptions, event.profile
    )
    account = state.accounts[event.account_id]
    state.accounts[event.account_id] = replace(
        account, subscriber_ids=(*account.subscriber_ids, event.subscriber_id)
    )
    state.subscriber_buckets[event.subscriber_id] = tuple(
        bucket_id for bucket_id in account.bucket_ids if not state.buckets[bucket_id].subscriber_ids
    )


def _bucket_opened(state: PartitionState, event: ev.BucketOpened) -> None:
    bucket = event.bucket
    state.buckets[bucket.bucket_id] = bucket
    account = state.accounts[bucket.account_id]
    state.accounts[bucket.account_id] = replace(account, bucket_ids=(*account.bucket_ids, bucket.bucket_id))
    for subscriber_id in bucket.subscriber_ids or account.subscriber_ids:
        usable = state.subscriber_buckets[subscriber_id]
        state.subscriber_buckets[subscriber_id] = (*usable, bucket.bucket_id)


def _bucket_moved(state: PartitionState, event: ev.BucketMoved) -> None:
    bucket = state.buckets[event.bucket_id]
    state.buckets[event.bucket_id] = bucket.holding(event.balance, event.reserved)


def _bucket_started(state: PartitionState, event: ev.BucketStarted) -> None:
    bucket = state.buckets[event.bucket_id]
    state.buckets[event.bucket_id] = replace(bucket, valid_until=event.valid_until, days_from_first_use=0)


def _bucket_closed(state: PartitionState, event: ev.BucketClosed) -> None:
    bucket = state.buckets.pop(event.bucket_id)
    account = state.accounts[event.account_id]
    left = tuple(bucket_id for bucket_id in account.bucket_ids if bucket_id != event.bucket_id)
    state.accounts[event.account_id] = replace(account, bucket_ids=left)
    for subscriber_id in bucket.subscriber_ids or account.subscriber_ids:
        usable = state.subscriber_buckets[subscriber_id]
        state.subscriber_buckets[subscriber_id] = tuple(
            bucket_id for bucket_id in usable if bucket_id != event.bucket_id
        )
        state.counters.pop((subscriber_id, member_counter(event.bucket_id)), None)


def member_counter(bucket_id: str) -> str:
    """Name of the counter of what one subscriber has used of a shared bucket."""
    return f"member/{bucket_id}"


def _credit_limit_changed(state: PartitionState, event: ev.CreditLimitChanged) -> None:
    account = state.accounts[event.account_id]
    state.accounts[event.account_id] = replace(account, credit_limit=event.credit_limit)
    bucket = state.buckets[event.bucket_id]
    state.buckets[event.bucket_id] = replace(bucket, floor=-event.credit_limit)


def _subscription_changed(state: PartitionState, event: ev.SubscriptionChanged) -> None:
    subscriber = state.subscribers[event.subscriber_id]
    changed = event.subscription
    ended = event.change is ev.SubscriptionChange.ENDED
    state.subscribers[event.subscriber_id] = replace(
        subscriber, subscriptions=tuple(_with_subscription(subscriber.subscriptions, changed, ended))
    )


def _with_subscription(
    before: tuple[Subscription, ...], changed: Subscription, ended: bool
) -> Iterator[Subscription]:
    known = False
    for item in before:
        if item.offering_code != changed.offering_code:
            yield item
        else:
            known = True
            if not ended:
                yield changed
    if not known and not ended:
        yield changed


def _subscriber_changed(state: PartitionState, event: ev.SubscriberChanged) -> None:
    subscriber = state.subscribers[event.subscriber_id]
    state.subscribers[event.subscriber_id] = replace(
        subscriber, profile=event.profile, barred=event.barred
    )


def _spend_cap_changed(state: PartitionState, event: ev.SpendCapChanged) -> None:
    key = (event.subscriber_id, event.counter_code)
    if event.lifted or event.cap is not None:
        state.caps[key] = event.cap
    else:
        state.caps.pop(key, None)


def _session_opened(state: PartitionState, event: ev.SessionOpened) -> None:
    state.sessions[event.ref] = Session(
        event.ref,
        event.subscriber_id,
        event.account_id,
        event.nf_name,
        event.charging_id,
        event.circumstances,
        event.subscriptions,
        event.started_at,
        event.tariff_time_change,
    )
    state.account_sessions.setdefault(event.account_id, set()).add(event.ref)


def _session_advanced(state: PartitionState, event: ev.SessionAdvanced) -> None:
    state.sessions[event.ref] = replace(
        state.sessions[event.ref],
        last_sequence=event.sequence,
        last_report_at=event.last_report_at,
        expires_at=event.expires_at,
        circumstances=event.circumstances,
        reauthorisation_pending=event.reauthorisation_pending,
        missing_sequences=event.missing_sequences,
    )


def _rating_group_changed(state: PartitionState, event: ev.RatingGroupChanged) -> None:
    session = state.sessions[event.ref]
    changed = RatingGroupState(
        event.rating_group,
        event.granted_units,
        event.reservations,
        event.rated,
        event.local_sequence,
        event.last_report_at,
        event.blocked,
        event.missing_local_sequences,
    )
    state.sessions[event.ref] = replace(
        session, rating_groups={**session.rating_groups, event.rating_group: changed}
    )


def _session_closed(state: PartitionState, event: ev.SessionClosed) -> None:
    session = state.sessions.pop(event.ref)
    if event.cause is ev.CloseCause.EXPIRED:
        state.expired[event.ref] = _holding_nothing(session)
    open_sessions = state.account_sessions[event.account_id]
    open_sessions.discard(event.ref)
    if not open_sessions:
        del state.account_sessions[event.account_id]


def _holding_nothing(session: Session) -> Session:
    return replace(
        session,
        reauthorisation_pending=(),
        rating_groups={
            number: replace(group, granted_units=0, reservations=(), blocked=False)
            for number, group in session.rating_groups.items()
        },
    )


def _session_resumed(state: PartitionState, event: ev.SessionResumed) -> None:
    state.sessions[event.ref] = state.expired.pop(event.ref)
    state.account_sessions.setdefault(event.account_id, set()).add(event.ref)


def _counter_advanced(state: PartitionState, event: ev.CounterAdvanced) -> None:
    key = (event.subscriber_id, event.counter)
    state.counters[key] = counted(state.counters.get(key, ()), event.period, event.value)


def counted(before: tuple[Count, ...], period: str, value: int) -> tuple[Count, ...]:
    """A counter's last periods with one of them set. Labels of one kind of period sort by time."""
    others = [count for count in before if count.period != period]
    return tuple(sorted([*others, Count(period, value)], key=lambda count: count.period)[-PERIODS_KEPT:])


def _usage_charged(state: PartitionState, event: ev.UsageCharged) -> None:
    """Balances are moved by events of their own; here only an outcome is remembered."""
    if event.outcome is not None:
        state.outcomes[event.charge_id] = (
            OutcomeState.PROVISIONAL if event.outcome.provisional else OutcomeState.CONFIRMED
        )
        state.outcome_charges[event.subscriber_id, event.outcome.outcome_id] = event.charge_id


def _outcome_settled(state: PartitionState, event: ev.OutcomeSettled) -> None:
    state.outcomes[event.charge_id] = (
        OutcomeState.CONFIRMED if event.confirmed else OutcomeState.REVERSED
    )


def _charge_corrected(state: PartitionState, event: ev.ChargeCorrected) -> None:
    state.corrections[event.corrected_charge_id] = Corrected(
        event.corrected_total, event.corrected_total_tax
    )


def _reauthorisation_requested(state: PartitionState, event: ev.ReauthorisationRequested) -> None:
    session = state.sessions[event.ref]
    pending = tuple(sorted({*session.reauthorisation_pending, *event.rating_groups}))
    state.sessions[event.ref] = replace(session, reauthorisation_pending=pending)


def _charge_refunded(state: PartitionState, event: ev.ChargeRefunded) -> None:
    state.refunds[event.refunded_charge_id] = Refunded(event.refunded_total, event.units_restored)


_APPLY: dict[type, Callable[[PartitionState, Any], None]] = {
    ev.PartitionOpened: _nothing,
    ev.AccountOpened: _account_opened,
    ev.SubscriberAdded: _subscriber_added,
    ev.BucketOpened: _bucket_opened,
    ev.BucketMoved: _bucket_moved,
    ev.SessionOpened: _session_opened,
    ev.SessionAdvanced: _session_advanced,
    ev.RatingGroupChanged: _rating_group_changed,
    ev.SessionClosed: _session_closed,
    ev.UsageCharged: _usage_charged,
    ev.CounterAdvanced: _counter_advanced,
    ev.ThresholdCrossed: _nothing,
    ev.UsageRefused: _nothing,
    ev.ReauthorisationRequested: _reauthorisation_requested,
    ev.ChargeRefunded: _charge_refunded,
    ev.BalanceCorrected: _nothing,
    ev.SubscriptionChanged: _subscription_changed,
    ev.SubscriberChanged: _subscriber_changed,
    ev.FeeCharged: _nothing,
    ev.BucketStarted: _bucket_started,
    ev.BucketClosed: _bucket_closed,
    ev.CreditLimitChanged: _credit_limit_changed,
    ev.SpendCapChanged: _spend_cap_changed,
    ev.CounterThresholdCrossed: _nothing,
    ev.SessionResumed: _session_resumed,
    ev.AbortRequested: _nothing,
    ev.OutcomeSettled: _outcome_settled,
    ev.ChargeCorrected: _charge_corrected,
}
