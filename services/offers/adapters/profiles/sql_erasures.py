"""Fulfils the `Erasures` port: everything of a subscriber goes in one transaction, or nothing does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlalchemy import delete
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.tables.profiles import (
    BucketTable,
    ConsentTable,
    ProfileRequestTable,
    SessionOwnerTable,
    SubscriberTable,
    TriggerInboxTable,
)
from services.offers.application.profile_ports import ErasureAsked
from services.offers.domain import reasons

Erasable: TypeAlias = Callable[[Session, str], int]
"""Deletes what a concern keeps of a subscriber, in the session's transaction; how many rows went."""

Forgotten: TypeAlias = Callable[[str], None]
"""After the commit, on the event loop: what is in memory of a subscriber goes too."""

_OWN_TABLES = (SessionOwnerTable, ConsentTable, ProfileRequestTable, TriggerInboxTable)


class SqlErasures:
    """Erases subscribers in the service's database.

    `unlink_decisions` deletes what leads from decisions to a subscriber, `others` what other concerns
    keep. Money and shared allowances of the account stay: they are the account's, and name nobody.
    """

    def __init__(
        self,
        database: Database,
        hand: AtHand,
        unlink_decisions: Erasable,
        others: Sequence[Erasable] = (),
        forgotten: Sequence[Forgotten] = (),
    ) -> None:
        self._database = database
        self._hand = hand
        self._unlink_decisions = unlink_decisions
        self._others = tuple(others)
        self._forgotten = tuple(forgotten)

    async def erase(self, asked: ErasureAsked, fingerprint: bytes, now: Instant) -> int:
        """As `Erasures.erase`."""
        try:
            answer, row_id, account_id = await self._database.run(
                lambda session: self._erase(session, asked, fingerprint, now)
            )
        except RefusedError:
            raise
        except BaseException:
            # Whether it was committed is not known here; the database is asked anew.
            self._hand.forget([asked.subscriber_id])
            raise
        if row_id:
            self._hand.erased(asked.subscriber_id, row_id, account_id)
        for forget in self._forgotten:
            forget(asked.subscriber_id)
        return answer

    def _erase(
        self, session: Session, asked: ErasureAsked, fingerprint: bytes, now: Instant
    ) -> tuple[int, int, str]:
        """The answer, and row and account of the subscriber; 0 and '' where there was no row."""
        first = session.get(ProfileRequestTable, asked.request_id)
        if first is not None:
            return _first_answer(first, fingerprint), 0, ""
        subscriber_id = asked.subscriber_id
        row = session.exec(
            select(SubscriberTable)
            .where(col(SubscriberTable.subscriber_id) == subscriber_id)
            .with_for_update()
        ).one_or_none()
        row_id, account_id = (row.id or 0, row.account_id) if row is not None else (0, "")
        if row is not None:
            _erase_buckets(session, account_id, subscriber_id)
            session.delete(row)
        for table in _OWN_TABLES:
            session.execute(delete(table).where(col(table.subscriber_id) == subscriber_id))
        answer = self._unlink_decisions(session, subscriber_id)
        for delete_theirs in self._others:
            delete_theirs(session, subscriber_id)
        session.add(
            ProfileRequestTable(
                request_id=asked.request_id, fingerprint=fingerprint, subscriber_id="", answer=answer, at=now
            )
        )
        return answer, row_id, account_id


def _first_answer(first: ProfileRequestTable, fingerprint: bytes) -> int:
    if first.fingerprint != fingerprint:
        words = "this request_id was used for something else"
        raise RefusedError(Refused(reasons.DUPLICATE_DIFFERS, words, "request_id"))
    return first.answer


def _erase_buckets(session: Session, account_id: str, subscriber_id: str) -> None:
    """Buckets that name the subscriber go; from those of several only the name does."""
    rows = session.exec(select(BucketTable).where(col(BucketTable.account_id) == account_id)).all()
    for row in rows:
        served = row.subscriber_ids.split(",")
        if subscriber_id in row.bucket_id or served == [subscriber_id]:
            session.delete(row)
        elif subscriber_id in served:
            row.subscriber_ids = ",".join(one for one in served if one != subscriber_id)
