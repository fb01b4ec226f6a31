"""Fixes the input of a run: which sums, up to which journal record, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.application.books import Books
from services.partner_settlement.application.opening import left_over
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.accrual import input_digest
from services.partner_settlement.domain.calculation import is_due_anyway
from services.partner_settlement.domain.periods import Period, begins_at, period_of
from services.partner_settlement.domain.records import InputRow
from services.partner_settlement.domain.runs import Run, RunInput, RunState, Step


def freeze_run(books: Books, run: Run, now: Instant, *, early: bool, time_zone: str) -> Run:
    """A run with its input fixed. Raises RefusedError where it is not its turn, or nothing is there."""
    period = run.period
    is_over = begins_at(period.end, time_zone) <= now
    if not is_over and not early:
        raise RefusedError(
            Refused(
                reasons.PERIOD_NOT_OVER,
                f"{period.name} ends on {period.end.isoformat()}; say `early` to settle what there is",
                "period",
            )
        )
    last = books.last_closed(period.kind)
    _refuse_out_of_turn(books, run, last)
    frozen = books.freeze(now)
    after = last.input.epoch if last is not None and last.input is not None else 0
    late = late_homes(books, period, after, frozen.epoch)
    _refuse_gap(books, late, last)
    rows = {home: books.rows(home.first, home.end, frozen.epoch) for home in (*late, period)}
    fresh = [
        *books.rows(period.first, period.end, frozen.epoch),
        *(row for home in late for row in books.rows(home.first, home.end, frozen.epoch, after)),
    ]
    if not fresh and not _is_due(books, period):
        raise RefusedError(
            Refused(reasons.NOTHING_TO_SETTLE, f"nothing was charged in {period.name}", "period")
        )
    digest = hashlib.sha256()
    for home, found in rows.items():
        digest.update(input_digest(home.name, frozen.watermarks, found))
    stepped = run.stepped(Step.FREEZE)
    assert stepped is not None
    return replace(
        stepped,
        input=RunInput(
            epoch=frozen.epoch,
            after_epoch=after,
            frozen_at=frozen.frozen_at,
            sha256=digest.digest(),
            records=sum(row.records for row in fresh),
            gross_minor_micros=_gross(fresh),
            early=not is_over,
        ),
    )


def late_homes(books: Books, period: Period, after_epoch: int, up_to_epoch: int) -> list[Period]:
    """Earlier periods that something came in for since the last run of the kind, oldest first."""
    homes = {
        period_of(day, period.kind) for day in books.homes(after_epoch, up_to_epoch) if day < period.first
    }
    return sorted(homes)


def _refuse_out_of_turn(books: Books, run: Run, last: Run | None) -> None:
    period = run.period
    if last is not None and last.period > period:
        raise RefusedError(
            Refused(
                reasons.PERIOD_PASSED,
                f"{last.run_id} is closed; what belongs to {period.name} is settled with the next period",
                "period",
            )
        )
    for other in books.runs():
        begun = other.state not in (RunState.OPEN, RunState.CLOSED, RunState.PAID)
        if other.period.kind is period.kind and other.period != period and begun:
            raise RefusedError(
                Refused(reasons.EARLIER_PERIOD_OPEN, f"{other.run_id} is {other.state.value}; close it first")
            )


def _refuse_gap(books: Books, late: Sequence[Period], last: Run | None) -> None:
    """A period with usage of its own is not passed over: it is settled first."""
    for home in late:
        never_closed = last is None or home > last.period
        if never_closed and books.agreement_book().in_force(home):
            words = f"{home.name} has usage and is not settled yet"
            raise RefusedError(Refused(reasons.EARLIER_PERIOD_OPEN, words, "period"))


def _is_due(books: Books, period: Period) -> bool:
    """True where something is due although nothing was used: a fixed fee, a guarantee, what somebody left."""
    fixed = any(
        is_due_anyway(term)
        for agreement in books.agreement_book().in_force(period)
        for term in agreement.terms
    )
    return fixed or bool(left_over(books, period, books.last_entry()))


def _gross(rows: Iterable[InputRow]) -> tuple[tuple[str, int], ...]:
    sums: dict[str, int] = {}
    for row in rows:
        code = row.product.currency_code
        sums[code] = sums.get(code, 0) + row.gross_minor_micros
    return tuple(sorted(sums.items()))
