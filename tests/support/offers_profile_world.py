"""Profiles on a real database, followed from a journal in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.decisions.erasure import erase_decision_links
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.following import profile_follower
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.inbox import WaitingTrigger, forget_triggers, take_triggers
from services.offers.adapters.profiles.journal import ProfileJournal
from services.offers.adapters.profiles.rows import Rows, stored_of
from services.offers.adapters.profiles.sql_consents import SqlConsents
from services.offers.adapters.profiles.sql_erasures import SqlErasures
from services.offers.application.consents import ConsentKeeper
from services.offers.application.erasing import ProfileEraser
from services.offers.application.profile_ports import ConsentsAsked, ErasureAsked
from services.offers.domain.customer import CustomerView
from services.offers.domain.policies import Purpose
from services.offers.domain.profiles.packed import packed
from tests.support.catalog import SteppedClock
from tests.support.offers_profiles import BEGIN, ProfileBook, account_of, policies


class ProfileWorld:
    """One process: what it has at hand, its follower, its use cases. Several may share a database."""

    def __init__(self, database: Database, book: ProfileBook | None = None, at_hand: int = 100) -> None:
        self.database = database
        self.book = book or ProfileBook()
        self.clock = SteppedClock(BEGIN)
        self.woken = 0
        self.hand = AtHand(at_hand)
        self.journal = ProfileJournal(self.hand, self._wake)
        self.follower = profile_follower(database, None, self.book, self.journal)
        self.customers = StoredCustomers(database, self.hand)
        self.consents = ConsentKeeper(SqlConsents(database, self.hand), self.clock)
        self.eraser = ProfileEraser(SqlErasures(database, self.hand, erase_decision_links), self.clock)

    async def follow(self) -> int:
        """Folds everything that the journal has."""
        return await self.follower.catch_up(self.book.partition)

    async def view(self, subscriber_id: str = "anna", now: int = BEGIN) -> CustomerView | None:
        """The customer at an instant."""
        return await self.customers.view(subscriber_id, policies(), Instant(now))

    async def consent(
        self, *given: Purpose, withdrawn: Sequence[Purpose] = (), request_id: str = "r", who: str = "anna"
    ) -> None:
        """Changes consents, by a form."""
        changes = dict.fromkeys(given, True) | dict.fromkeys(withdrawn, False)
        await self.consents.set(ConsentsAsked(request_id, who, account_of(who), changes, "form 7"))

    async def erase(self, who: str = "anna", request_id: str = "e") -> int:
        """Forgets somebody."""
        return await self.eraser.erase(ErasureAsked(request_id, who))

    async def waiting(self) -> Sequence[WaitingTrigger]:
        """What waits for a look."""
        return await self.database.run(lambda session: take_triggers(session, 100))

    async def forget(self, looked_at: Sequence[WaitingTrigger]) -> None:
        """Somebody has looked."""
        await self.database.run(lambda session: forget_triggers(session, looked_at))

    def _wake(self) -> None:
        self.woken += 1


def emptied(session: Session) -> None:
    """Nothing was ever followed."""
    for table in ("subscriber", "account_bucket", "session_owner", "consent", "follower_position"):
        session.execute(text(f"DELETE FROM {table}"))


def stored_profiles(session: Session) -> dict[str, tuple[str, int, bytes]]:
    """Account, feature_seq and bytes of every profile, after a reading of the whole."""
    rows = Rows(session)
    ids = [row[0] for row in rows.all("SELECT subscriber_id FROM subscriber")]
    return {
        subscriber_id: (stored.account_id, stored.feature_seq, packed(stored.profile))
        for subscriber_id, (stored, _) in stored_of(rows, ids).items()
    }


def stored_buckets(session: Session) -> list[tuple[Any, ...]]:
    """Every bucket as it is stored."""
    rows = Rows(session).all("SELECT * FROM account_bucket ORDER BY account_id, bucket_id")
    return [tuple(row) for row in rows]


def traces_of(session: Session, words: str) -> dict[str, int]:
    """Rows, by table, in which some text stands anywhere; tables without are left out."""
    if session.get_bind().dialect.name == "sqlite":
        listing = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        listing = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    found = {}
    for (table,) in session.execute(text(listing)).all():
        rows = session.execute(text(f'SELECT * FROM "{table}"')).all()
        count = sum(1 for row in rows if any(words in _as_text(value) for value in row))
        if count:
            found[table] = count
    return found


def _as_text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)
