"""Hears of offers and statements on the bus: tells of them, and remembers which offers were answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlmodel import Session

from services.common.kernel.clock import Clock, Instant
from services.common.runtime.bus import Bus
from services.common.runtime.bus_consumer import ConsumerSpec, Delivery, consume_batches
from services.common.runtime.database import Database
from services.notification.adapters.mirror.bus_messages import SUBJECTS, bus_event
from services.notification.adapters.mirror.journal import OnTold
from services.notification.adapters.mirror.rows import Into, Rows
from services.notification.adapters.within import IntakeWithin
from services.notification.domain.customers import Present
from services.notification.domain.facts import Fact, FactKind
from services.notification.domain.mirror.bus_facts import (
    BusEvent,
    OfferAnswered,
    OfferShown,
    StatementReady,
    offer,
    offer_key,
    statement_closed,
)
from services.notification.domain.notifications import Notification
from services.notification.domain.still import still_holds

_STREAMS = {"tidemark.offers.v1": "OFFERS", "tidemark.partner_settlement.v1": "PARTNER_SETTLEMENT"}
_ANSWERED = Into(
    "answered_offer", ("subscriber_id", "offer", "at"), " ON CONFLICT (subscriber_id, offer) DO NOTHING"
)
_IS_ANSWERED = "SELECT 1 FROM answered_offer WHERE subscriber_id = ? AND offer = ?"


class BusEvents:
    """Consumers of the events of other services: a message is confirmed once its effect is stored.

    Messages may come twice and in any order: an offer that was answered before it was heard of is not told.
    """

    def __init__(self, database: Database, intake: IntakeWithin, on_told: OnTold, clock: Clock) -> None:
        self._database = database
        self._intake = intake
        self._on_told = on_told
        self._clock = clock

    async def run(self, bus: Bus) -> None:
        """Listens until cancelled. What cannot be read is parked after some attempts."""
        async with asyncio.TaskGroup() as group:
            for subject in SUBJECTS:
                group.create_task(consume_batches(bus, _spec(subject), self.hear))

    async def hear(self, deliveries: Sequence[Delivery]) -> None:
        """Takes messages; returns when their effect is stored. Raises DecodeError, ValueError."""
        events = [bus_event(delivery.subject, delivery.payload) for delivery in deliveries]
        now = self._clock.now()
        taken = await self._database.run(lambda session: self._take(session, events, now))
        if taken:
            self._on_told(taken)

    def _take(self, session: Session, events: Sequence[BusEvent], now: Instant) -> Sequence[Notification]:
        rows = Rows(session)
        answers = {
            (each.subscriber_id, _key(each)): each for each in events if isinstance(each, OfferAnswered)
        }
        rows.put(_ANSWERED, [(*key, answered.at) for key, answered in sorted(answers.items())])
        facts = [fact for event in events if (fact := _fact(rows, event, now)) is not None]
        return self._intake.take(session, facts) if facts else ()


def _fact(rows: Rows, event: BusEvent, now: Instant) -> Fact | None:
    if isinstance(event, StatementReady):
        return statement_closed(event)
    if isinstance(event, OfferAnswered) or not event.outbound:
        return None
    key = _key(event)
    answered = frozenset({key} if rows.all(_IS_ANSWERED, (event.subscriber_id, key)) else ())
    fact = offer(event)
    present = Present(answered_offers=answered)
    return fact if still_holds(FactKind.OFFER, fact.values, fact.about, present, now) else None


def _key(event: OfferShown | OfferAnswered) -> str:
    return offer_key(event.decision_id, event.offer_code)


def _spec(subject: str) -> ConsumerSpec:
    package, _, name = subject.rpartition(".")
    return ConsumerSpec(_STREAMS[package], f"notification-{name}", subject)
