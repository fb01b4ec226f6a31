"""The mirror on a real database, with an intake that only remembers what it was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlmodel import Session

from services.common.kernel.clock import HOUR, Instant
from services.common.runtime.database import Database
from services.common.runtime.database_engine import open_engine
from services.common.runtime.follower import JournalFollower
from services.common.runtime.tables import create_runtime_tables
from services.notification.adapters.migrations.parts import mirror as tables
from services.notification.adapters.migrations.parts import proposals
from services.notification.adapters.mirror.clock import MirrorClock
from services.notification.adapters.mirror.directory import SqlDirectory
from services.notification.adapters.mirror.events import BusEvents
from services.notification.adapters.mirror.following import mirror_follower
from services.notification.adapters.mirror.hand import AtHand
from services.notification.adapters.mirror.journal import Mirror, MirrorJournal
from services.notification.adapters.mirror.rows import Rows
from services.notification.application.ports import Balances
from services.notification.domain.customers import Customer
from services.notification.domain.facts import Fact, FactKind
from services.notification.domain.notifications import (
    AlertSeverity,
    Category,
    Draft,
    Notification,
)
from services.notification.domain.rules import AlertRules
from tests.support.charging_world import ManualClock
from tests.support.notification_mirror import BEGIN, MirrorBook

TABLES = (
    *("mirrored_account", "mirrored_subscriber", "mirrored_bucket", "charge_line", "month_total"),
    *("counter_value", "answered_offer", "expiry_mark", "mirror_position", "follower_position"),
)


def open_mirror_database(url: str) -> Database:
    """A database with the mirror's tables, those of suspended lines, and the runtime's."""
    engine = open_engine(url, 4)
    with engine.begin() as connection:
        operations = Operations(MigrationContext.configure(connection))
        tables.create_tables(operations)
        proposals.create_tables(operations)
        create_runtime_tables(operations)
    return Database(engine, 1 if engine.dialect.name == "sqlite" else 4)


def alert_rules(factor: int = 3, hours: tuple[int, ...] = (72, 24)) -> AlertRules:
    """Rules without any alert: the mirror reads only what holds for all."""
    return AlertRules(
        code="test",
        languages=("en",),
        time_zone="UTC",
        quiet_from_minute=0,
        quiet_until_minute=0,
        expiry_hours=hours,
        unusual_factor=factor,
        unusual_at_least_minor=500,
        limits=(),
        rules=(),
    )


@dataclass
class FixedRules:
    """Fulfils RulesInForce, and the rules that are."""

    rules: AlertRules = field(default_factory=alert_rules)
    version: int = 1

    def current(self) -> FixedRules:
        """As the port has it."""
        return self

    def drafts(self, _fact: Fact, _customer: Customer | None, _language: str) -> Sequence[Draft]:
        """None."""
        return ()


@dataclass
class RememberingIntake:
    """Fulfils IntakeWithin: remembers facts, and gives an entry for each that is new."""

    facts: list[Fact] = field(default_factory=list)
    fails: bool = False
    tried: int = 0

    def take(self, _session: Session, facts: Sequence[Fact]) -> Sequence[Notification]:
        """As the port has it."""
        self.tried += 1
        if self.fails:
            raise RuntimeError("no room in inboxes")
        known = {(fact.recipient.key, fact.cause_id) for fact in self.facts}
        self.facts += facts
        return [_entry(fact) for fact in facts if (fact.recipient.key, fact.cause_id) not in known]

    def of(self, *kinds: FactKind) -> list[Fact]:
        """Those of some kinds."""
        return [fact for fact in self.facts if fact.kind in kinds]


@dataclass
class RememberingHub:
    """Fulfils Watchers: each account is watched."""

    keys: list[str] = field(default_factory=list)
    balances: list[Balances] = field(default_factory=list)

    def watches(self, _account_id: str) -> bool:
        """As the port has it."""
        return True

    def told(self, notifications: Sequence[Notification]) -> None:
        """Of whom there are new entries."""
        self.keys += [each.recipient.key for each in notifications]

    def moved(self, balances: Balances) -> None:
        """As the port has it."""
        self.balances.append(balances)


class MirrorWorld:
    """Everything of the mirror on one database."""

    def __init__(
        self,
        database: Database,
        book: MirrorBook | None = None,
        at_hand: int = 1_000,
        intake: RememberingIntake | None = None,
    ) -> None:
        self.database = database
        self.book = book or MirrorBook()
        self.clock = ManualClock(Instant(BEGIN + HOUR))
        self.rules, self.intake, self.hub = FixedRules(), intake or RememberingIntake(), RememberingHub()
        self.hand = AtHand(at_hand)
        self.mirror = Mirror(
            self.hand, self.rules, lambda counter, _currency_code: {"capped": 200}.get(counter)
        )
        self.directory = SqlDirectory(database, self.hand)
        self.events = BusEvents(database, self.intake, self.hub.told, self.clock)
        self.is_behind = False
        self.ticking = MirrorClock(
            database, self.rules, self.intake, self.hub.told, self.clock, lambda: self.is_behind, 0.01
        )
        self.follower = self.follow_with(MirrorJournal(self.mirror, self.intake, self.hub.told, self.hub))

    def follow_with(self, journal: MirrorJournal) -> JournalFollower:
        """A follower of the book."""
        return mirror_follower(self.database, None, self.book, journal, (self.book.partition,))

    async def follow(self) -> None:
        """Follows what the book has."""
        await self.follower.catch_up(self.book.partition)

    async def stored(self) -> dict[str, list[Any]]:
        """All rows of all tables, ids left out."""
        return await self.database.run(_stored)


def _stored(session: Session) -> dict[str, list[Any]]:
    rows = Rows(session)
    return {table: sorted(rows.all(f"SELECT {_columns(table)} FROM {table}")) for table in TABLES[:6]}


def _columns(table: str) -> str:
    return "subscriber_id, at, booked_at, kind, units, paid" if table == "charge_line" else "*"


def emptied(session: Session) -> None:
    """Everything is gone."""
    for table in TABLES:
        Rows(session).do(f"DELETE FROM {table}")


def _entry(fact: Fact) -> Notification:
    return Notification(
        notification_id=fact.cause_id,
        cursor=1,
        recipient=fact.recipient,
        alert_code=fact.kind.value,
        rules_version=1,
        category=Category.SERVICE,
        severity=AlertSeverity.INFO,
        language="en",
        title="",
        body="",
        text="",
        data={},
        occurred_at=fact.at,
        created_at=fact.at,
    )
