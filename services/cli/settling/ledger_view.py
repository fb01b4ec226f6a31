"""The ledger for people: accounts with their balances, entries with their postings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tidemark.partner_settlement.v1 import ledger_api_pb2 as api

from services.cli.output import Output
from services.cli.rendering import show_time, without_empty_columns
from services.cli.settling.amounts import show_minor

BALANCE_COLUMNS = ("account", ">debit", ">credit", ">balance")
_ENTRY_COLUMNS = (">entry", "booked at", "kind", "account", ">debit", ">credit", "what")
_AT_ONCE = 200


def balance_rows(balances: Iterable[api.AccountBalance], *, with_sums: bool) -> Iterator[tuple[str, ...]]:
    """A row for each account and currency, then one for each currency altogether."""
    sums: dict[str, tuple[int, int]] = {}
    for item in balances:
        code = item.currency_code
        debit, credit = sums.get(code, (0, 0))
        sums[code] = debit + item.debit_minor, credit + item.credit_minor
        yield _balance_row(item.account.code, code, item.debit_minor, item.credit_minor)
    if with_sums:
        for code, (debit, credit) in sorted(sums.items()):
            yield _balance_row("all accounts", code, debit, credit)


def sums_off(balances: Iterable[api.AccountBalance]) -> list[str]:
    """What all accounts come to where it is not zero, by currency."""
    sums: Counter[str] = Counter()
    for item in balances:
        sums[item.currency_code] += item.balance_minor
    return [show_minor(amount, code) for code, amount in sorted(sums.items()) if amount]


class EntryTables:
    """Prints entries as they come, so many in a table: a long ledger is never held whole."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._rows: list[tuple[str, ...]] = []
        self._entries = 0

    def add(self, entry: api.LedgerEntry) -> None:
        """Takes an entry in. Prints a table where one is full."""
        if self._output.as_json:
            return
        self._rows.extend(_entry_rows(entry))
        self._entries += 1
        if self._entries % _AT_ONCE == 0:
            self._print()

    def finish(self) -> None:
        """Prints what is left."""
        if self._rows:
            self._print()
        self._output.line(f"{self._entries} entries")

    def _print(self) -> None:
        self._output.table("", *without_empty_columns(_ENTRY_COLUMNS, self._rows))
        self._rows.clear()


def _balance_row(account: str, code: str, debit: int, credit: int) -> tuple[str, ...]:
    return account, show_minor(debit, code), show_minor(credit, code), show_minor(debit - credit, code)


def _entry_rows(entry: api.LedgerEntry) -> Iterator[tuple[str, ...]]:
    """A row for each posting; the first says what the entry is."""
    head = (str(entry.number), show_time(entry.booked_at), _kind(entry))
    what = _what(entry)
    for posting in entry.postings:
        amount = show_minor(abs(posting.amount_minor), posting.currency_code)
        sides = (amount, "") if posting.amount_minor >= 0 else ("", amount)
        yield (*head, posting.account_code, *sides, what)
        head, what = ("", "", ""), ""


def _kind(entry: api.LedgerEntry) -> str:
    name = api.EntryKind.Name(entry.kind).removeprefix("ENTRY_KIND_").lower().replace("_", "-")
    return f"{name} of {entry.reverses_number}" if entry.reverses_number else name


def _what(entry: api.LedgerEntry) -> str:
    """In words, and what it is about: a dispute, a statement, or else a run."""
    run = f"{entry.run_id} revision {entry.revision}" if entry.run_id else ""
    about = entry.dispute_id or entry.statement_id or run
    by = f"by {entry.actor}" if entry.actor else ""
    return "; ".join(filter(None, (entry.description, about, by)))
