"""Accepting and declining on a real database, with charging's stand-in or charging itself behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from google.protobuf.message import Message
from sqlmodel import Session, SQLModel, select
from tidemark.charging.v1 import journal_pb2

from services.common.runtime.database import open_database
from services.common.runtime.tables import OutboxEvent
from services.offers.adapters.decisions.outcomes import outcomes_of
from services.offers.adapters.effects.journal_watcher import AcceptanceWatcher
from services.offers.adapters.effects.presentations import SqlPresentations
from services.offers.adapters.effects.reward_windows import SqlRewardWindows
from services.offers.adapters.effects.rows import answer_of
from services.offers.adapters.effects.sql_answers import SqlAnswers
from services.offers.adapters.effects.sql_budgets import Budgets
from services.offers.adapters.tables.acceptances import OfferAnswerTable
from services.offers.adapters.tables.decisions import DecisionLinkTable, PresentedOfferTable
from services.offers.application.accepting import Accepting
from services.offers.application.declining import Declining
from services.offers.application.effect_ports import Charging
from services.offers.application.effects import OfferEffects
from services.offers.application.feedback import GivingFeedback
from services.offers.application.giving import Giving, PendingAcceptances
from services.offers.application.ignoring import Ignoring
from services.offers.domain.acceptance import Answer
from services.offers.domain.compiled import CompiledOffer
from services.offers.domain.decisions import OutcomeKind, PresentedOffer
from services.offers.domain.policies import Purpose
from services.offers.main import MIGRATIONS
from tests.support.charging_world import ManualClock
from tests.support.offers_effects import (
    ChargingStandIn,
    FixedPolicies,
    GivenConsents,
    QuietOffers,
    compiled_offer,
    compiled_policies,
    offer,
    presented_offer,
)
from tests.support.postgres import new_postgres_database

M = TypeVar("M", bound=Message)


class SqlEffectsWorld:
    """Use cases on a database."""

    def __init__(self, url: str, offers: Sequence[CompiledOffer], charging: Charging) -> None:
        self.database = open_database(url, MIGRATIONS)
        self.clock = ManualClock()
        self.policies = FixedPolicies(compiled_policies(offers))
        self.consents = GivenConsents()
        self.quiet = QuietOffers()
        self.budgets = Budgets(self.database)
        self.answers = SqlAnswers(self.database)
        self.watcher = AcceptanceWatcher()
        self.ignoring = Ignoring(SqlRewardWindows(self.database), self.clock, batch=2)
        self.use_charging(charging)

    def use_charging(self, charging: Charging) -> None:
        """Use cases anew, as after a restart."""
        presentations = SqlPresentations(self.database)
        giving = Giving(self.answers, charging, self.budgets, self.clock)
        self.effects = OfferEffects(
            Accepting(
                presentations,
                self.answers,
                self.policies,
                self.consents,
                giving,
                self.budgets,
                self.clock,
            ),
            Declining(presentations, self.answers, self.policies, self.quiet, self.consents, self.clock),
            GivingFeedback(presentations, self.answers, self.clock),
        )
        self.pending = PendingAcceptances(self.answers, giving, self.clock)

    async def close(self) -> None:
        """Closes the database."""
        await self.database.close()

    async def present(
        self,
        decision_id: str = "d-1",
        offer_code: str = "video-pass",
        subscriber_id: str = "s-1",
        account_id: str = "acme-1",
        price_minor_micros: int = 0,
    ) -> None:
        """Presents an offer to a subscriber who has consented."""
        offer = presented_offer(decision_id, offer_code, subscriber_id, account_id, self.clock.now())

        def add(session: Session) -> None:
            if session.get(DecisionLinkTable, decision_id) is None:
                session.add(
                    DecisionLinkTable(
                        decision_id=decision_id,
                        sequence=1,
                        subscriber_id=subscriber_id,
                        account_id=account_id,
                    )
                )
            session.add(_row(offer, price_minor_micros))

        await self.database.run(add)
        self.consents.given |= {(subscriber_id, purpose) for purpose in Purpose}

    async def rows(self, table: type[SQLModel]) -> Sequence[SQLModel]:
        """All of a table."""
        return await self.database.run(lambda session: session.exec(select(table)).all())

    async def answer(self, decision_id: str = "d-1", offer_code: str = "video-pass") -> Answer:
        """As it is stored."""

        def look(session: Session) -> Answer:
            row = session.get(OfferAnswerTable, (decision_id, offer_code))
            assert row is not None
            return answer_of(row)

        return await self.database.run(look)

    async def kinds(self, decision_id: str = "d-1") -> list[OutcomeKind]:
        """Outcomes of a decision, in their order."""
        found = await self.database.run(lambda session: outcomes_of(session, [decision_id]))
        return [outcome.kind for outcome in found.get(decision_id, [])]

    async def events(self, kind: type[M]) -> list[M]:
        """What waits to be published, of one kind."""

        def look(session: Session) -> list[M]:
            rows = session.exec(select(OutboxEvent).order_by("id"))
            return [kind.FromString(row.payload) for row in rows if row.subject == kind.DESCRIPTOR.full_name]

        return await self.database.run(look)

    async def hear(self, *entries: journal_pb2.JournalEntry) -> None:
        """Charging's journal tells of entries."""
        await self.database.run(lambda session: self.watcher.apply(session, entries))

    async def states(self) -> Counter[str]:
        """How many answers stand where."""
        return Counter(getattr(row, "state", "") for row in await self.rows(OfferAnswerTable))


def _row(offer: PresentedOffer, price_minor_micros: int) -> PresentedOfferTable:
    return PresentedOfferTable(
        decision_id=offer.decision_id,
        offer_code=offer.offer_code,
        rank=offer.rank,
        policy_version=offer.policy_version,
        channel=offer.channel,
        outbound=offer.outbound,
        presented_at=offer.presented_at,
        expires_at=offer.expires_at,
        reward_window_ends=offer.reward_window_ends,
        price_minor_micros=price_minor_micros,
        currency_code=offer.currency_code,
        value_minor_micros=offer.value_minor_micros,
        settled=False,
    )


class OpenWorlds:
    """Opens worlds, each on an empty database of one kind; closes them together."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._opened: list[SqlEffectsWorld] = []

    def __call__(
        self, charging: ChargingStandIn | None = None, offers: Sequence[CompiledOffer] = ()
    ) -> SqlEffectsWorld:
        """With one plain offer unless others are given."""
        url = "sqlite://" if self._kind == "sqlite" else new_postgres_database()
        chosen = offers or (compiled_offer(offer()),)
        self._opened.append(SqlEffectsWorld(url, chosen, charging or ChargingStandIn()))
        return self._opened[-1]

    async def close(self) -> None:
        """All of them."""
        for world in self._opened:
            await world.close()
