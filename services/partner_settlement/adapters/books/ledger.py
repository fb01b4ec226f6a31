"""The ledger in SQL: added to, read, never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.tables.ledger import LedgerEntryTable, LedgerPostingTable
from services.partner_settlement.application.books import BookedEntry
from services.partner_settlement.domain.ledger import Account, Entry, EntryKind, Posting, account_of

_ENTRY = LedgerEntryTable.metadata.tables["ledger_entry"]
_POSTING = LedgerPostingTable.metadata.tables["ledger_posting"]
_AT_ONCE = 500


def last_number(session: Session) -> int:
    """Number of the last entry; 0: none."""
    return int(session.connection().execute(select(func.coalesce(func.max(_ENTRY.c.number), 0))).scalar_one())


def book_entry(session: Session, entry: Entry, now: Instant, number: int) -> None:
    """Adds an entry under the next number. Two that meet on PostgreSQL collide on it: one is tried again."""
    connection = session.connection()
    connection.execute(
        insert(_ENTRY),
        {
            "number": number,
            "kind": entry.kind.value,
            "booked_at": now,
            "run_id": entry.run_id,
            "revision": entry.revision,
            "statement_id": entry.statement_id,
            "dispute_id": entry.dispute_id,
            "description": entry.description,
            "actor": entry.actor,
            "reverses": entry.reverses,
        },
    )
    connection.execute(
        insert(_POSTING),
        [
            {
                "number": number,
                "account_code": posting.account.code,
                "currency_code": posting.currency_code,
                "amount_minor": posting.amount_minor,
            }
            for posting in entry.postings
        ],
    )


def read_entries(
    session: Session,
    *,
    run: tuple[str, int] | None = None,
    account_code: str = "",
    after: int = 0,
    up_to: int | None = None,
) -> Iterator[BookedEntry]:
    """Entries in their order, some at a time: memory stays flat however long the ledger is."""
    while True:
        rows = _page(session, run, account_code, after, up_to)
        yield from _with_postings(session, rows)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].number


def balances(session: Session, account_codes: Sequence[str] = ()) -> list[Any]:
    """Rows (account_code, currency_code, debit, credit) in order of code; of all accounts unless named."""
    debit = func.sum(_POSTING.c.amount_minor).filter(_POSTING.c.amount_minor > 0)
    credit = func.sum(-_POSTING.c.amount_minor).filter(_POSTING.c.amount_minor < 0)
    statement = (
        select(
            _POSTING.c.account_code,
            _POSTING.c.currency_code,
            func.coalesce(debit, 0).label("debit"),
            func.coalesce(credit, 0).label("credit"),
        )
        .group_by(_POSTING.c.account_code, _POSTING.c.currency_code)
        .order_by(_POSTING.c.account_code, _POSTING.c.currency_code)
    )
    if account_codes:
        statement = statement.where(_POSTING.c.account_code.in_(account_codes))
    return list(session.connection().execute(statement))


def balance_of(session: Session, account: Account) -> dict[str, int]:
    """What stands on an account, by currency; debit above zero."""
    return {row.currency_code: int(row.debit) - int(row.credit) for row in balances(session, [account.code])}


def entry_text(entry: Entry) -> str:
    """An entry as JSON, for a draft."""
    return json.dumps(
        {
            "kind": entry.kind.value,
            "description": entry.description,
            "run_id": entry.run_id,
            "revision": entry.revision,
            "statement_id": entry.statement_id,
            "actor": entry.actor,
            "postings": [
                [item.account.code, item.currency_code, item.amount_minor] for item in entry.postings
            ],
        }
    )


def entry_of_text(text: str) -> Entry:
    """A drafted entry."""
    found = json.loads(text)
    postings = tuple(Posting(account_of(code), *rest) for code, *rest in found.pop("postings"))
    return Entry(kind=EntryKind(found.pop("kind")), postings=postings, **found)


def _page(
    session: Session, run: tuple[str, int] | None, account_code: str, after: int, up_to: int | None
) -> Sequence[Any]:
    statement = select(_ENTRY).where(_ENTRY.c.number > after).order_by(_ENTRY.c.number).limit(_AT_ONCE)
    if run is not None:
        statement = statement.where(_ENTRY.c.run_id == run[0], _ENTRY.c.revision == run[1])
    if up_to is not None:
        statement = statement.where(_ENTRY.c.number <= up_to)
    if account_code:
        touching = select(_POSTING.c.number).where(_POSTING.c.account_code == account_code)
        statement = statement.where(_ENTRY.c.number.in_(touching))
    return session.connection().execute(statement).all()


def _with_postings(session: Session, rows: Sequence[Any]) -> Iterable[BookedEntry]:
    if not rows:
        return
    found: dict[int, list[Posting]] = {row.number: [] for row in rows}
    statement = (
        select(_POSTING)
        .where(_POSTING.c.number.in_(list(found)))
        .order_by(_POSTING.c.number, _POSTING.c.account_code, _POSTING.c.currency_code)
    )
    for row in session.connection().execute(statement):
        found[row.number].append(Posting(account_of(row.account_code), row.currency_code, row.amount_minor))
    for row in rows:
        entry = Entry(
            kind=EntryKind(row.kind),
            description=row.description,
            postings=tuple(found[row.number]),
            run_id=row.run_id,
            revision=row.revision,
            statement_id=row.statement_id,
            actor=row.actor,
            reverses=row.reverses,
            dispute_id=row.dispute_id,
        )
        yield BookedEntry(row.number, Instant(row.booked_at), entry)
