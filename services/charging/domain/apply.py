"""The only place where a partition's state changes. Live and replay pass here alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from services.charging.domain import events as ev
from services.charging.domain.state import (
    Account,
    KnownAnswer,
    PartitionState,
    RatingGroupState,
    Refunded,
    Session,
    Subscriber,
)
from services.common.kernel.clock import HOUR, Instant

DUPLICATE_RETENTION = 24 * HOUR
"""How long an answer is kept for a duplicate. An element's Tx is 10 s; a day covers an outage."""

DUPLICATE_LIMIT = 500_000
"""Most answers kept; beyond it the oldest go first, so memory stays bounded under any load."""


def apply_entry(state: PartitionState, entry: ev.Entry, restoring: bool = False) -> None:
    """Applies an entry's events in order and remembers its answer.

    `restoring` from a snapshot forgets nothing: what it holds was not yet forgotten.
    """
    for event in entry.events:
        _APPLY[type(event)](state, event)
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
        event.subscriber_id, event.account_id, event.time_zone, event.subscriptions
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


def _session_opened(state: PartitionState, event: ev.SessionOpened) -> None:
    state.sessions[event.ref] = Session(
        event.ref,
        event.subscriber_id,
        event.account_id,
        event.nf_name,
        event.charging_id,
        event.zone,
        event.subscriptions,
        event.started_at,
    )
    state.account_sessions.setdefault(event.account_id, set()).add(event.ref)


def _session_advanced(state: PartitionState, event: ev.SessionAdvanced) -> None:
    state.sessions[event.ref] = replace(
        state.sessions[event.ref],
        last_sequence=event.sequence,
        last_report_at=event.last_report_at,
        expires_at=event.expires_at,
        zone=event.zone,
        reauthorisation_pending=event.reauthorisation_pending,
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
    )
    state.sessions[event.ref] = replace(
        session, rating_groups={**session.rating_groups, event.rating_group: changed}
    )


def _session_closed(state: PartitionState, event: ev.SessionClosed) -> None:
    del state.sessions[event.ref]
    open_sessions = state.account_sessions[event.account_id]
    open_sessions.discard(event.ref)
    if not open_sessions:
        del state.account_sessions[event.account_id]


def _counter_advanced(state: PartitionState, event: ev.CounterAdvanced) -> None:
    state.counters[event.subscriber_id, event.counter] = event.value


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
    ev.UsageCharged: _nothing,
    ev.CounterAdvanced: _counter_advanced,
    ev.ThresholdCrossed: _nothing,
    ev.UsageRefused: _nothing,
    ev.ReauthorisationRequested: _reauthorisation_requested,
    ev.ChargeRefunded: _charge_refunded,
    ev.BalanceCorrected: _nothing,
}
