"""Runs and their history in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.accrual.days import date_of, day_number
from services.partner_settlement.adapters.sql_agreements import agreement_book
from services.partner_settlement.adapters.tables.runs import RunTable, RunTransitionTable
from services.partner_settlement.application.books import Transition
from services.partner_settlement.domain.periods import PeriodKind, period_of
from services.partner_settlement.domain.runs import Run, RunInput, RunState

_FINISHED = (RunState.CLOSED.value, RunState.PAID.value)


def find_run(session: Session, run_id: str, *, locked: bool = False) -> Run | None:
    """A run; `locked` until the transaction ends, against others who would move it."""
    row = session.get(RunTable, run_id, with_for_update=locked)
    return None if row is None else _run(row)


def all_runs(session: Session) -> Sequence[Run]:
    """The newest period first."""
    rows = session.exec(select(RunTable).order_by(col(RunTable.first_day).desc(), col(RunTable.run_id)))
    return [_run(row) for row in rows]


def last_closed_run(session: Session, kind: PeriodKind) -> Run | None:
    """The latest closed or paid one of a kind."""
    statement = (
        select(RunTable)
        .where(RunTable.period_kind == kind.value, col(RunTable.state).in_(_FINISHED))
        .order_by(col(RunTable.first_day).desc())
        .limit(1)
    )
    row = session.exec(statement).first()
    return None if row is None else _run(row)


def put_run(session: Session, run: Run) -> None:
    """Stores a run as it is now; what its calculation found stays."""
    row = session.get(RunTable, run.run_id)
    if row is None:
        row = RunTable(
            run_id=run.run_id,
            period_kind=run.period.kind.value,
            first_day=day_number(run.period.first),
            revision=run.revision,
            state=run.state.value,
        )
        session.add(row)
    row.revision, row.state, row.early = run.revision, run.state.value, bool(run.input and run.input.early)
    row.calculated_at, row.ledger_cutoff, row.closed_at = run.calculated_at, run.ledger_cutoff, run.closed_at
    frozen = run.input
    row.epoch = frozen.epoch if frozen else None
    row.after_epoch = frozen.after_epoch if frozen else None
    row.frozen_at = frozen.frozen_at if frozen else None
    row.input_sha256 = frozen.sha256 if frozen else None
    row.records = frozen.records if frozen else None
    row.gross = json.dumps(dict(frozen.gross_minor_micros)) if frozen else None
    session.flush()


def note_transition(session: Session, run_id: str, transition: Transition) -> None:
    """Adds to the history."""
    session.add(
        RunTransitionTable(
            run_id=run_id,
            revision=transition.revision,
            from_state=transition.from_state.value,
            to_state=transition.to_state.value,
            at=transition.at,
            actor=transition.actor,
            reason=transition.reason,
        )
    )


def transitions_of(session: Session, run_id: str) -> Sequence[Transition]:
    """The history, oldest first."""
    statement = (
        select(RunTransitionTable)
        .where(RunTransitionTable.run_id == run_id)
        .order_by(col(RunTransitionTable.id))
    )
    return [
        Transition(
            row.revision,
            RunState(row.from_state),
            RunState(row.to_state),
            Instant(row.at),
            row.actor,
            row.reason,
        )
        for row in session.exec(statement)
    ]


def _run(row: RunTable) -> Run:
    return Run(
        period=period_of(date_of(row.first_day), PeriodKind(row.period_kind)),
        revision=row.revision,
        state=RunState(row.state),
        input=_input(row),
        calculated_at=None if row.calculated_at is None else Instant(row.calculated_at),
        ledger_cutoff=row.ledger_cutoff,
        closed_at=None if row.closed_at is None else Instant(row.closed_at),
    )


def _input(row: RunTable) -> RunInput | None:
    if row.epoch is None:
        return None
    assert row.frozen_at is not None
    assert row.input_sha256 is not None
    return RunInput(
        epoch=row.epoch,
        after_epoch=row.after_epoch or 0,
        frozen_at=Instant(row.frozen_at),
        sha256=row.input_sha256,
        records=row.records or 0,
        gross_minor_micros=tuple(sorted(json.loads(row.gross or "{}").items())),
        early=row.early,
    )


def latest_settled_day(session: Session, agreement_code: str) -> date | None:
    """The last day for which an agreement must not change any more: it is closed, or being settled.

    None where no period of its kind is.
    """
    kinds = _kinds_of(session, agreement_code)
    statement = (
        select(RunTable)
        .where(RunTable.state != RunState.OPEN.value, col(RunTable.period_kind).in_(kinds))
        .order_by(col(RunTable.first_day).desc())
        .limit(1)
    )
    row = session.exec(statement).first()
    return None if row is None else _run(row).period.end - timedelta(days=1)


def _kinds_of(session: Session, agreement_code: str) -> Sequence[str]:
    """The kinds of period that versions of an agreement are settled by; all of them for a new one."""
    book = agreement_book(session)
    found = {agreement.period.value for agreement in book.versions if agreement.code == agreement_code}
    return sorted(found or {kind.value for kind in PeriodKind})
