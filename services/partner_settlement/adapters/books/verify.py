"""Adds the ledger up anew and holds it against the runs and statements that it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlmodel import Session, col, select
from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.books.ledger import read_entries
from services.partner_settlement.adapters.tables.runs import StatementTable
from services.partner_settlement.application.books import BookedEntry
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import AccountKind, EntryKind

_OF_STATEMENTS = frozenset(
    {AccountKind.PARTNER_PAYABLE, AccountKind.PARTNER_RECEIVABLE, AccountKind.PARTNER_SUSPENSE}
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong in words."""

    entries: int
    postings: int
    differences: tuple[str, ...]


@dataclass(slots=True)
class _Sums:
    """What the ledger comes to, entry by entry."""

    entries: int = 0
    postings: int = 0
    clearing: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    settled: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)


def verify_ledger(session: Session) -> Verified:
    """Entries balance and run without a gap; clearing is at zero; statements equal their postings.

    That each entry balances and touches no account that it must not is checked as it is read: an
    entry that does not cannot be made.
    """
    sums = _Sums()
    differences: list[str] = []
    for booked in read_entries(session):
        sums.entries += 1
        if booked.number != sums.entries:
            differences.append(f"entry {booked.number} stands where {sums.entries} must be")
        _add(sums, booked)
    for (run_id, revision, code), amount in sorted(sums.clearing.items()):
        if amount:
            differences.append(f"clearing of {run_id}, revision {revision}, is out by {amount} {code}")
    differences += _statement_differences(session, sums)
    return Verified(sums.entries, sums.postings, tuple(differences))


def _add(sums: _Sums, booked: BookedEntry) -> None:
    entry = booked.entry
    sums.postings += len(entry.postings)
    for posting in entry.postings:
        if posting.account.kind is AccountKind.CHARGING_CLEARING:
            sums.clearing[entry.run_id, entry.revision, posting.currency_code] += posting.amount_minor
        if posting.account.kind in _OF_STATEMENTS and entry.kind is EntryKind.SETTLEMENT:
            key = (entry.run_id, entry.revision, posting.account.party, posting.currency_code)
            sums.settled[key] -= posting.amount_minor


def _statement_differences(session: Session, sums: _Sums) -> Iterator[str]:
    """What lines say is shared, taxed and withheld, against what was booked for them."""
    statement = select(StatementTable).where(
        col(StatementTable.state).in_(
            [StatementState.FINAL.value, StatementState.PARKED.value, StatementState.SUPERSEDED.value]
        )
    )
    booked = sums.settled.copy()
    for row in session.exec(statement.execution_options(yield_per=100)):
        for code, amount in _told(statement_pb2.Statement.FromString(row.content)).items():
            in_ledger = booked.pop((row.run_id, row.revision, row.party_code, code), 0)
            if in_ledger != amount:
                yield f"{row.statement_id} says {amount} {code}, the ledger {in_ledger}"
    for (run_id, revision, party, code), amount in sorted(booked.items()):
        if amount:
            yield f"{amount} {code} of {party} in {run_id}, revision {revision}, stand on no statement"


def _told(message: statement_pb2.Statement) -> Counter[str]:
    """What the lines of a statement come to that are shares, by currency."""
    told: Counter[str] = Counter()
    for line in message.lines:
        if line.agreement_code:
            told[line.currency_code] += line.net_minor
    return told
