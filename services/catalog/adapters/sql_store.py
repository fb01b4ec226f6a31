"""Published versions in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from services.catalog.adapters.event_messages import SUBJECT_PUBLISHED, published_event
from services.catalog.adapters.tables import CatalogVersionTable, PublishRequestTable
from services.catalog.application.ports import Rendered, StoredVersion
from services.catalog.domain.publication import Answer, Candidate, Decision, PublishedVersion, Standing
from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.runtime.database import Database
from services.common.runtime.outbox import add_event

_ATTEMPTS = 20

Decide = Callable[[Standing, Candidate], Decision]


class SqlCatalogStore:
    """The CatalogStore port. `on_published` is called after a commit that holds an event."""

    def __init__(self, database: Database, on_published: Callable[[], None]) -> None:
        self._database = database
        self._on_published = on_published

    async def newest(self) -> StoredVersion | None:
        """The version with the highest number."""
        return await self._database.run(lambda session: _stored(_newest(session)))

    async def get(self, version: int) -> StoredVersion | None:
        """One version."""
        return await self._database.run(lambda session: _stored(session.get(CatalogVersionTable, version)))

    async def in_force(self, at: Instant) -> StoredVersion | None:
        """The newest version whose effective date is not after `at`."""
        return await self._database.run(lambda session: _stored(_in_force(session, at)))

    async def after(self, version: int) -> Sequence[PublishedVersion]:
        """Versions above a number, ascending."""
        return await self._database.run(lambda session: _after(session, version))

    async def publish(self, candidate: Candidate, rendered: Rendered, decide: Decide) -> Decision:
        """Decides and stores in one transaction.

        Two that meet on PostgreSQL collide on a primary key; the one that
        loses is decided again over what stands then.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                decision = await self._database.run(
                    lambda session: _publish(session, candidate, rendered, decide)
                )
            except IntegrityError:
                if attempt == _ATTEMPTS:
                    raise
                continue
            if decision.is_new:
                self._on_published()
            return decision
        raise AssertionError("the last attempt returns or raises")


def _publish(session: Session, candidate: Candidate, rendered: Rendered, decide: Decide) -> Decision:
    decision = decide(_standing(session, candidate.request_id), candidate)
    answer = decision.answer
    if answer is None or decision.repeated:
        return decision
    session.add(
        PublishRequestTable(
            request_id=candidate.request_id,
            fingerprint=candidate.fingerprint,
            version=answer.published.version,
            unchanged=answer.unchanged,
        )
    )
    if decision.is_new:
        session.add(_row(answer.published, rendered))
        add_event(
            session,
            SUBJECT_PUBLISHED,
            published_event(answer.published),
            f"{answer.published.catalog_code}-version-{answer.published.version}",
        )
    session.flush()
    return decision


def _standing(session: Session, request_id: str) -> Standing:
    newest = _newest(session)
    first = session.get(PublishRequestTable, request_id)
    if first is None:
        return Standing(_published(newest) if newest else None)
    row = session.get_one(CatalogVersionTable, first.version)
    return Standing(
        _published(newest) if newest else None, first.fingerprint, Answer(_published(row), first.unchanged)
    )


def _newest(session: Session) -> CatalogVersionTable | None:
    statement = select(CatalogVersionTable).order_by(col(CatalogVersionTable.version).desc()).limit(1)
    return session.exec(statement).first()


def _in_force(session: Session, at: Instant) -> CatalogVersionTable | None:
    statement = (
        select(CatalogVersionTable)
        .where(col(CatalogVersionTable.effective_from) <= at)
        .order_by(col(CatalogVersionTable.version).desc())
        .limit(1)
    )
    return session.exec(statement).first()


def _after(session: Session, version: int) -> list[PublishedVersion]:
    statement = (
        select(CatalogVersionTable)
        .where(col(CatalogVersionTable.version) > version)
        .order_by(col(CatalogVersionTable.version))
    )
    return [_published(row) for row in session.exec(statement)]


def _row(published: PublishedVersion, rendered: Rendered) -> CatalogVersionTable:
    return CatalogVersionTable(
        version=published.version,
        catalog_code=published.catalog_code,
        currency_code=published.currency_code,
        effective_from=published.effective_from,
        published_at=published.published_at,
        published_by=published.published_by,
        content_sha256=published.content_sha256,
        content=rendered.content,
        source=rendered.source.content,
    )


def _published(row: CatalogVersionTable) -> PublishedVersion:
    return PublishedVersion(
        version=row.version,
        catalog_code=row.catalog_code,
        currency_code=row.currency_code,
        effective_from=Instant(row.effective_from),
        published_at=Instant(row.published_at),
        published_by=row.published_by,
        content_sha256=row.content_sha256,
    )


def _stored(row: CatalogVersionTable | None) -> StoredVersion | None:
    if row is None:
        return None
    return StoredVersion(_published(row), row.content, SourceFile(f"{row.catalog_code}.yaml", row.source))
