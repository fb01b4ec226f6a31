"""Published alert rules in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from tidemark.notification.v1 import notification_events_pb2

from services.common.kernel.clock import Instant, utc
from services.common.kernel.findings import SourceFile
from services.common.runtime.database import Database
from services.common.runtime.outbox import add_event
from services.notification.adapters.tables.rules import (
    RulesFileTable,
    RulesPublicationTable,
    RulesVersionTable,
)
from services.notification.application.ruling.ports import Decide, StoredRules
from services.notification.domain.ruling.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedRules,
)

SUBJECT_PUBLISHED = notification_events_pb2.NotificationRulesPublished.DESCRIPTOR.full_name
NEWEST = 0


class SqlRulesStore:
    """The RulesStore port."""

    def __init__(self, database: Database, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called after each commit that may have left an event."""
        self._database = database
        self._on_change = on_change

    async def versions(self) -> Sequence[PublishedRules]:
        """Every version, oldest first."""
        return await self._database.run(_versions)

    async def get(self, version: int) -> StoredRules | None:
        """One version, the newest for 0."""
        return await self._database.run(lambda session: _stored(session, version))

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""
        return await self._database.run(lambda session: _first_answer(session, request_id))

    async def publish(self, candidate: Candidate, decide: Decide) -> PublicationDecision:
        """Decides and stores, with the event, in one transaction.

        Two that meet on PostgreSQL collide on the version's number or on the request's id; the one that
        loses has moved, since it did not look at what the other one published.
        """
        try:
            decision = await self._database.run(lambda session: _publish(session, candidate, decide))
        except IntegrityError:
            return PublicationDecision()
        self._on_change()
        return decision


def _publish(session: Session, candidate: Candidate, decide: Decide) -> PublicationDecision:
    row = _newest(session)
    newest = None if row is None else _published(row)
    decision = decide(newest, _first_answer(session, candidate.request_id), candidate)
    if decision.answer is not None and not decision.repeated:
        _store(session, candidate, decision.answer)
    return decision


def _store(session: Session, candidate: Candidate, answer: Answer) -> None:
    published = answer.published
    session.add(
        RulesPublicationTable(
            request_id=candidate.request_id,
            fingerprint=candidate.fingerprint,
            version=published.version,
            changed=answer.changed,
        )
    )
    if answer.changed:
        session.add(
            RulesVersionTable(
                version=published.version,
                content_sha256=published.content_sha256,
                published_at=published.published_at,
                actor=published.actor,
                comment=published.comment,
                alerts=published.alerts,
            )
        )
        for position, file in enumerate(candidate.files):
            session.add(
                RulesFileTable(
                    version=published.version, position=position, name=file.name, content=file.content
                )
            )
        message_id = f"notification-rules-{published.version}"
        add_event(session, SUBJECT_PUBLISHED, _event(published), message_id)
    session.flush()


def _event(published: PublishedRules) -> bytes:
    at = Timestamp()
    at.FromDatetime(utc(published.published_at))
    return notification_events_pb2.NotificationRulesPublished(
        version=published.version, content_sha256=published.content_sha256, published_at=at
    ).SerializeToString()


def _newest(session: Session) -> RulesVersionTable | None:
    statement = select(RulesVersionTable).order_by(col(RulesVersionTable.version).desc()).limit(1)
    return session.exec(statement).first()


def _versions(session: Session) -> list[PublishedRules]:
    statement = select(RulesVersionTable).order_by(col(RulesVersionTable.version))
    return [_published(row) for row in session.exec(statement)]


def _stored(session: Session, version: int) -> StoredRules | None:
    row = _newest(session) if version == NEWEST else session.get(RulesVersionTable, version)
    if row is None:
        return None
    files = (
        select(RulesFileTable)
        .where(col(RulesFileTable.version) == row.version)
        .order_by(col(RulesFileTable.position))
    )
    return StoredRules(
        _published(row), tuple(SourceFile(file.name, file.content) for file in session.exec(files))
    )


def _first_answer(session: Session, request_id: str) -> FirstAnswer | None:
    row = session.get(RulesPublicationTable, request_id)
    if row is None:
        return None
    published = _published(session.get_one(RulesVersionTable, row.version))
    return FirstAnswer(row.fingerprint, Answer(published, row.changed))


def _published(row: RulesVersionTable) -> PublishedRules:
    return PublishedRules(
        version=row.version,
        content_sha256=row.content_sha256,
        published_at=Instant(row.published_at),
        actor=row.actor,
        comment=row.comment,
        alerts=row.alerts,
    )
