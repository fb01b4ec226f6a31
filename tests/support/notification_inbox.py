"""Facts, the simplest of rules, and inboxes on a real database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.common.runtime.database_engine import SQLITE, open_engine
from services.notification.adapters.inbox.intake import SqlIntake
from services.notification.adapters.inbox.reading import SqlInbox
from services.notification.adapters.migrations.parts import inbox as tables
from services.notification.application.ports import CompiledRules
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact, FactKind, Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Channel, Draft, Notification
from services.notification.domain.rules import AlertRules
from tests.support.charging_world import ManualClock
from tests.support.notification_streams import AT, recipient

RULES = AlertRules("test", ("en",), "UTC", 0, 0, (), 3, 500, (), ())


def open_inbox_database(url: str) -> Database:
    """A database with nothing but inboxes."""
    engine = open_engine(url, 4)
    with engine.begin() as connection:
        tables.create_tables(Operations(MigrationContext.configure(connection)))
    return Database(engine, 1 if engine.dialect.name == SQLITE else 4)


def fact(
    cause_id: str = "c-1",
    to: Recipient | None = None,
    at: Instant = AT,
    about: str = "b-1",
    kind: FactKind = FactKind.BALANCE_LOW,
) -> Fact:
    """Money got low."""
    return Fact(kind, cause_id, to or recipient(), at, {"bucket_id": about}, about)


class PlainRules:
    """Tells of everything once; of a balance that is low also the operator, if asked to.

    What is told of balances collapses by what it is about, all else with nothing.
    """

    version = 3
    rules = RULES

    def __init__(self, with_operator: bool = False) -> None:
        self._with_operator = with_operator
        self.seen: list[tuple[Customer | None, str]] = []

    def drafts(self, fact: Fact, customer: Customer | None, language: str) -> Sequence[Draft]:
        """One draft or two."""
        self.seen.append((customer, language))
        is_low = fact.kind is FactKind.BALANCE_LOW
        code = fact.kind.value
        mine = Draft(
            fact=fact,
            alert_code=code,
            rules_version=self.version,
            category=Category.SERVICE,
            severity=AlertSeverity.WARNING,
            language=language or "en",
            title=f"Title of {fact.cause_id}",
            body=f"Body of {fact.cause_id}",
            text=f"Text of {fact.cause_id}",
            collapse_key=f"{code}/{fact.about}" if is_low else "",
            chain=(Channel.EMAIL,),
            data={"cause": fact.cause_id},
        )
        if not self._with_operator or not is_low:
            return [mine]
        operators = replace(fact, recipient=Recipient(operator=True))
        return [mine, replace(mine, fact=operators, alert_code=f"{code}-operator", collapse_key="")]


@dataclass
class InForce:
    """Fulfils `RulesInForce`."""

    compiled: CompiledRules | None

    def current(self) -> CompiledRules | None:
        """What is set."""
        return self.compiled


@dataclass
class Planned:
    """Fulfils `DeliveriesWithin`: remembers, or fails."""

    pairs: list[tuple[Notification, Draft]] = field(default_factory=list)
    failures: int = 0

    def plan(
        self, session: Session, entries: Sequence[tuple[Notification, Draft]], rules: CompiledRules
    ) -> None:
        """Remembers."""
        if self.failures:
            self.failures -= 1
            raise OSError("deliveries are away")
        self.pairs.extend(entries)


class Known:
    """Fulfils `CustomersWithin` and `LanguagesWithin`: odd subscribers are known, and speak German."""

    def customers(self, session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, Customer]:
        """Of those with odd numbers."""
        return {
            one: Customer(one, one.replace("s-", "a-"), "EUR", "UTC")
            for one in subscriber_ids
            if int(one.removeprefix("s-")) % 2
        }

    def languages(self, session: Session, subscriber_ids: Sequence[str]) -> Mapping[str, str]:
        """Of those with odd numbers."""
        return dict.fromkeys(self.customers(session, subscriber_ids), "de")


class InboxWorld:
    """Intake and inboxes on a database."""

    def __init__(self, database: Database, with_operator: bool = False) -> None:
        self.database = database
        self.clock = ManualClock(AT)
        self.rules = PlainRules(with_operator)
        self.in_force = InForce(self.rules)
        self.planned = Planned()
        self.told: list[Notification] = []
        self.changed: list[str] = []
        known = Known()
        self.intake = SqlIntake(self.in_force, known, known, self.planned, self.clock, self.told.extend)
        self.inbox = SqlInbox(database, self.clock, self.changed.extend)

    async def take(self, *facts: Fact) -> Sequence[Notification]:
        """Facts in a transaction of their own."""
        new = await self.database.run(lambda session: self.intake.take(session, facts))
        self.intake.told(new)
        return new
