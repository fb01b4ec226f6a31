"""Disputes: raise, answer, escalate, accept, reject, withdraw; each a transaction on the books."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.application.books import Books, KeptStatement
from services.partner_settlement.application.settling import Act
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.agreements import DisputeTerms
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.disputes import (
    Dispute,
    DisputeMessage,
    DisputeState,
    DisputeStep,
    is_in_time,
    is_worth_disputing,
)
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import (
    MAX_MINOR,
    Account,
    AccountKind,
    EntryKind,
    Posting,
    entry,
)

_A = AccountKind


def raise_dispute(
    books: Books, dispute_id: str, statement_id: str, line_number: int, claimed_minor: int, act: Act
) -> Dispute:
    """Holds a line back until somebody decides. `act.reason` is what the party says.

    Raises RefusedError: STATEMENT_UNKNOWN, STATEMENT_NOT_FINAL, LINE_UNKNOWN, ALREADY_DISPUTED,
    AMOUNT_OUT_OF_RANGE, DISPUTE_TOO_LATE, BELOW_THRESHOLD.
    """
    statement = _final(books, statement_id)
    line = books.statement_line(statement_id, line_number)
    if line is None:
        raise RefusedError(
            Refused(reasons.LINE_UNKNOWN, f"{statement_id} has no line {line_number}", "line_number")
        )
    earlier = books.disputes(statement_id=statement_id)
    if any(found.line_number == line_number for found in earlier):
        words = f"line {line_number} of {statement_id} was disputed before"
        raise RefusedError(Refused(reasons.ALREADY_DISPUTED, words, "line_number"))
    if abs(claimed_minor) > MAX_MINOR // 2:
        raise RefusedError(
            Refused(reasons.AMOUNT_OUT_OF_RANGE, "that is more than any line can be", "claimed_minor")
        )
    terms = _terms(books.agreement_book(), line.agreement_code, line.agreement_version)
    _refuse_by_terms(terms, statement, line.currency_code, line.net_minor, claimed_minor, act)
    raised = Dispute(
        dispute_id=dispute_id,
        statement_id=statement_id,
        line_number=line_number,
        party_code=statement.party_code,
        state=DisputeState.RAISED,
        currency_code=line.currency_code,
        line_minor=line.net_minor,
        claimed_minor=claimed_minor,
        held_minor=max(line.net_minor, 0),
        trail=(DisputeMessage(act.at, act.actor, DisputeState.RAISED, act.reason),),
    )
    books.put_dispute(raised)
    _move(books, raised, EntryKind.HOLD, -raised.held_minor, act)
    return raised


def step_dispute(
    books: Books, dispute_id: str, step: DisputeStep, act: Act, agreed_minor: int | None = None
) -> Dispute:
    """Moves a dispute; a decision lets go of what was held, and books what was agreed.

    Raises RefusedError: DISPUTE_UNKNOWN, DISPUTE_DECIDED, AMOUNT_OUT_OF_RANGE.
    """
    found = books.dispute(dispute_id)
    if found is None:
        raise RefusedError(
            Refused(reasons.DISPUTE_UNKNOWN, f"there is no dispute {dispute_id!r}", "dispute_id")
        )
    stepped = found.stepped(step, act.at, act.actor, act.reason)
    if stepped is None:
        words = f"{dispute_id} is {found.state.value}; nobody can {step.value} it now"
        raise RefusedError(Refused(reasons.DISPUTE_DECIDED, words, "dispute_id"))
    if step is DisputeStep.ACCEPT:
        agreed = found.claimed_minor if agreed_minor is None else agreed_minor
        if abs(agreed) > MAX_MINOR // 2:
            raise RefusedError(
                Refused(reasons.AMOUNT_OUT_OF_RANGE, "that is more than any line can be", "agreed_minor")
            )
        stepped = replace(stepped, agreed_minor=agreed)
    books.put_dispute(stepped)
    if not stepped.is_open:
        _move(books, stepped, EntryKind.RELEASE, stepped.held_minor, act)
    if stepped.agreed_minor is not None:
        _agree(books, stepped, act)
    return stepped


def _final(books: Books, statement_id: str) -> KeptStatement:
    statement = books.statement(statement_id)
    if statement is None:
        raise RefusedError(
            Refused(reasons.STATEMENT_UNKNOWN, f"there is no statement {statement_id!r}", "statement_id")
        )
    if statement.state != StatementState.FINAL.value:
        words = f"{statement_id} is {statement.state}; only lines of final statements are disputed"
        raise RefusedError(Refused(reasons.STATEMENT_NOT_FINAL, words, "statement_id"))
    return statement


def _terms(book: AgreementBook, agreement_code: str, version: int) -> DisputeTerms:
    """What the agreement of a line says; nothing for a line without one."""
    return next(
        (
            found.disputes
            for found in book.versions
            if (found.code, found.version) == (agreement_code, version)
        ),
        DisputeTerms(),
    )


def _refuse_by_terms(
    terms: DisputeTerms, statement: KeptStatement, currency_code: str, line_minor: int, claimed: int, act: Act
) -> None:
    assert statement.closed_at is not None
    if not is_in_time(terms, statement.closed_at, act.at):
        words = f"lines are disputed within {terms.days} days of the statement"
        raise RefusedError(Refused(reasons.DISPUTE_TOO_LATE, words, "statement_id"))
    if not is_worth_disputing(terms, currency_code, line_minor, claimed):
        words = "the difference is less than what the agreement lets be disputed"
        raise RefusedError(Refused(reasons.BELOW_THRESHOLD, words, "claimed_minor"))


def _move(books: Books, dispute: Dispute, kind: EntryKind, amount: int, act: Act) -> None:
    """Moves an amount in the party's favour out of what is held, or back into it."""
    payable = Account(_A.PARTNER_PAYABLE, dispute.party_code)
    held = Account(_A.PARTNER_HELD, dispute.party_code)
    code = dispute.currency_code
    words = f"line {dispute.line_number}: dispute {dispute.state.value}"
    booked = entry(
        kind,
        words,
        [Posting(payable, code, -amount), Posting(held, code, amount)],
        statement_id=dispute.statement_id,
        dispute_id=dispute.dispute_id,
        actor=act.actor,
    )
    if booked is not None:
        books.book(booked, act.at)


def _agree(books: Books, dispute: Dispute, act: Act) -> None:
    """Books what an accepted dispute changes; it stands in the party's next statement."""
    assert dispute.agreed_minor is not None
    difference = dispute.agreed_minor - dispute.line_minor
    payable = Account(_A.PARTNER_PAYABLE, dispute.party_code)
    code = dispute.currency_code
    booked = entry(
        EntryKind.DISPUTE_OUTCOME,
        f"line {dispute.line_number}: agreed on",
        [
            Posting(payable, code, -difference),
            Posting(Account(_A.PARTNER_EXPENSE), code, difference),
        ],
        statement_id=dispute.statement_id,
        dispute_id=dispute.dispute_id,
        actor=act.actor,
    )
    if booked is not None:
        books.book(booked, act.at)
