"""A partition's state written as the events that would make it: a snapshot needs no format of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.state import Account, Bucket, OutcomeState, PartitionState, Session
from services.common.kernel.clock import EPOCH


def entries_of(state: PartitionState) -> Iterator[ev.Entry]:
    """Entries that turn an empty partition into an equal one, in canonical order.

    Equal states give equal entries: the digest of a state is taken over them.
    """
    for account_id in sorted(state.accounts):
        yield _entry(tuple(_account_events(state, state.accounts[account_id])))
    for ref in sorted(state.sessions):
        yield _entry(tuple(_session_events(state.sessions[ref])))
    # In the order in which they expired: the oldest is forgotten first.
    for session in state.expired.values():
        closed = ev.SessionClosed(session.ref, session.account_id, ev.CloseCause.EXPIRED, session.nf_name)
        yield _entry((*_session_events(session), closed))
    yield from _counts_and_caps(state)
    yield from _changes_to_charges(state)
    for key, known in state.answers.items():
        yield ev.Entry(
            known.decided_at, ev.Operation.OPEN_PARTITION, (), key, known.request_digest, known.answer
        )


def _counts_and_caps(state: PartitionState) -> Iterator[ev.Entry]:
    for (owner, counter), counts in sorted(state.counters.items()):
        yield _entry(tuple(ev.CounterAdvanced(owner, counter, count.value, count.period) for count in counts))
    for (subscriber_id, code), cap in sorted(state.caps.items()):
        yield _entry((ev.SpendCapChanged("", subscriber_id, code, cap, cap is None, ""),))


def _changes_to_charges(state: PartitionState) -> Iterator[ev.Entry]:
    for charge_id, refunded in sorted(state.refunds.items()):
        total, units, tax = refunded.minor_micros, refunded.units, refunded.tax_minor_micros
        yield _entry((ev.ChargeRefunded("", charge_id, "", "", "", 0, (), total, units, 0, tax),))
    for charge_id, corrected in sorted(state.corrections.items()):
        total, tax = corrected.minor_micros, corrected.tax_minor_micros
        yield _entry(
            (ev.ChargeCorrected("", charge_id, "", "", "", "", 0, 0, (), 0, "", "", "", "", total, tax),)
        )
    for (subscriber_id, outcome_id), charge_id in sorted(state.outcome_charges.items()):
        yield _entry(tuple(_outcome_events(state, subscriber_id, outcome_id, charge_id)))


def _outcome_events(
    state: PartitionState, subscriber_id: str, outcome_id: str, charge_id: str
) -> Iterator[ev.Event]:
    """Of the charge only what memory keeps of it: that it was for this outcome."""
    at = state.outcomes[charge_id]
    outcome = ev.Outcome(outcome_id, "", b"", provisional=at is not OutcomeState.CONFIRMED)
    yield ev.UsageCharged(
        charge_id, "", "", subscriber_id, 0, Circumstances(), 0, "", "", "", 0, 0, (), "", 0, 0,
        EPOCH, EPOCH, "", "", outcome=outcome,
    )  # fmt: skip
    if at is OutcomeState.REVERSED:
        yield ev.OutcomeSettled(charge_id, "", subscriber_id, False, "", "")


def _entry(events: tuple[ev.Event, ...]) -> ev.Entry:
    return ev.Entry(EPOCH, ev.Operation.OPEN_PARTITION, events)


def _account_events(state: PartitionState, account: Account) -> Iterator[ev.Event]:
    yield ev.AccountOpened(
        account.account_id, account.currency_code, account.credit_limit, account.low_balance
    )
    for subscriber_id in account.subscriber_ids:
        subscriber = state.subscribers[subscriber_id]
        yield ev.SubscriberAdded(
            subscriber_id,
            account.account_id,
            subscriber.time_zone,
            subscriber.subscriptions,
            subscriber.profile,
        )
        if subscriber.barred:
            yield ev.SubscriberChanged(account.account_id, subscriber_id, subscriber.profile, True, "", "")
    for bucket_id in account.bucket_ids:
        bucket = state.buckets[bucket_id]
        opened = ev.BucketOpened(_as_opened(bucket))
        yield opened
        if opened.bucket != bucket:
            yield ev.BucketMoved(
                account.account_id,
                bucket_id,
                ev.MovementReason.ADJUSTED,
                bucket.unit,
                bucket.balance - bucket.initial,
                bucket.balance,
                bucket.reserved,
            )


def _as_opened(bucket: Bucket) -> Bucket:
    return replace(bucket, balance=bucket.initial, reserved=0)


def _session_events(session: Session) -> Iterator[ev.Event]:
    yield ev.SessionOpened(
        session.ref,
        session.subscriber_id,
        session.account_id,
        session.nf_name,
        session.charging_id,
        session.circumstances,
        session.subscriptions,
        session.started_at,
        session.tariff_time_change,
    )
    for number in sorted(session.rating_groups):
        group = session.rating_groups[number]
        yield ev.RatingGroupChanged(
            session.ref,
            number,
            group.granted_units,
            group.reservations,
            group.rated,
            group.local_sequence,
            group.last_report_at,
            group.blocked,
            group.missing_local_sequences,
        )
    yield ev.SessionAdvanced(
        session.ref,
        session.last_sequence,
        session.last_report_at,
        session.expires_at,
        session.circumstances,
        session.reauthorisation_pending,
        session.missing_sequences,
    )
