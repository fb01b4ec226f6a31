"""What charging's journal says of acceptances, found in its entries. Most say nothing, at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.kernel.clock import Instant
from services.offers.adapters.effects.charging_gateway import ACTOR, rewarded
from services.offers.application.reversing import Cancelled, Refunded, Sign, TookEffect
from services.offers.domain.acceptance import Given

SPEAKING = frozenset(
    {
        journal_pb2.OPERATION_SUBSCRIBE,
        journal_pb2.OPERATION_CANCEL,
        journal_pb2.OPERATION_ADJUST,
        journal_pb2.OPERATION_ONE_TIME_EVENT,
    }
)
"""Operations of entries that may say something of acceptances; no other needs to be handed over."""
_GIVEN_UP = frozenset({journal_pb2.SUBSCRIPTION_CHANGE_CANCELLED, journal_pb2.SUBSCRIPTION_CHANGE_ENDED})


def signs(entries: Iterable[journal_pb2.JournalEntry]) -> Iterator[Sign]:
    """In the order of the journal. What ends by itself, with its period or trial, is no cancellation."""
    for entry in entries:
        if entry.operation in SPEAKING:
            yield from _signs_of(entry, Instant(entry.decided_at.ToMicroseconds()))


def _signs_of(entry: journal_pb2.JournalEntry, at: Instant) -> Iterator[Sign]:
    if entry.operation == journal_pb2.OPERATION_SUBSCRIBE:
        yield from _subscribed(entry, at)
    elif entry.operation == journal_pb2.OPERATION_ADJUST:
        yield from _adjusted(entry, at)
    else:
        yield from _taken_back(entry, at)


def _subscribed(entry: journal_pb2.JournalEntry, at: Instant) -> Iterator[TookEffect]:
    reference, fees = "", []
    started: dict[str, account_api_pb2.Subscription] = {}
    subscriber_id = ""
    for event in entry.events:
        if event.HasField("balance_corrected"):
            reference = event.balance_corrected.reference
        elif event.HasField("fee_charged"):
            fees.append(event.fee_charged)
        elif event.HasField("subscription_changed"):
            changed = event.subscription_changed
            subscriber_id = changed.subscriber_id
            started[changed.subscription.offering_code] = changed.subscription
    if not reference:
        return
    trials = [item.trial_end.ToMicroseconds() for item in started.values() if item.HasField("trial_end")]
    given = Given(
        tuple(fee.charge_id for fee in fees),
        sum(fee.amount_minor_micros for fee in fees),
        fees[0].currency_code if fees else "",
        Instant(trials[0]) if trials else None,
    )
    yield TookEffect(reference, subscriber_id, given, at, frozenset(started))


def _adjusted(entry: journal_pb2.JournalEntry, at: Instant) -> Iterator[TookEffect]:
    for event in entry.events:
        if event.HasField("balance_corrected") and event.balance_corrected.actor == ACTOR:
            about = rewarded(event.balance_corrected.reason)
            if about is not None:
                yield TookEffect(about[0], "", Given(), at, offer_code=about[1])


def _taken_back(entry: journal_pb2.JournalEntry, at: Instant) -> Iterator[Cancelled | Refunded]:
    for event in entry.events:
        if event.HasField("charge_refunded"):
            yield Refunded(event.charge_refunded.refunded_charge_id, at)
        elif event.HasField("subscription_changed") and event.subscription_changed.change in _GIVEN_UP:
            changed = event.subscription_changed
            yield Cancelled(changed.subscriber_id, changed.subscription.offering_code, at)
