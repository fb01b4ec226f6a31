"""What a running period has brought so far: settled as it would be now, and marked as an estimate."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.application.books import Books
from services.partner_settlement.application.calculating import settle_homes, statements_of, usage_batch
from services.partner_settlement.application.freezing import late_homes
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.accrual import Watermark, input_digest
from services.partner_settlement.domain.agreements import parties_of
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.periods import (
    Period,
    PeriodKind,
    begins_at,
    day_of,
    parse_period,
    period_of,
)
from services.partner_settlement.domain.statements import Frame, Statement


def estimate(
    books: Books, party_code: str, period_name: str, now: Instant, operator_name: str, time_zone: str
) -> list[Statement]:
    """Estimates of a party for a period, or ('') for the running period of each kind that it is settled by.

    Raises RefusedError PERIOD_INVALID.
    """
    found = []
    for period in _periods(books, party_code, period_name, now, time_zone):
        found += _estimate(books, party_code, period, now, operator_name, time_zone)
    return found


def _periods(
    books: Books, party_code: str, period_name: str, now: Instant, time_zone: str
) -> Sequence[Period]:
    if period_name:
        try:
            return [parse_period(period_name)]
        except ValueError as error:
            raise RefusedError(Refused(reasons.PERIOD_INVALID, str(error), "period")) from error
    book = books.agreement_book()
    running = [period_of(day_of(now, time_zone), kind) for kind in PeriodKind]
    return [
        period
        for period in running
        if any(party_code in parties_of(agreement) for agreement in book.in_force(period))
    ]


def _estimate(
    books: Books, party_code: str, period: Period, now: Instant, operator_name: str, time_zone: str
) -> list[Statement]:
    book = books.agreement_book()
    epoch, marks = books.present_input()
    last = books.last_closed(period.kind)
    after = last.input.epoch if last is not None and last.input is not None else 0
    homes = [*late_homes(books, period, after, epoch), period]
    outcome = settle_homes(books, book, homes, epoch)
    frame = _frame(books, period, epoch, after, marks, now, operator_name, time_zone)
    statements = statements_of(books, book, outcome, frame, (), books.last_entry(), StatementState.ESTIMATE)
    return [statement for statement in statements if statement.party.code == party_code]


def _frame(
    books: Books,
    period: Period,
    epoch: int,
    after_epoch: int,
    marks: Sequence[Watermark],
    now: Instant,
    operator_name: str,
    time_zone: str,
) -> Frame:
    rows = books.rows(period.first, period.end, epoch)
    before = {mark.partition: mark.sequence for mark in books.watermarks(after_epoch)}
    return Frame(
        period=period,
        revision=0,
        run_id="",
        period_from=begins_at(period.first, time_zone),
        period_until=begins_at(period.end, time_zone),
        frozen_at=now,
        record_set_sha256=input_digest(period.name, marks, rows),
        record_count=sum(row.records for row in rows),
        early=False,
        operator_name=operator_name,
        usage_batch=usage_batch(before, marks),
    )
