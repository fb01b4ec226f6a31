"""Requests known again by their id: the same id with other content is another request, and refused."""

from __future__ import annotations

import hashlib

from sqlmodel import Session

from services.common.kernel.outcome import Refused, RefusedError
from services.offers.adapters.effects.rows import insert_if_absent
from services.offers.adapters.tables.acceptances import AnswerRequestTable
from services.offers.application.effect_ports import RequestMark
from services.offers.domain.reasons import DUPLICATE_DIFFERS


def was_made(session: Session, mark: RequestMark) -> bool:
    """True for a request that was made before. Raises RefusedError DUPLICATE_DIFFERS."""
    stored = session.get(AnswerRequestTable, _key(mark), populate_existing=True)
    if stored is not None and stored.content != _digest(mark):
        words = "the same request id was used before with another content"
        raise RefusedError(Refused(DUPLICATE_DIFFERS, words, "request_id"))
    return stored is not None


def note_request(session: Session, mark: RequestMark) -> bool:
    """As `was_made`; one that is new is stored."""
    if was_made(session, mark):
        return True
    row = AnswerRequestTable(
        subscriber_id=mark.subscriber_id, request_id=mark.request_id, content=_digest(mark)
    )
    insert_if_absent(session, AnswerRequestTable, row)
    # Another request may have taken the id in this moment.
    was_made(session, mark)
    return False


def _key(mark: RequestMark) -> tuple[str, str]:
    return mark.subscriber_id, mark.request_id


def _digest(mark: RequestMark) -> str:
    return hashlib.sha256(mark.content.encode()).hexdigest()
