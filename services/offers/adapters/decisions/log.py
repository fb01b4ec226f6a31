"""The decision log's one writer: whatever waits is one transaction, and the next batch collects meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import SQLModel

from services.common.kernel.clock import MINUTE, Clock, Instant
from services.common.runtime.database import Database, Statements
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
            return await self._database.run_statements(
                partial(_insert, rows=rows, known=known, forget_before=forget_before)
            )
        except IntegrityError:
            if known is None:
                raise
        # Another process may have written meanwhile, as while one takes over from the other.
        return await self._database.run_statements(
            partial(_insert, rows=rows, known=None, forget_before=forget_before)
        )

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
    statements: Statements, rows: Sequence[DecisionRows], known: int | None, forget_before: Instant | None
) -> int:
    """Writes everything of a batch; returns the sequence of its first decision."""
    first = _next_sequence(statements) if known is None else known
    _add(statements, DecisionTable, [{**r.decision, "sequence": s} for s, r in enumerate(rows, first)])
    _add(statements, DecisionLinkTable, [{**r.link, "sequence": s} for s, r in enumerate(rows, first)])
    _add(statements, PresentedOfferTable, [item for row in rows for item in row.presented])
    _add(statements, ContactTable, [item for row in rows for item in row.contacts])
    _add(statements, OutboxEvent, [item for row in rows for item in row.events])
    if forget_before is not None:
        _delete_requests(statements, f"expires_at <= {statements.mark}", [forget_before])
    requests = [row.request for row in rows if row.request is not None]
    if requests:
        # Whoever asks anew after the first answer has expired takes its place.
        marks = ", ".join([statements.mark] * len(requests))
        _delete_requests(statements, f"request_key IN ({marks})", [row["request_key"] for row in requests])
        _add(statements, DecisionRequestTable, requests)
    return first


def _next_sequence(statements: Statements) -> int:
    statements.cursor.execute("SELECT coalesce(max(sequence), 0) + 1 FROM decision")
    (found,) = statements.cursor.fetchall()[0]
    return int(found)


def _delete_requests(statements: Statements, which: str, values: Sequence[object]) -> None:
    statements.cursor.execute(f"DELETE FROM decision_request WHERE {which}", values)  # noqa: S608 - no input


def _add(statements: Statements, table: type[SQLModel], rows: Sequence[Row]) -> None:
    insert_rows(statements, str(table.__tablename__), rows)
