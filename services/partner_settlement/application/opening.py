"""What a statement begins with: balances carried forward, and what disputes and releases moved since."""

from __future__ import annotations

from collections.abc import Sequence

from services.partner_settlement.application.books import BookedEntry, Books, KeptStatement
from services.partner_settlement.domain.disputes import Dispute
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import Account, AccountKind, EntryKind
from services.partner_settlement.domain.periods import Period
from services.partner_settlement.domain.postings import payout_minor
from services.partner_settlement.domain.statements import LineKind, LineReference, OpeningItem

_BETWEEN = frozenset({EntryKind.HOLD, EntryKind.RELEASE, EntryKind.DISPUTE_OUTCOME})


def opening_of(books: Books, party: str, up_to: int) -> list[OpeningItem]:
    """Opening lines of a party's next statement.

    Together they are what stands on its account beyond payouts that are under way, so that nothing
    is told twice or left out: moves since the last statement one by one, what remains as carried forward.
    """
    payable = Account(AccountKind.PARTNER_PAYABLE, party)
    finals = books.finals(party)
    cutoff = finals[-1].ledger_cutoff if finals else 0
    items: list[OpeningItem] = []
    disputes = {found.dispute_id: found for found in books.disputes(party=party)}
    unpaid = {statement.statement_id for statement in _unpaid(books, finals)}
    standing: dict[str, int] = {}
    for booked in books.entries(account=payable, up_to=up_to):
        moved = _moved(booked, payable)
        for code, amount in moved.items():
            standing[code] = standing.get(code, 0) + amount
        if booked.number > cutoff and booked.entry.kind in _BETWEEN:
            items += _items(booked, moved, disputes, unpaid)
    for statement in _unpaid(books, finals):
        held = _held_of(disputes, statement.statement_id)
        for total in statement.totals:
            under_way = max(payout_minor(total.payable_minor, held.get(total.currency_code, 0)), 0)
            standing[total.currency_code] = standing.get(total.currency_code, 0) - under_way
    about = LineReference(finals[-1].statement_id) if finals else LineReference("")
    for code in sorted(standing):
        rest = standing[code] - sum(item.amount_minor for item in items if item.currency_code == code)
        if rest:
            items.append(OpeningItem(LineKind.CARRIED_FORWARD, code, rest, about, "balance not paid out"))
    return sorted(items, key=lambda item: (item.currency_code, item.kind is LineKind.DISPUTE))


def left_over(books: Books, period: Period, up_to: int) -> dict[str, list[OpeningItem]]:
    """What stands for parties whose agreements have all ended: told, and paid, whatever minimum there was."""
    found = {
        party: opening_of(books, party, up_to)
        for party in sorted(books.agreement_book().left_parties(period.first))
    }
    return {party: items for party, items in found.items() if items}


def _moved(booked: BookedEntry, account: Account) -> dict[str, int]:
    """What an entry added to an account in the party's favour, by currency."""
    moved: dict[str, int] = {}
    for posting in booked.entry.postings:
        if posting.account == account:
            moved[posting.currency_code] = moved.get(posting.currency_code, 0) - posting.amount_minor
    return moved


def _items(
    booked: BookedEntry, moved: dict[str, int], disputes: dict[str, Dispute], unpaid: set[str]
) -> list[OpeningItem]:
    entry = booked.entry
    found = disputes.get(entry.dispute_id)
    if found is not None and entry.kind is not EntryKind.DISPUTE_OUTCOME:
        # A hold is taken off a payout that is still to come (a release: no longer), or was made without it.
        without = found.deducted and entry.kind is EntryKind.HOLD
        if without or entry.statement_id in unpaid:
            return []
    line = LineReference(entry.statement_id, found.line_number if found is not None else 0)
    kind = LineKind.DISPUTE if found is not None else LineKind.CARRIED_FORWARD
    return [
        OpeningItem(kind, code, amount, line, entry.description) for code, amount in moved.items() if amount
    ]


def _unpaid(books: Books, finals: Sequence[KeptStatement]) -> list[KeptStatement]:
    """Final statements whose payout is still to be made."""
    return [
        statement
        for statement in finals
        if statement.state == StatementState.FINAL.value and not books.is_paid(statement.run_id)
    ]


def _held_of(disputes: dict[str, Dispute], statement_id: str) -> dict[str, int]:
    held: dict[str, int] = {}
    for found in disputes.values():
        if found.is_open and found.statement_id == statement_id:
            held[found.currency_code] = held.get(found.currency_code, 0) + found.held_minor
    return held
