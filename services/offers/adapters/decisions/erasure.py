"""Cuts what leads from decisions to an erased subscriber. Runs inside the caller's transaction."""

from __future__ import annotations

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from services.offers.adapters.decisions.contact_rows import erase_contacts
from services.offers.adapters.tables.decisions import DecisionLinkTable


def erase_decision_links(session: Session, subscriber_id: str) -> int:
    """Forgets whom decisions were for, and every contact. Returns how many lead to nobody any more.

    The decisions stay, under a pseudonym that nothing leads to. Tell `ContactBook.forget` once committed.
    """
    links = col(DecisionLinkTable.subscriber_id) == subscriber_id
    found = session.exec(select(func.count()).select_from(DecisionLinkTable).where(links)).one()
    session.execute(delete(DecisionLinkTable).where(links))
    erase_contacts(session, subscriber_id)
    return found
