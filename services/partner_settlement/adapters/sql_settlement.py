"""Transactions on the books: reads, and changes that a request id makes at most once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.tables.runs import AnsweredRequestTable
from services.partner_settlement.domain import reasons

T = TypeVar("T")

_ATTEMPTS = 20


class SqlSettlement:
    """Runs work on the books, each in one transaction. `on_change` is called after a commit that wrote."""

    def __init__(self, database: Database, products: ProductIds, on_change: Callable[[], None]) -> None:
        self._database = database
        self._products = products
        self._on_change = on_change

    async def read(self, work: Callable[[SqlBooks, Session], T]) -> T:
        """Runs work that only reads."""
        return await self._database.run(lambda session: work(SqlBooks(session, self._products), session))

    async def once(
        self, request_id: str, fingerprint: bytes, work: Callable[[SqlBooks, Session], bytes]
    ) -> bytes:
        """Runs work and keeps its answer under the request id; sent again, it is answered from there.

        Raises RefusedError with DUPLICATE_DIFFERS where the id was used for something else, and what
        `work` raises; nothing has changed then. Two transactions that meet on PostgreSQL collide on a
        key; the one that loses is run again over what stands then.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = await self._database.run(
                    lambda session: self._answered(session, request_id, fingerprint, work)
                )
            except IntegrityError:
                self._products.forget()
                if attempt == _ATTEMPTS:
                    raise
                continue
            self._on_change()
            return answer
        raise AssertionError("the last attempt returns or raises")

    def _answered(
        self,
        session: Session,
        request_id: str,
        fingerprint: bytes,
        work: Callable[[SqlBooks, Session], bytes],
    ) -> bytes:
        first = session.get(AnsweredRequestTable, request_id)
        if first is not None:
            if first.fingerprint != fingerprint:
                raise RefusedError(
                    Refused(
                        reasons.DUPLICATE_DIFFERS,
                        f"request id {request_id} was used for something else",
                        "request_id",
                    )
                )
            return first.answer
        answer = work(SqlBooks(session, self._products), session)
        session.add(AnsweredRequestTable(request_id=request_id, fingerprint=fingerprint, answer=answer))
        session.flush()
        return answer
