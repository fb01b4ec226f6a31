"""The steps of a run: freeze, calculate, approve, close, pay, reopen; each a transaction on the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.application.books import Books, KeptStatement, Transition
from services.partner_settlement.application.calculating import calculate_run
from services.partner_settlement.application.freezing import freeze_run
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.disputes import Dispute
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import (
    Account,
    AccountKind,
    EntryKind,
    Posting,
    entry,
    reversal,
)
from services.partner_settlement.domain.periods import parse_period
from services.partner_settlement.domain.postings import payout_entry
from services.partner_settlement.domain.runs import REACHED_BY, Run, RunState, Step, new_run
from services.partner_settlement.domain.statements import ExchangeRate


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when, and why where it matters."""

    actor: str
    at: Instant
    reason: str = ""


def freeze(books: Books, period_name: str, act: Act, *, early: bool, time_zone: str) -> Run:
    """Fixes a period's input. Raises RefusedError.

    PERIOD_INVALID, PERIOD_NOT_OVER, PERIOD_PASSED, EARLIER_PERIOD_OPEN, NOTHING_TO_SETTLE.
    """
    try:
        period = parse_period(period_name)
    except ValueError as error:
        raise RefusedError(Refused(reasons.PERIOD_INVALID, str(error), "period")) from error
    run = books.run(period.name) or new_run(period)
    if run.state is not RunState.OPEN:
        return _already(run, Step.FREEZE)
    frozen = freeze_run(books, run, act.at, early=early, time_zone=time_zone)
    return _moved(books, run, frozen, act)


def calculate(
    books: Books, run_id: str, act: Act, rates: Sequence[ExchangeRate], *, operator_name: str, time_zone: str
) -> Run:
    """Works out every statement of a frozen run; again, with other rates, until it is approved."""
    run = _run(books, run_id)
    stepped = run.stepped(Step.CALCULATE)
    if stepped is None:
        return _already(run, Step.CALCULATE)
    calculated = replace(stepped, calculated_at=act.at, ledger_cutoff=books.last_entry())
    books.put_result(calculated, calculate_run(books, calculated, rates, act.actor, operator_name, time_zone))
    return _moved(books, run, calculated, act)


def approve(books: Books, run_id: str, act: Act) -> Run:
    """Somebody has looked at a calculated run."""
    run = _run(books, run_id)
    stepped = run.stepped(Step.APPROVE)
    return _already(run, Step.APPROVE) if stepped is None else _moved(books, run, stepped, act)


def close(books: Books, run_id: str, act: Act) -> Run:
    """Statements become final and numbered, the ledger is booked, the input counts as consumed."""
    run = _run(books, run_id)
    stepped = run.stepped(Step.CLOSE)
    if stepped is None:
        return _already(run, Step.CLOSE)
    for booked in books.drafted_entries(run):
        books.book(booked, act.at)
    for statement in books.statements(run):
        # The numbers of a party's statements have no gap: a superseded one keeps its own.
        number = books.last_number(statement.party_code) + 1
        books.finish_statement(statement.statement_id, number, act.at)
    return _moved(books, run, replace(stepped, closed_at=act.at), act)


def pay(books: Books, run_id: str, act: Act, payment_reference: str) -> Run:
    """Records that everything payable of a closed run was paid, less what is in dispute."""
    run = _run(books, run_id)
    stepped = run.stepped(Step.PAY)
    if stepped is None:
        return _already(run, Step.PAY)
    for statement in books.statements(run):
        if statement.state == StatementState.FINAL.value:
            _pay_statement(books, statement, act, payment_reference)
    return _moved(books, run, stepped, replace(act, reason=payment_reference))


def reopen(books: Books, run_id: str, act: Act) -> Run:
    """Takes a run back to open; a closed one is reversed in the ledger and begins its next revision.

    Raises RefusedError: RUN_PAID, LATER_RUN_CLOSED, LATER_STATEMENT_EXISTS, DISPUTES_EXIST, REASON_MISSING.
    """
    run = _run(books, run_id)
    if not act.reason.strip():
        raise RefusedError(Refused(reasons.REASON_MISSING, "say why it is opened again", "reason"))
    if run.state is RunState.OPEN:
        return run
    stepped = run.stepped(Step.REOPEN)
    if stepped is None:
        raise RefusedError(
            Refused(reasons.RUN_PAID, f"{run_id} is paid; what is wrong in it goes into the next period")
        )
    if run.state is RunState.CLOSED:
        _reverse(books, run, act)
    else:
        books.drop_result(run)
    return _moved(books, run, stepped, act)


def release_parked(books: Books, statement_id: str, act: Act) -> dict[str, int]:
    """What a parked statement held back becomes payable, by currency; it stands in the party's next one.

    Raises RefusedError: STATEMENT_UNKNOWN, NOT_PARKED.
    """
    statement = books.statement(statement_id)
    if statement is None:
        raise RefusedError(Refused(reasons.STATEMENT_UNKNOWN, f"there is no statement {statement_id}"))
    suspense = Account(AccountKind.PARTNER_SUSPENSE, statement.party_code)
    held = _suspended(books, statement, suspense)
    if not any(held.values()):
        raise RefusedError(
            Refused(reasons.NOT_PARKED, f"nothing of {statement_id} is held back", "statement_id")
        )
    payable = Account(AccountKind.PARTNER_PAYABLE, statement.party_code)
    released = entry(
        EntryKind.RELEASE,
        act.reason or f"{statement_id} was looked at",
        [
            posting
            for code, amount in held.items()
            for posting in (Posting(suspense, code, amount), Posting(payable, code, -amount))
        ],
        statement_id=statement_id,
        actor=act.actor,
    )
    assert released is not None
    books.book(released, act.at)
    return held


def _suspended(books: Books, statement: KeptStatement, suspense: Account) -> dict[str, int]:
    """What stands in suspense for one statement, by currency; above zero where it is owed to the party."""
    held: dict[str, int] = {}
    for booked in books.entries(account=suspense):
        about = booked.entry
        own = (about.run_id, about.revision) == (statement.run_id, statement.revision)
        if own or about.statement_id == statement.statement_id:
            for posting in about.postings:
                if posting.account == suspense:
                    code = posting.currency_code
                    held[code] = held.get(code, 0) - posting.amount_minor
    return {code: amount for code, amount in held.items() if amount}


def _pay_statement(books: Books, statement: KeptStatement, act: Act, reference: str) -> None:
    disputes = [found for found in books.disputes(statement_id=statement.statement_id) if found.is_open]
    paid = payout_entry(
        statement.party_code,
        [(total.currency_code, total.payable_minor) for total in statement.totals],
        held_of(disputes),
        f"payment {reference}",
        run_id=statement.run_id,
        revision=statement.revision,
        statement_id=statement.statement_id,
        actor=act.actor,
    )
    if paid is not None:
        books.book(paid, act.at)
    for found in disputes:
        books.put_dispute(replace(found, deducted=True))


def held_of(disputes: Sequence[Dispute]) -> dict[str, int]:
    """What open disputes hold back, by currency."""
    held: dict[str, int] = {}
    for found in disputes:
        if found.is_open:
            held[found.currency_code] = held.get(found.currency_code, 0) + found.held_minor
    return held


def _reverse(books: Books, run: Run, act: Act) -> None:
    _refuse_reversal(books, run)
    for booked in list(books.entries(run=run)):
        books.book(reversal(booked.entry, booked.number, act.actor, act.reason), act.at)
    books.supersede(run)


def _refuse_reversal(books: Books, run: Run) -> None:
    last = books.last_closed(run.period.kind)
    if last is not None and last.period != run.period:
        raise RefusedError(
            Refused(reasons.LATER_RUN_CLOSED, f"{last.run_id} was closed after it and builds on it")
        )
    for statement in books.statements(run):
        finals = books.finals(statement.party_code)
        if finals and finals[-1].statement_id != statement.statement_id:
            raise RefusedError(
                Refused(
                    reasons.LATER_STATEMENT_EXISTS,
                    f"{finals[-1].statement_id} carries on from {statement.statement_id}",
                )
            )
        if books.disputes(statement_id=statement.statement_id):
            raise RefusedError(
                Refused(reasons.DISPUTES_EXIST, f"lines of {statement.statement_id} were disputed")
            )


def _run(books: Books, run_id: str) -> Run:
    run = books.run(run_id)
    if run is None:
        words = f"there is no run {run_id!r}; freeze it first"
        raise RefusedError(Refused(reasons.RUN_UNKNOWN, words, "run_id"))
    return run


def _already(run: Run, step: Step) -> Run:
    """The run as it is where the step was taken before; raises RefusedError where it cannot be taken yet."""
    states = list(RunState)
    if step in REACHED_BY and states.index(run.state) >= states.index(REACHED_BY[step]):
        return run
    raise RefusedError(
        Refused(
            reasons.RUN_STATE_DIFFERS,
            f"{run.run_id} is {run.state.value}; it cannot {step.value} now",
            "run_id",
            {"state": run.state.value},
        )
    )


def _moved(books: Books, before: Run, after: Run, act: Act) -> Run:
    books.put_run(after)
    books.note(
        before.run_id, Transition(before.revision, before.state, after.state, act.at, act.actor, act.reason)
    )
    return after
