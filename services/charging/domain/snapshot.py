"""A partition's state written as the events that would make it: a snapshot needs no format of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.state import Account, Bucket, PartitionState, Session
from services.common.kernel.clock import EPOCH


def entries_of(state: PartitionState) -> Iterator[ev.Entry]:
    """Entries that turn an empty partition into an equal one, in canonical order.

    Equal states give equal entries: the digest of a state is taken over them.
    """
    for account_id in sorted(state.accounts):
        yield _entry(tuple(_account_events(state, state.accounts[account_id])))
    for ref in sorted(state.sessions):
        yield _entry(tuple(_session_events(state.sessions[ref])))
    for (subscriber_id, counter), value in sorted(state.counters.items()):
        yield _entry((ev.CounterAdvanced(subscriber_id, counter, value),))
    for charge_id, refunded in sorted(state.refunds.items()):
        yield _entry(
            (ev.ChargeRefunded("", charge_id, "", "", "", 0, (), refunded.minor_micros, refunded.units),)
        )
    for key, known in state.answers.items():
        yield ev.Entry(
            known.decided_at, ev.Operation.OPEN_PARTITION, (), key, known.request_digest, known.answer
        )


def _entry(events: tuple[ev.Event, ...]) -> ev.Entry:
    return ev.Entry(EPOCH, ev.Operation.OPEN_PARTITION, events)


def _account_events(state: PartitionState, account: Account) -> Iterator[ev.Event]:
    yield ev.AccountOpened(
        account.account_id, account.currency_code, account.credit_limit, account.low_balance
    )
    for subscriber_id in account.subscriber_ids:
        subscriber = state.subscribers[subscriber_id]
        yield ev.SubscriberAdded(
            subscriber_id, account.account_id, subscriber.time_zone, subscriber.subscriptions
        )
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
        session.zone,
        session.subscriptions,
        session.started_at,
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
        )
    yield ev.SessionAdvanced(
        session.ref,
        session.last_sequence,
        session.last_report_at,
        session.expires_at,
        session.zone,
        session.reauthorisation_pending,
    )
