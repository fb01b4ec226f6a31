"""Transactions on roll-outs; changes that a request id makes at most once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.offers.adapters.experiments.sql_book import SqlRolloutBook
from services.offers.adapters.tables.experiments import LearningRequestTable
from services.offers.application.evaluation_ports import RolloutBook
from services.offers.domain.reasons import DUPLICATE_DIFFERS

T = TypeVar("T")

_ATTEMPTS = 5


class SqlRollouts:
    """The Rollouts port. Two transactions that meet on a key: the one that loses runs again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, work: Callable[[RolloutBook], T]) -> T:
        """As the port has it."""
        return await self.transact(work)

    async def transact(self, work: Callable[[SqlRolloutBook], T]) -> T:
        """Runs work on the book, with what the book of this adapter has beyond the port."""
        return await self._again_on_collision(lambda session: work(SqlRolloutBook(session)))

    async def once(
        self, request_id: str, fingerprint: bytes, work: Callable[[SqlRolloutBook], bytes]
    ) -> bytes:
        """Runs work and keeps its answer under the request id; sent again, it is answered from there.

        Raises RefusedError DUPLICATE_DIFFERS where the id was used for something else, and what `work`
        raises; nothing has changed then.
        """
        return await self._again_on_collision(
            lambda session: _answered(session, request_id, fingerprint, work)
        )

    async def _again_on_collision(self, work: Callable[[Session], T]) -> T:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._database.run(work)
            except IntegrityError:
                continue
        return await self._database.run(work)


def _answered(
    session: Session, request_id: str, fingerprint: bytes, work: Callable[[SqlRolloutBook], bytes]
) -> bytes:
    first = session.get(LearningRequestTable, request_id)
    if first is None:
        answer = work(SqlRolloutBook(session))
        session.add(LearningRequestTable(request_id=request_id, fingerprint=fingerprint, answer=answer))
        session.flush()
        return answer
    if first.fingerprint != fingerprint:
        words = f"request id {request_id} was used for something else"
        raise RefusedError(Refused(DUPLICATE_DIFFERS, words, "request_id"))
    return first.answer
