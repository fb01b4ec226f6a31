"""The StatementReader port: statements as they are kept, estimates, and the records behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlmodel import Session, col, select

from services.common.kernel.clock import Clock
from services.partner_settlement.adapters.accrual.records import BEFORE_ALL, records_of
from services.partner_settlement.adapters.books.shares import shares_on
from services.partner_settlement.adapters.books.statements import content_of
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.adapters.statement_messages import statement_message
from services.partner_settlement.adapters.tables.runs import StatementTable
from services.partner_settlement.application.estimating import estimate
from services.partner_settlement.application.report_ports import CountedRecord, StoredStatement
from services.partner_settlement.domain.changes import Place
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.periods import parse_period
from services.partner_settlement.domain.records import Product, SettlementRecord

_PIECE = 1_000


@dataclass(frozen=True, slots=True)
class _Behind:
    """Where the records of some lines of one home period lie; `lines` by product."""

    home_period: str
    first: date
    end: date
    after_epoch: int
    up_to_epoch: int
    lines: dict[Product, int]


class SqlStatementReader:
    """Reads in short transactions, so that a slow partner holds nothing up."""

    def __init__(self, settlement: SqlSettlement, clock: Clock, operator_name: str, time_zone: str) -> None:
        self._settlement = settlement
        self._clock = clock
        self._operator_name = operator_name
        self._time_zone = time_zone

    async def statements(
        self, party_code: str, period: str, after_sequence_number: int
    ) -> Sequence[StoredStatement]:
        """Kept ones, in the order in which they were closed; drafts last."""
        return await self._settlement.read(
            lambda _books, session: _find(session, party_code, period, after_sequence_number)
        )

    async def statement(self, statement_id: str) -> StoredStatement | None:
        """One of them."""
        return await self._settlement.read(lambda _books, session: _stored(session, statement_id))

    async def estimates(self, party_code: str, period: str) -> Sequence[StoredStatement]:
        """As of now."""
        now = self._clock.now()
        found = await self._settlement.read(
            lambda books, _session: estimate(
                books, party_code, period, now, self._operator_name, self._time_zone
            )
        )
        return [
            StoredStatement(
                item.statement_id,
                party_code,
                StatementState.ESTIMATE,
                statement_message(item).SerializeToString(deterministic=True),
            )
            for item in found
        ]

    async def records(self, statement_id: str, line_number: int) -> AsyncIterator[Sequence[CountedRecord]]:
        """Home period by home period, each in journal order."""
        places = await self._settlement.read(
            lambda _books, session: _behind(session, statement_id, line_number)
        )
        for place in places:
            async for piece in self._read(place):
                yield piece

    async def _read(self, place: _Behind) -> AsyncIterator[Sequence[CountedRecord]]:
        after = BEFORE_ALL
        while True:
            piece = await self._piece(place, after)
            if piece:
                yield [
                    CountedRecord(record, place.lines[record.product], place.home_period) for record in piece
                ]
            if len(piece) < _PIECE:
                return
            after = piece[-1].place

    async def _piece(self, place: _Behind, after: Place) -> list[SettlementRecord]:
        return await self._settlement.read(
            lambda _books, session: list(
                islice(
                    records_of(
                        session,
                        place.first,
                        place.end,
                        place.up_to_epoch,
                        place.lines,
                        place.after_epoch,
                        after,
                    ),
                    _PIECE,
                )
            )
        )


def _find(session: Session, party_code: str, period: str, after: int) -> list[StoredStatement]:
    statement = select(StatementTable.statement_id).order_by(
        col(StatementTable.closed_at).is_(None),
        col(StatementTable.closed_at),
        col(StatementTable.party_code),
        col(StatementTable.sequence_number),
    )
    if party_code:
        statement = statement.where(StatementTable.party_code == party_code)
    if period:
        statement = statement.where(StatementTable.run_id == period)
    if after:
        statement = statement.where(StatementTable.sequence_number > after)
    found = [_stored(session, statement_id) for statement_id in session.exec(statement)]
    return [item for item in found if item is not None]


def _stored(session: Session, statement_id: str) -> StoredStatement | None:
    row = session.get(StatementTable, statement_id)
    content = content_of(session, statement_id)
    if row is None or content is None:
        return None
    state = StatementState(row.state)
    return StoredStatement(statement_id, row.party_code, state, content.SerializeToString(deterministic=True))


def _behind(session: Session, statement_id: str, line_number: int) -> list[_Behind]:
    """One place for each home period that the lines are of, the oldest first."""
    row = session.get(StatementTable, statement_id)
    if row is None:
        return []
    found: dict[str, dict[Product, int]] = {}
    for item in shares_on(session, statement_id):
        product, line = item.share.key.product, item.line
        if product is not None and line is not None and line_number in (0, line.line_number):
            found.setdefault(item.share.key.home_period, {}).setdefault(product, line.line_number)
    places = []
    for home_period, lines in sorted(found.items()):
        period = parse_period(home_period)
        after = 0 if home_period == row.run_id else row.after_epoch
        places.append(_Behind(home_period, period.first, period.end, after, row.epoch, lines))
    return places
