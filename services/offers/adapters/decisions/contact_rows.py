"""Contacts in SQL. All functions run inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.offers.adapters.tables.contacts import ContactQuietTable, ContactTable
from services.offers.domain.contacts import Presentation


@dataclass(frozen=True, slots=True)
class StoredContacts:
    """What is stored of one subscriber: presentations by decision, and until when offers keep quiet."""

    presentations: dict[str, tuple[Presentation, ...]]
    quiet_until: dict[str, Instant]


def contacts_since(session: Session, subscriber_id: str, since: Instant) -> StoredContacts:
    """Everything from an instant on, and every offer that was ever told to keep quiet."""
    # Columns, not objects: this is read at the first decision about anybody.
    rows = session.execute(
        select_columns(
            col(ContactTable.decision_id),
            col(ContactTable.at),
            col(ContactTable.offer_code),
            col(ContactTable.channel),
            col(ContactTable.outbound),
        ).where(col(ContactTable.subscriber_id) == subscriber_id, col(ContactTable.at) >= since)
    )
    found: dict[str, list[Presentation]] = {}
    for decision_id, at, offer_code, channel, outbound in rows:
        found.setdefault(decision_id, []).append(Presentation(Instant(at), offer_code, channel, outbound))
    quiet = session.execute(
        select(col(ContactQuietTable.offer_code), col(ContactQuietTable.until)).where(
            col(ContactQuietTable.subscriber_id) == subscriber_id
        )
    )
    return StoredContacts(
        {decision_id: tuple(seen) for decision_id, seen in found.items()},
        {offer_code: Instant(until) for offer_code, until in quiet},
    )


def newest_contacts(session: Session, subscriber_id: str, limit: int) -> Sequence[Presentation]:
    """The newest first."""
    rows = session.exec(
        select(ContactTable)
        .where(ContactTable.subscriber_id == subscriber_id)
        .order_by(col(ContactTable.at).desc(), col(ContactTable.id).desc())
        .limit(limit)
    )
    return [_presentation(row) for row in rows]


def outbound_since(session: Session, since: Instant) -> dict[str, int]:
    """Outbound presentations of each offer, over all subscribers, from an instant on."""
    rows = session.execute(
        select(col(ContactTable.offer_code), func.count())
        .where(col(ContactTable.outbound).is_(True), ContactTable.at >= since)
        .group_by(col(ContactTable.offer_code))
    )
    return {row[0]: row[1] for row in rows}


def keep_quiet(session: Session, subscriber_id: str, offer_code: str, until: Instant) -> None:
    """The offer keeps quiet until then; the later of two ends holds."""
    is_sqlite = session.get_bind().dialect.name == sqlite.dialect.name
    insert = sqlite.insert if is_sqlite else postgresql.insert
    wanted = insert(ContactQuietTable).values(subscriber_id=subscriber_id, offer_code=offer_code, until=until)
    session.execute(
        wanted.on_conflict_do_update(
            index_elements=["subscriber_id", "offer_code"],
            set_={"until": wanted.excluded.until},
            where=col(ContactQuietTable.until) < wanted.excluded.until,
        )
    )


def erase_contacts(session: Session, subscriber_id: str) -> None:
    """Forgets how often and with what a subscriber was approached."""
    session.execute(delete(ContactTable).where(col(ContactTable.subscriber_id) == subscriber_id))
    session.execute(delete(ContactQuietTable).where(col(ContactQuietTable.subscriber_id) == subscriber_id))


def _presentation(row: ContactTable) -> Presentation:
    return Presentation(Instant(row.at), row.offer_code, row.channel, row.outbound)
