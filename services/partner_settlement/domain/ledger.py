"""The double-entry ledger: accounts, entries, and which entries may touch which accounts.

Theory of operation. Debits are above zero, credits below; an entry's postings sum to zero in each
currency. A settlement run posts, for each pool: what customers paid goes from receipts to clearing
(ACCRUAL), and from clearing to those who have a share (SETTLEMENT); so the clearing account of a closed run
is at zero, and the two sides were worked out apart from each other. Entries are added, never changed: an
error is reversed posting for posting. A balanced entry on accounts that its kind has no business with is
refused too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

MAX_MINOR = 2**63 - 1


class AccountKind(Enum):
    """The chart of accounts; those of partners exist once for each party."""

    CUSTOMER_RECEIPTS = "customer-receipts"
    CHARGING_CLEARING = "charging-clearing"
    PARTNER_PAYABLE = "partner-payable"
    PARTNER_HELD = "partner-held"
    PARTNER_SUSPENSE = "partner-suspense"
    PARTNER_RECEIVABLE = "partner-receivable"
    RETAINED_REVENUE = "retained-revenue"
    PARTNER_EXPENSE = "partner-expense"
    WITHHOLDING_PAYABLE = "withholding-payable"
    INPUT_TAX = "input-tax"
    OUTPUT_TAX = "output-tax"
    EXCHANGE_CLEARING = "exchange-clearing"
    BANK = "bank"


OF_PARTIES = frozenset(
    {
        AccountKind.PARTNER_PAYABLE,
        AccountKind.PARTNER_HELD,
        AccountKind.PARTNER_SUSPENSE,
        AccountKind.PARTNER_RECEIVABLE,
    }
)


class EntryKind(Enum):
    """Why something is booked."""

    ACCRUAL = "accrual"
    SETTLEMENT = "settlement"
    REVERSAL = "reversal"
    NETTING = "netting"
    EXCHANGE = "exchange"
    PAYMENT = "payment"
    HOLD = "hold"
    RELEASE = "release"
    DISPUTE_OUTCOME = "dispute-outcome"


_A = AccountKind
ROUTES: dict[EntryKind, frozenset[AccountKind]] = {
    EntryKind.ACCRUAL: frozenset({_A.CUSTOMER_RECEIPTS, _A.CHARGING_CLEARING}),
    EntryKind.SETTLEMENT: frozenset(
        {
            _A.CHARGING_CLEARING,
            _A.PARTNER_PAYABLE,
            _A.PARTNER_SUSPENSE,
            _A.PARTNER_RECEIVABLE,
            _A.RETAINED_REVENUE,
            _A.PARTNER_EXPENSE,
            _A.WITHHOLDING_PAYABLE,
            _A.INPUT_TAX,
            _A.OUTPUT_TAX,
        }
    ),
    EntryKind.REVERSAL: frozenset(AccountKind) - {_A.BANK},
    EntryKind.NETTING: frozenset({_A.PARTNER_PAYABLE, _A.PARTNER_RECEIVABLE}),
    EntryKind.EXCHANGE: frozenset({_A.PARTNER_PAYABLE, _A.PARTNER_RECEIVABLE, _A.EXCHANGE_CLEARING}),
    EntryKind.PAYMENT: frozenset({_A.PARTNER_PAYABLE, _A.PARTNER_RECEIVABLE, _A.BANK}),
    EntryKind.HOLD: frozenset({_A.PARTNER_PAYABLE, _A.PARTNER_HELD}),
    EntryKind.RELEASE: frozenset({_A.PARTNER_PAYABLE, _A.PARTNER_HELD, _A.PARTNER_SUSPENSE}),
    EntryKind.DISPUTE_OUTCOME: frozenset({_A.PARTNER_PAYABLE, _A.PARTNER_RECEIVABLE, _A.PARTNER_EXPENSE}),
}
"""Which accounts an entry of each kind may touch."""


class LedgerError(ValueError):
    """An entry that must not be booked."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `party` is '' for the operator's own."""

    kind: AccountKind
    party: str = ""

    @property
    def code(self) -> str:
        """`partner-payable:melody`, `bank`."""
        return f"{self.kind.value}:{self.party}" if self.party else self.kind.value


@dataclass(frozen=True, slots=True)
class Posting:
    """Debit above zero, credit below; whole minor units."""

    account: Account
    currency_code: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One balanced entry. Raises LedgerError where it is not, or has no business with an account."""

    kind: EntryKind
    description: str
    postings: tuple[Posting, ...]
    run_id: str = ""
    revision: int = 0
    statement_id: str = ""
    actor: str = ""
    reverses: int = 0
    dispute_id: str = ""

    def __post_init__(self) -> None:
        sums: Counter[str] = Counter()
        for posting in self.postings:
            _check_posting(self.kind, posting)
            sums[posting.currency_code] += posting.amount_minor
        off = {code: amount for code, amount in sums.items() if amount}
        if off:
            raise LedgerError(f"{self.kind.value}: the postings are out by {off}")


def account_of(code: str) -> Account:
    """The account of a code. Raises LedgerError for an unknown one."""
    kind, _, party = code.partition(":")
    try:
        account = Account(AccountKind(kind), party)
    except ValueError:
        raise LedgerError(f"there is no account {code!r} in the chart of accounts") from None
    _check_account(account)
    return account


def entry(kind: EntryKind, description: str, postings: Iterable[Posting], **about: str | int) -> Entry | None:
    """An entry of postings added up by account; None where nothing is left to book."""
    sums: dict[tuple[Account, str], int] = {}
    for posting in postings:
        key = (posting.account, posting.currency_code)
        sums[key] = sums.get(key, 0) + posting.amount_minor
    booked = tuple(
        Posting(account, currency_code, amount)
        for (account, currency_code), amount in sorted(sums.items(), key=_place)
        if amount
    )
    return Entry(kind, description, booked, **about) if booked else None  # type: ignore[arg-type]


def _place(item: tuple[tuple[Account, str], int]) -> tuple[str, str]:
    (account, currency_code), _ = item
    return account.code, currency_code


def reversal(booked: Entry, number: int, actor: str, reason: str) -> Entry:
    """Undoes an entry, posting for posting."""
    undone = tuple(replace(posting, amount_minor=-posting.amount_minor) for posting in booked.postings)
    return Entry(
        EntryKind.REVERSAL,
        reason,
        undone,
        booked.run_id,
        booked.revision,
        booked.statement_id,
        actor,
        number,
    )


def _check_posting(kind: EntryKind, posting: Posting) -> None:
    _check_account(posting.account)
    if posting.account.kind not in ROUTES[kind]:
        raise LedgerError(f"a {kind.value} entry has no business with {posting.account.code}")
    if abs(posting.amount_minor) > MAX_MINOR:
        raise LedgerError(f"{posting.amount_minor} minor units are more than an account can hold")


def _check_account(account: Account) -> None:
    if (account.kind in OF_PARTIES) != bool(account.party):
        raise LedgerError(f"{account.code!r} is not an account of the chart")
