"""Published parties and agreements in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from tidemark.partner_settlement.v1 import agreement_pb2

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.partner_settlement.adapters.agreement_messages import agreement_of, party_of
from services.partner_settlement.adapters.tables.agreements import (
    AgreementVersionTable,
    PartyVersionTable,
    PublicationTable,
)
from services.partner_settlement.application.agreement_ports import (
    Decide,
    FirstAnswer,
    NewestSources,
    Published,
    StoredAgreement,
)
from services.partner_settlement.domain.agreements import Agreement, Party, parties_of
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.publication import (
    Answer,
    Candidate,
    Decision,
    Newest,
    PublishedAgreement,
    Standing,
)

LatestSettledDay = Callable[[Session, str], date | None]
"""Last day of the latest period that is closed for an agreement code; None: none is."""

NEWEST = 0


def agreement_book(session: Session) -> AgreementBook:
    """Every version, and the parties as they are now."""
    versions = select(AgreementVersionTable).order_by(
        col(AgreementVersionTable.agreement_code), col(AgreementVersionTable.version)
    )
    return AgreementBook(_parties(session), tuple(_agreement(row) for row in session.exec(versions)))


def agreement_version(session: Session, agreement_code: str, version: int) -> Agreement | None:
    """One version of an agreement."""
    row = session.get(AgreementVersionTable, (agreement_code, version))
    return None if row is None else _agreement(row)


class SqlAgreementStore:
    """The AgreementStore port."""

    def __init__(self, database: Database, latest_settled_day: LatestSettledDay) -> None:
        self._database = database
        self._latest_settled_day = latest_settled_day

    async def book(self) -> AgreementBook:
        """Every version, and the parties as they are now."""
        return await self._database.run(agreement_book)

    async def published(self) -> Published:
        """Everything, as of one publication."""
        return await self._database.run(lambda session: Published(_number(session), agreement_book(session)))

    async def versions(self) -> Sequence[PublishedAgreement]:
        """Every version of every agreement, oldest first; those published together in order of code."""
        return await self._database.run(_versions)

    async def get(self, agreement_code: str, version: int) -> StoredAgreement | None:
        """One version, the newest for 0."""
        return await self._database.run(lambda session: _stored(session, agreement_code, version))

    async def newest(self) -> NewestSources:
        """The newest version of everything, as of one publication."""
        return await self._database.run(_newest_sources)

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""
        return await self._database.run(lambda session: _first_answer(session, request_id))

    async def publish(self, candidate: Candidate, decide: Decide) -> Decision:
        """Decides and stores in one transaction.

        Two that meet on PostgreSQL collide on the number of their publication; the one that loses has
        moved, since it did not look at what the other one published.
        """
        try:
            return await self._database.run(lambda session: self._publish(session, candidate, decide))
        except IntegrityError:
            return Decision()

    def _publish(self, session: Session, candidate: Candidate, decide: Decide) -> Decision:
        standing = _standing(session, candidate, self._latest_settled_day)
        decision = decide(standing, candidate)
        if decision.answer is not None and not decision.repeated:
            _store(session, standing, candidate, decision.answer)
        return decision


def _standing(session: Session, candidate: Candidate, latest_settled_day: LatestSettledDay) -> Standing:
    first = _first_answer(session, candidate.request_id)
    codes = [agreement.agreement_code for agreement in candidate.agreements]
    settled = {code: latest_settled_day(session, code) for code in codes}
    return Standing(
        number=_number(session),
        agreements={code: Newest(r.version, r.content_sha256) for code, r in _newest(session).items()},
        parties={code: Newest(r.version, r.content_sha256) for code, r in _newest_parties(session).items()},
        settled={code: day for code, day in settled.items() if day is not None},
        first_fingerprint=first.fingerprint if first else "",
        first_answer=first.answer if first else None,
    )


def _store(session: Session, standing: Standing, candidate: Candidate, answer: Answer) -> None:
    number = standing.number + 1
    published = {item.agreement_code: item for item in answer.published}
    session.add(
        PublicationTable(
            number=number,
            request_id=candidate.request_id,
            fingerprint=candidate.fingerprint,
            published_at=answer.published_at,
            published_by=candidate.actor,
        )
    )
    for agreement in candidate.agreements:
        item = published.get(agreement.agreement_code)
        if item is not None:
            session.add(
                AgreementVersionTable(
                    agreement_code=item.agreement_code,
                    version=item.version,
                    publication=number,
                    effective_from=item.effective_from.isoformat(),
                    content_sha256=item.content_sha256,
                    content=agreement.content,
                    source=agreement.source,
                )
            )
    for party in candidate.parties:
        if party.party_code in answer.party_codes:
            newest = standing.parties.get(party.party_code)
            session.add(
                PartyVersionTable(
                    party_code=party.party_code,
                    version=newest.version + 1 if newest else 1,
                    publication=number,
                    content_sha256=party.content_sha256,
                    content=party.content,
                )
            )
    session.flush()


def _number(session: Session) -> int:
    statement = select(PublicationTable.number).order_by(col(PublicationTable.number).desc()).limit(1)
    return session.exec(statement).first() or 0


def _first_answer(session: Session, request_id: str) -> FirstAnswer | None:
    statement = select(PublicationTable).where(col(PublicationTable.request_id) == request_id)
    row = session.exec(statement).first()
    if row is None:
        return None
    agreements = select(AgreementVersionTable).where(col(AgreementVersionTable.publication) == row.number)
    parties = select(PartyVersionTable.party_code).where(col(PartyVersionTable.publication) == row.number)
    answer = Answer(
        Instant(row.published_at),
        tuple(
            _published(version, row)
            for version in session.exec(agreements.order_by(col(AgreementVersionTable.agreement_code)))
        ),
        tuple(session.exec(parties.order_by(col(PartyVersionTable.party_code)))),
    )
    return FirstAnswer(row.fingerprint, answer)


def _versions(session: Session) -> list[PublishedAgreement]:
    statement = (
        select(AgreementVersionTable, PublicationTable)
        .where(col(AgreementVersionTable.publication) == col(PublicationTable.number))
        .order_by(col(AgreementVersionTable.publication), col(AgreementVersionTable.agreement_code))
    )
    return [_published(row, publication) for row, publication in session.exec(statement)]


def _newest(session: Session) -> dict[str, AgreementVersionTable]:
    statement = select(AgreementVersionTable).order_by(col(AgreementVersionTable.version))
    newest = {row.agreement_code: row for row in session.exec(statement)}
    return dict(sorted(newest.items()))


def _newest_parties(session: Session) -> dict[str, PartyVersionTable]:
    statement = select(PartyVersionTable).order_by(col(PartyVersionTable.version))
    newest = {row.party_code: row for row in session.exec(statement)}
    return dict(sorted(newest.items()))


def _newest_sources(session: Session) -> NewestSources:
    return NewestSources(
        tuple(_parties(session).values()), tuple(row.source for row in _newest(session).values())
    )


def _parties(session: Session) -> dict[str, Party]:
    return {
        code: party_of(agreement_pb2.Party.FromString(row.content))
        for code, row in _newest_parties(session).items()
    }


def _stored(session: Session, agreement_code: str, version: int) -> StoredAgreement | None:
    row = (
        _newest(session).get(agreement_code)
        if version == NEWEST
        else session.get(AgreementVersionTable, (agreement_code, version))
    )
    if row is None:
        return None
    agreement = _agreement(row)
    parties = _parties(session)
    named = tuple(parties[code] for code in sorted(parties_of(agreement)) if code in parties)
    published = _published(row, session.get_one(PublicationTable, row.publication))
    return StoredAgreement(published, agreement, named)


def _agreement(row: AgreementVersionTable) -> Agreement:
    return agreement_of(agreement_pb2.Agreement.FromString(row.content), row.version)


def _published(row: AgreementVersionTable, publication: PublicationTable) -> PublishedAgreement:
    return PublishedAgreement(
        agreement_code=row.agreement_code,
        version=row.version,
        effective_from=date.fromisoformat(row.effective_from),
        content_sha256=row.content_sha256,
        published_at=Instant(publication.published_at),
        published_by=publication.published_by,
    )
