"""The decision log's one writer: whatever waits is one transaction, and the next batch collects meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, SQLModel, col, select

from services.common.kernel.clock import MINUTE, Clock, Instant
from services.common.runtime.database import Database
from services.common.runtime.tables import OutboxEvent
from services.offers.adapters.decisions.decision_rows import DecisionRows, Row, rows_of
from services.offers.adapters.decisions.many_rows import insert_rows
from services.offers.adapters.decisions.reader import DecisionReader
from services.offers.adapters.decisions.watching import OfferWatch, PushedDecision
from services.offers.adapters.tables.contacts import ContactTable
from services.offers.adapters.tables.decisions import (
    DecisionLinkTable,
    DecisionRequestTable,
    DecisionTable,
    PresentedOfferTable,
)
from services.offers.application.ports import DecisionRequest, PoliciesInForce
from services.offers.domain.decisions import Decision, Outcome

_BATCH = 500
_FORGET_EVERY = 10 * MINUTE
_TELL_SECONDS = 0.05


@dataclass(eq=False, slots=True)
class _Waiting:
    rows: DecisionRows
    done: asyncio.Future[None]


class SqlDecisionLog:
    """Fulfils `DecisionLog`. Nothing needs to run beside it: whoever comes first starts the writing."""

    def __init__(
        self,
        database: Database,
        policies: PoliciesInForce,
        clock: Clock,
        watch: OfferWatch,
        on_commit: Callable[[], None],
    ) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock
        self._watch = watch
        self._on_commit = on_commit
        self._reader = DecisionReader(database, policies)
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._next_sequence: int | None = None
        self._forgot_at = Instant(0)
        self._telling = False

    async def append(self, decision: Decision, request: DecisionRequest | None = None) -> None:
        """Durable when it returns. Where it raises, it is not known whether the decision was stored."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(rows_of(decision, request, self._policies.current()), done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write_all())
        await done

    async def get(self, decision_id: str) -> tuple[Decision, Sequence[Outcome]] | None:
        """A decision and what became of it so far."""
        return await self._reader.get(decision_id)

    async def answered(self, key: str, now: Instant) -> tuple[bytes, Decision] | None:
        """The fingerprint and the decision of a request that has not expired."""
        return await self._reader.answered(key, now)

    async def _write_all(self) -> None:
        # One turn of the loop, so that what arrives together is stored together.
        await asyncio.sleep(0)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            await self._write(batch)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._store([one.rows for one in batch])
        except (IntegrityError, DataError) as error:
            if len(batch) == 1:
                _fail(batch, error)
                return
            # One of them cannot be stored; the others are not to suffer for it.
            for one in batch:
                await self._write([one])
        except Exception as error:
            _fail(batch, error)
        else:
            for one in batch:
                if not one.done.done():
                    one.done.set_result(None)

    async def _store(self, rows: Sequence[DecisionRows]) -> None:
        first = await self._inserted(rows, self._due_to_forget())
        self._next_sequence = first + len(rows)
        self._tell_soon()
        for place, one in enumerate(rows):
            if one.is_pushed:
                one.message.subscriber_id = str(one.link["subscriber_id"])
                self._watch.publish(PushedDecision(first + place, one.message))

    async def _inserted(self, rows: Sequence[DecisionRows], forget_before: Instant | None) -> int:
        known, self._next_sequence = self._next_sequence, None
        try:
            return await self._database.run(lambda session: _insert(session, rows, known, forget_before))
        except IntegrityError:
            if known is None:
                raise
        # Another process may have written meanwhile, as while one takes over from the other.
        return await self._database.run(lambda session: _insert(session, rows, None, forget_before))

    def _tell_soon(self) -> None:
        # Relaying costs two transactions, however many events there are: several commits share them.
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_later(_TELL_SECONDS, self._tell)

    def _tell(self) -> None:
        self._telling = False
        self._on_commit()

    def _due_to_forget(self) -> Instant | None:
        now = self._clock.now()
        if now - self._forgot_at < _FORGET_EVERY:
            return None
        self._forgot_at = now
        return now


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for one in batch:
        if not one.done.done():
            one.done.set_exception(error)


def _insert(
    session: Session, rows: Sequence[DecisionRows], known: int | None, forget_before: Instant | None
) -> int:
    """Writes everything of a batch; returns the sequence of its first decision."""
    first = _next_sequence(session) if known is None else known
    places = {row.decision["decision_id"]: first + place for place, row in enumerate(rows)}
    _add(
        session, DecisionTable, [{**r.decision, "sequence": places[r.decision["decision_id"]]} for r in rows]
    )
    _add(session, DecisionLinkTable, [{**r.link, "sequence": places[r.link["decision_id"]]} for r in rows])
    _add(session, PresentedOfferTable, [item for row in rows for item in row.presented])
    _add(session, ContactTable, [item for row in rows for item in row.contacts])
    _add(session, OutboxEvent, [item for row in rows for item in row.events])
    if forget_before is not None:
        expired = col(DecisionRequestTable.expires_at) <= forget_before
        session.execute(delete(DecisionRequestTable).where(expired))
    requests = [row.request for row in rows if row.request is not None]
    if requests:
        # Whoever asks anew after the first answer has expired takes its place.
        keys = [request["request_key"] for request in requests]
        session.execute(delete(DecisionRequestTable).where(col(DecisionRequestTable.request_key).in_(keys)))
        _add(session, DecisionRequestTable, requests)
    return first


def _next_sequence(session: Session) -> int:
    newest = session.exec(select(func.max(DecisionTable.sequence))).one()
    return 1 if newest is None else newest + 1


def _add(session: Session, table: type[SQLModel], rows: Sequence[Row]) -> None:
    insert_rows(session, str(table.__tablename__), rows)
