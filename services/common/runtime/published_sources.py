"""Published versions of files that people write, in SQL: their tables, and the store on them.

A service's table classes inherit from the rows below and name their tables; what else a version keeps, its
table and its two functions in `SourceTables` say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from services.common.kernel.findings import SourceFile
from services.common.kernel.publication import (
    Answer,
    Candidate,
    Decide,
    FirstAnswer,
    PublicationDecision,
    PublishedVersion,
    StoredVersion,
)
from services.common.runtime.database import Database

_NEWEST = 0
_ASSIGNED = {"autoincrement": False}


class VersionRow(SQLModel):
    """One version. Rows are added, never changed; who adds one has seen all before it."""

    version: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_ASSIGNED)
    content_sha256: str = Field(sa_type=String(64))
    published_at: int = Field(sa_type=BigInteger)
    """Microseconds since 1970, UTC."""


class FileRow(SQLModel):
    """A file of a version's canonical source."""

    version: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_ASSIGNED)
    position: int = Field(primary_key=True, sa_column_kwargs=_ASSIGNED)
    name: str = Field(sa_type=String(200))
    content: str = Field(sa_type=Text)


class PublicationRow(SQLModel):
    """One publish request and the version that it was answered with."""

    request_id: str = Field(primary_key=True, sa_type=String(128))
    fingerprint: str = Field(sa_type=String(64))
    version: int = Field(sa_type=BigInteger)
    changed: bool


Row = TypeVar("Row", bound=VersionRow)


@dataclass(frozen=True)
class SourceTables(Generic[Row]):
    """A service's tables of one kind of files.

    `row_of` and `published_of` turn a version into its row and back; `announce` adds the event of a new one
    to the transaction.
    """

    version: type[Row]
    file: type[FileRow]
    publication: type[PublicationRow]
    row_of: Callable[[PublishedVersion], Row]
    published_of: Callable[[Row], PublishedVersion]
    announce: Callable[[Session, PublishedVersion], None]


class SqlSourceStore(Generic[Row]):
    """The SourceStore port."""

    def __init__(
        self, database: Database, tables: SourceTables[Row], on_change: Callable[[], None] = lambda: None
    ) -> None:
        """`on_change` is called after each commit that may have left an event."""
        self._database = database
        self._tables = tables
        self._on_change = on_change

    async def versions(self) -> Sequence[PublishedVersion]:
        """Every version, oldest first."""
        return await self._database.run(lambda session: _versions(session, self._tables))

    async def get(self, version: int) -> StoredVersion | None:
        """One version, the newest for 0."""
        return await self._database.run(lambda session: _stored(session, self._tables, version))

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""
        return await self._database.run(lambda session: _first_answer(session, self._tables, request_id))

    async def publish(self, candidate: Candidate, decide: Decide) -> PublicationDecision:
        """Decides and stores, with the event, in one transaction.

        Two that meet on PostgreSQL collide on the version's number or on the request's id; the one that
        loses has moved, since it did not look at what the other one published.
        """
        try:
            decision = await self._database.run(
                lambda session: _publish(session, self._tables, candidate, decide)
            )
        except IntegrityError:
            return PublicationDecision()
        self._on_change()
        return decision


def _publish(
    session: Session, tables: SourceTables[Row], candidate: Candidate, decide: Decide
) -> PublicationDecision:
    row = _newest(session, tables)
    newest = None if row is None else tables.published_of(row)
    decision = decide(newest, _first_answer(session, tables, candidate.request_id), candidate)
    if decision.answer is not None and not decision.repeated:
        _store(session, tables, candidate, decision.answer)
    return decision


def _store(session: Session, tables: SourceTables[Row], candidate: Candidate, answer: Answer) -> None:
    published = answer.published
    session.add(
        tables.publication(
            request_id=candidate.request_id,
            fingerprint=candidate.fingerprint,
            version=published.version,
            changed=answer.changed,
        )
    )
    if answer.changed:
        session.add(tables.row_of(published))
        for position, file in enumerate(candidate.files):
            session.add(
                tables.file(
                    version=published.version, position=position, name=file.name, content=file.content
                )
            )
        tables.announce(session, published)
    session.flush()


def _newest(session: Session, tables: SourceTables[Row]) -> Row | None:
    statement = select(tables.version).order_by(col(tables.version.version).desc()).limit(1)
    return session.exec(statement).first()


def _versions(session: Session, tables: SourceTables[Row]) -> list[PublishedVersion]:
    statement = select(tables.version).order_by(col(tables.version.version))
    return [tables.published_of(row) for row in session.exec(statement)]


def _stored(session: Session, tables: SourceTables[Row], version: int) -> StoredVersion | None:
    row = _newest(session, tables) if version == _NEWEST else session.get(tables.version, version)
    if row is None:
        return None
    files = (
        select(tables.file).where(col(tables.file.version) == row.version).order_by(col(tables.file.position))
    )
    return StoredVersion(
        tables.published_of(row), tuple(SourceFile(file.name, file.content) for file in session.exec(files))
    )


def _first_answer(session: Session, tables: SourceTables[Row], request_id: str) -> FirstAnswer | None:
    row = session.get(tables.publication, request_id)
    if row is None:
        return None
    published = tables.published_of(session.get_one(tables.version, row.version))
    return FirstAnswer(row.fingerprint, Answer(published, row.changed))
