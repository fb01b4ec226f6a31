"""The store of versions on SQLite and on PostgreSQL: numbers without gaps, one event each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from services.catalog.adapters.event_messages import SUBJECT_PUBLISHED
from services.catalog.adapters.sql_store import SqlCatalogStore
from services.catalog.application.publish import CatalogPublisher, PublishReport, PublishRequest
from services.catalog.main import MIGRATIONS, build_use_cases
from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.runtime.database import Database, open_database
from services.common.runtime.tables import OutboxEvent
from tests.support.catalog import CountedSubscriptions, SteppedClock, changed
from tests.support.postgres import new_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalog.sqlite"
    return new_postgres_database()


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = open_database(url, MIGRATIONS, 8)
    yield opened
    await opened.close()


def version_text(number: int) -> str:
    return changed(('amount: "0.07"', f'amount: "1.{number:02d}"'))


class Publishing:
    """Publishes over a real database; `announced` counts wake-ups of the relay."""

    def __init__(self, database: Database) -> None:
        self.announced = 0
        self.store = SqlCatalogStore(database, self._announce)
        self._publisher: CatalogPublisher = build_use_cases(
            self.store, CountedSubscriptions({}), SteppedClock()
        ).publisher

    async def __call__(self, request_id: str, number: int, effective: int = 0) -> PublishReport:
        files = (SourceFile("a.yaml", version_text(number)),)
        return await self._publisher.publish(PublishRequest(request_id, files, "test", Instant(effective)))

    def _announce(self) -> None:
        self.announced += 1


def outbox(session: Session) -> list[tuple[str, str]]:
    return [
        (e.subject, e.message_id) for e in session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id)))
    ]


async def test_publishers_that_meet_are_numbered_one_after_the_other(database: Database) -> None:
    publish = Publishing(database)
    reports = await asyncio.gather(*(publish(f"request-{n}", n) for n in range(10)))
    assert sorted(report.answer.published.version for report in reports) == list(range(1, 11))
    stored = await publish.store.after(0)
    assert [version.version for version in stored] == list(range(1, 11))
    assert {v.version: v.content_sha256 for v in stored} == {
        r.answer.published.version: r.answer.published.content_sha256 for r in reports
    }
    events = await database.run(outbox)
    assert sorted(events) == sorted((SUBJECT_PUBLISHED, f"small-version-{n}") for n in range(1, 11))
    assert publish.announced == 10


async def test_one_request_sent_many_times_at_once_makes_one_version(database: Database) -> None:
    publish = Publishing(database)
    reports = await asyncio.gather(*(publish("same", 1) for _ in range(8)))
    assert {report.answer.published.version for report in reports} == {1}
    assert len(await publish.store.after(0)) == 1
    assert len(await database.run(outbox)) == 1


async def test_versions_survive_the_process_with_their_exact_bytes(url: str) -> None:
    first = open_database(url, MIGRATIONS)
    publish = Publishing(first)
    await publish("a", 1)
    before = await publish.store.newest()
    await first.close()
    again = open_database(url, MIGRATIONS)
    assert await Publishing(again).store.newest() == before
    await again.close()


async def test_the_version_in_force_is_the_newest_whose_day_has_come(database: Database) -> None:
    publish = Publishing(database)
    for number, effective in enumerate((100, 200, 200, 300)):
        await publish(f"r{number}", number, effective)

    async def in_force(at: int) -> int:
        stored = await publish.store.in_force(Instant(at))
        return stored.published.version if stored else 0

    assert [await in_force(at) for at in (99, 100, 199, 200, 299, 300)] == [0, 1, 1, 3, 3, 4]
