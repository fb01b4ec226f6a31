"""Published offer policies in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import Instant, utc
from services.common.kernel.findings import SourceFile
from services.common.runtime.database import Database
from services.common.runtime.outbox import add_event
from services.offers.adapters.tables.policies import (
    PolicyFileTable,
    PolicyPublicationTable,
    PolicyVersionTable,
)
from services.offers.application.policy_ports import Decide, StoredPolicies
from services.offers.domain.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedPolicies,
)

SUBJECT_PUBLISHED = offer_events_pb2.OfferPoliciesPublished.DESCRIPTOR.full_name
NEWEST = 0


class SqlPolicyStore:
    """The PolicyStore port."""

    def __init__(self, database: Database, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called after each commit that may have left an event."""
        self._database = database
        self._on_change = on_change

    async def versions(self) -> Sequence[PublishedPolicies]:
        """Every version, oldest first."""
        return await self._database.run(_versions)

    async def get(self, version: int) -> StoredPolicies | None:
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
        PolicyPublicationTable(
            request_id=candidate.request_id,
            fingerprint=candidate.fingerprint,
            version=published.version,
            changed=answer.changed,
        )
    )
    if answer.changed:
        session.add(
            PolicyVersionTable(
                version=published.version,
                content_sha256=published.content_sha256,
                published_at=published.published_at,
                published_by=published.published_by,
            )
        )
        for position, file in enumerate(candidate.files):
            session.add(
                PolicyFileTable(
                    version=published.version, position=position, name=file.name, content=file.content
                )
            )
        message_id = f"offer-policies-{published.version}"
        add_event(session, SUBJECT_PUBLISHED, _event(published), message_id)
    session.flush()


def _event(published: PublishedPolicies) -> bytes:
    at = Timestamp()
    at.FromDatetime(utc(published.published_at))
    return offer_events_pb2.OfferPoliciesPublished(
        version=published.version, content_sha256=published.content_sha256, published_at=at
    ).SerializeToString()


def _newest(session: Session) -> PolicyVersionTable | None:
    statement = select(PolicyVersionTable).order_by(col(PolicyVersionTable.version).desc()).limit(1)
    return session.exec(statement).first()


def _versions(session: Session) -> list[PublishedPolicies]:
    statement = select(PolicyVersionTable).order_by(col(PolicyVersionTable.version))
    return [_published(row) for row in session.exec(statement)]


def _stored(session: Session, version: int) -> StoredPolicies | None:
    row = _newest(session) if version == NEWEST else session.get(PolicyVersionTable, version)
    if row is None:
        return None
    files = (
        select(PolicyFileTable)
        .where(col(PolicyFileTable.version) == row.version)
        .order_by(col(PolicyFileTable.position))
    )
    return StoredPolicies(
        _published(row), tuple(SourceFile(file.name, file.content) for file in session.exec(files))
    )


def _first_answer(session: Session, request_id: str) -> FirstAnswer | None:
    row = session.get(PolicyPublicationTable, request_id)
    if row is None:
        return None
    published = _published(session.get_one(PolicyVersionTable, row.version))
    return FirstAnswer(row.fingerprint, Answer(published, row.changed))


def _published(row: PolicyVersionTable) -> PublishedPolicies:
    return PublishedPolicies(row.version, row.content_sha256, Instant(row.published_at), row.published_by)
