"""Runs as protobuf messages."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import Session
from tidemark.partner_settlement.v1 import agreement_pb2, settlement_api_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.common.kernel.ratio import round_half_even
from services.partner_settlement.adapters.books.runs import transitions_of
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.statement_messages import stamp
from services.partner_settlement.adapters.tables.runs import RunTable
from services.partner_settlement.application.books import KeptStatement
from services.partner_settlement.domain.accrual import Watermark
from services.partner_settlement.domain.periods import begins_at
from services.partner_settlement.domain.runs import Run, RunState

_STATES = {state: getattr(settlement_api_pb2, f"RUN_STATE_{state.name}") for state in RunState}


def run_message(books: SqlBooks, session: Session, run: Run, time_zone: str) -> settlement_api_pb2.Run:
    """A run with everything that belongs to its present revision."""
    message = settlement_api_pb2.Run(
        run_id=run.run_id,
        period=run.period.name,
        revision=run.revision,
        state=_STATES[run.state],
        period_from=stamp(begins_at(run.period.first, time_zone)),
        period_until=stamp(begins_at(run.period.end, time_zone)),
    )
    if run.input is not None:
        _set_input(message, books, run)
    for item in transitions_of(session, run.run_id):
        message.transitions.add(
            revision=item.revision,
            from_state=_STATES[item.from_state],
            to_state=_STATES[item.to_state],
            at=stamp(item.at),
            actor=item.actor,
            reason=item.reason,
        )
    message.statements.extend(_statement(item) for item in books.statements(run))
    row = session.get(RunTable, run.run_id)
    for reason, text, agreement_code, records in json.loads(row.findings) if row is not None else ():
        message.findings.add(reason=reason, message=text, agreement_code=agreement_code, records=records)
    return message


def watermark_message(mark: Watermark) -> settlement_api_pb2.Watermark:
    """How far a partition is in."""
    return settlement_api_pb2.Watermark(
        partition=mark.partition, sequence=mark.sequence, journal_hash=mark.journal_hash
    )


def amount_messages(amounts: dict[str, int]) -> list[agreement_pb2.CurrencyAmount]:
    """Minor units by currency, in order of code."""
    return [
        agreement_pb2.CurrencyAmount(currency_code=code, amount_minor=amount)
        for code, amount in sorted(amounts.items())
    ]


def instant_of(message: Any) -> Instant:
    """A timestamp as an instant."""
    return Instant(message.ToMicroseconds())


def _set_input(message: settlement_api_pb2.Run, books: SqlBooks, run: Run) -> None:
    frozen = run.input
    assert frozen is not None
    message.frozen_at.CopyFrom(stamp(frozen.frozen_at))
    message.early = frozen.early
    message.record_set_sha256 = frozen.sha256
    message.record_count = frozen.records
    gross = {
        code: round_half_even(amount, MICROS_PER_MINOR_UNIT) for code, amount in frozen.gross_minor_micros
    }
    message.gross_totals.extend(amount_messages(gross))
    message.watermarks.extend(map(watermark_message, books.watermarks(frozen.epoch)))


def _statement(item: KeptStatement) -> settlement_api_pb2.RunStatement:
    return settlement_api_pb2.RunStatement(
        statement_id=item.statement_id,
        party_code=item.party_code,
        parked=bool(item.parked_reason),
        parked_reason=item.parked_reason,
        payable=amount_messages({total.currency_code: total.payable_minor for total in item.totals}),
    )
