"""What a settled run books. Pure: pools, shares and statements in, balanced entries out.

| who funds | debit | credit |
|---|---|---|
| revenue | receipts, then clearing: what customers paid net of tax | payables; retained revenue |
| a sponsor | its receivable | payables; retained revenue |
| the operator | partner expense | payables |

Where more is shared than customers paid (cost, guarantees), the difference is the operator's expense;
where less, it is retained. A parked party's side goes to suspense instead of payable or receivable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from services.partner_settlement.domain.agreements import Funding, RecipientKind
from services.partner_settlement.domain.ledger import Account, AccountKind, Entry, EntryKind, Posting, entry
from services.partner_settlement.domain.shares import Pool, PoolKey, Share
from services.partner_settlement.domain.statements import Line, LineKind, Statement

_A = AccountKind


def run_entries(
    run_id: str,
    revision: int,
    pools: Sequence[Pool],
    shares: Iterable[Share],
    statements: Sequence[Statement],
    actor: str,
) -> list[Entry]:
    """Every entry of a run that closes, in the order of booking."""
    parked = {statement.party.code for statement in statements if statement.parked_reason}
    by_pool: dict[PoolKey, list[Share]] = {}
    for share in shares:
        by_pool.setdefault(share.key.pool, []).append(share)
    about: dict[str, Any] = {"run_id": run_id, "revision": revision, "actor": actor}
    found: list[Entry | None] = []
    for pool in pools:
        words = f"{pool.key.agreement_code}, {pool.key.term_code}, {pool.key.home_period}"
        found.append(entry(EntryKind.ACCRUAL, f"usage of {words}", _accrual(pool), **about))
        postings = _settlement(pool, by_pool.get(pool.key, []), parked)
        found.append(entry(EntryKind.SETTLEMENT, f"shares of {words}", postings, **about))
    for statement in statements:
        found += _statement_entries(statement, about)
    return [booked for booked in found if booked is not None]


def party_account(party: str, recipient_kind: RecipientKind, parked: Collection[str]) -> Account:
    """Where a party's side of a share stands."""
    if party in parked:
        return Account(_A.PARTNER_SUSPENSE, party)
    kind = _A.PARTNER_RECEIVABLE if recipient_kind is RecipientKind.OWE else _A.PARTNER_PAYABLE
    return Account(kind, party)


def _accrual(pool: Pool) -> list[Posting]:
    if pool.funding is not Funding.REVENUE:
        return []
    code, amount = pool.key.currency_code, pool.net_revenue_minor
    return [
        Posting(Account(_A.CUSTOMER_RECEIPTS), code, amount),
        Posting(Account(_A.CHARGING_CLEARING), code, -amount),
    ]


def _settlement(pool: Pool, shares: Sequence[Share], parked: Collection[str]) -> list[Posting]:
    """The pool's own side, then everybody's. Sums to zero because shares sum to what is distributable."""
    code = pool.key.currency_code
    postings = _source(pool)
    for share in shares:
        kind, amount = share.key.recipient.kind, share.share_minor
        if kind in (RecipientKind.PAY, RecipientKind.OWE):
            account = party_account(share.key.recipient.party, kind, parked)
            postings.append(Posting(account, code, -amount))
        elif pool.funding is Funding.OPERATOR:
            # Its own money that it keeps, or that the party never gets: nothing moves.
            postings.append(Posting(Account(_A.PARTNER_EXPENSE), code, -amount))
        else:
            postings.append(_retained(code, amount))
    return postings


def _source(pool: Pool) -> list[Posting]:
    code, amount = pool.key.currency_code, pool.distributable_minor
    if pool.funding is Funding.SPONSOR:
        return []  # What the sponsor owes is a share of its own, with the other sign.
    if pool.funding is Funding.OPERATOR:
        return [Posting(Account(_A.PARTNER_EXPENSE), code, amount)]
    return [
        Posting(Account(_A.CHARGING_CLEARING), code, pool.net_revenue_minor),
        _retained(code, pool.net_revenue_minor - amount),
    ]


def _retained(code: str, amount: int) -> Posting:
    """What the operator keeps is revenue; what it adds is expense."""
    account = Account(_A.RETAINED_REVENUE if amount >= 0 else _A.PARTNER_EXPENSE)
    return Posting(account, code, -amount)


def _statement_entries(statement: Statement, about: dict[str, Any]) -> list[Entry | None]:
    """Tax and withholding of a statement, the exchange of its currencies, and the netting of both sides."""
    party, where = statement.party.code, {**about, "statement_id": statement.statement_id}
    parked = {party} if statement.parked_reason else set()
    taxes = [posting for line in statement.lines for posting in _tax_postings(line, party, parked)]
    found = [entry(EntryKind.SETTLEMENT, f"tax and withholding of {party}", taxes, **where)]
    if not parked:
        found.append(entry(EntryKind.EXCHANGE, f"exchange for {party}", _exchange(statement), **where))
        found.append(entry(EntryKind.NETTING, f"netting with {party}", _netting(statement), **where))
    return found


def _tax_postings(line: Line, party: str, parked: Collection[str]) -> list[Posting]:
    account = party_account(party, line.recipient_kind, parked)
    tax_kind = _A.OUTPUT_TAX if line.recipient_kind is RecipientKind.OWE else _A.INPUT_TAX
    return [
        Posting(Account(tax_kind), line.currency_code, line.partner_tax_minor),
        Posting(account, line.currency_code, -line.partner_tax_minor),
        Posting(account, line.currency_code, line.withholding_minor),
        Posting(Account(_A.WITHHOLDING_PAYABLE), line.currency_code, -line.withholding_minor),
    ]


def _exchange(statement: Statement) -> list[Posting]:
    """Each currency balanced in itself against the exchange account."""
    payable = Account(_A.PARTNER_PAYABLE, statement.party.code)
    return [
        posting
        for line in statement.lines
        if line.kind is LineKind.EXCHANGE
        for posting in (
            Posting(payable, line.currency_code, -line.net_minor),
            Posting(Account(_A.EXCHANGE_CLEARING), line.currency_code, line.net_minor),
        )
    ]


def _netting(statement: Statement) -> list[Posting]:
    """What a party owes is set off against what it is owed, so that one of the two is left."""
    postings: list[Posting] = []
    party = statement.party.code
    for total in statement.totals:
        code = total.currency_code
        lines = [line for line in statement.lines if line.currency_code == code]
        owed = -sum(line.net_minor for line in lines if line.recipient_kind is RecipientKind.OWE)
        due = total.net_minor + owed
        amount = due if total.payable_minor < 0 else owed
        postings.append(Posting(Account(_A.PARTNER_PAYABLE, party), code, amount))
        postings.append(Posting(Account(_A.PARTNER_RECEIVABLE, party), code, -amount))
    return postings


def payout_entry(
    party: str,
    payable: Iterable[tuple[str, int]],
    held_minor: Mapping[str, int],
    description: str,
    **about: str | int,
) -> Entry | None:
    """What a payout moves, by currency, less what disputes hold back."""
    postings: list[Posting] = []
    for code, payable_minor in payable:
        amount = payout_minor(payable_minor, held_minor.get(code, 0))
        kind = _A.PARTNER_PAYABLE if amount >= 0 else _A.PARTNER_RECEIVABLE
        postings.append(Posting(Account(kind, party), code, amount))
        postings.append(Posting(Account(_A.BANK), code, -amount))
    return entry(EntryKind.PAYMENT, description, postings, **about)


def payout_minor(payable_minor: int, held_minor: int) -> int:
    """What is really paid: never less than nothing because of a hold."""
    return max(payable_minor - held_minor, 0) if payable_minor > 0 else payable_minor
