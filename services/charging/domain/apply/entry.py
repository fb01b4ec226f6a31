"""Applies an entry to a partition, and forgets what has become too old."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from services.charging.domain import events as ev
from services.charging.domain.apply import account, bucket, charge, counter, session
from services.charging.domain.state import KnownAnswer, PartitionState
from services.common.kernel.clock import HOUR, Instant

DUPLICATE_RETENTION = 24 * HOUR
"""How long an answer is kept for a duplicate. An element's Tx is 10 s; a day covers an outage."""

LATE_REPORT_RETENTION = 24 * HOUR
"""How long a session that expired can still be reported on."""

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


_APPLY: dict[type, Callable[[PartitionState, Any], None]] = {
    ev.PartitionOpened: _nothing,
    ev.AccountOpened: account.account_opened,
    ev.SubscriberAdded: account.subscriber_added,
    ev.BucketOpened: bucket.bucket_opened,
    ev.BucketMoved: bucket.bucket_moved,
    ev.SessionOpened: session.session_opened,
    ev.SessionAdvanced: session.session_advanced,
    ev.RatingGroupChanged: session.rating_group_changed,
    ev.SessionClosed: session.session_closed,
    ev.UsageCharged: charge.usage_charged,
    ev.CounterAdvanced: counter.counter_advanced,
    ev.ThresholdCrossed: _nothing,
    ev.UsageRefused: _nothing,
    ev.ReauthorisationRequested: session.reauthorisation_requested,
    ev.ChargeRefunded: charge.charge_refunded,
    ev.BalanceCorrected: _nothing,
    ev.SubscriptionChanged: account.subscription_changed,
    ev.SubscriberChanged: account.subscriber_changed,
    ev.FeeCharged: _nothing,
    ev.BucketStarted: bucket.bucket_started,
    ev.BucketClosed: bucket.bucket_closed,
    ev.CreditLimitChanged: account.credit_limit_changed,
    ev.SpendCapChanged: counter.spend_cap_changed,
    ev.CounterThresholdCrossed: _nothing,
    ev.SessionResumed: session.session_resumed,
    ev.AbortRequested: _nothing,
    ev.OutcomeSettled: charge.outcome_settled,
    ev.ChargeCorrected: charge.charge_corrected,
}
