"""A statement as rows: header, lines, totals, footers. The columns are those of `columns.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.common.runtime.columns import Row
from services.partner_settlement.adapters.documents.words import line_kind, moment, record_kind, state_of

_CHAIN_MICROS = ("gross", "tax", "excluded", "basis")
_CHAIN_MINOR = ("share", "partner_tax", "withholding", "net")
_TOTAL_MINOR = (*_CHAIN_MINOR, "held", "carried_forward", "payable")


@dataclass(slots=True)
class ControlTotals:
    """What the lines came to, counted while they were written: count and sums for each currency.

    What the party bears is shown and not paid, so its share is in no sum.
    """

    lines: int = 0
    by_currency: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, line: statement_pb2.StatementLine) -> None:
        """Adds a line."""
        self.lines += 1
        sums = self.by_currency.setdefault(line.currency_code, dict.fromkeys(("lines", *_CHAIN_MINOR), 0))
        sums["lines"] += 1
        for name in _CHAIN_MINOR:
            if name != "share" or line.kind != statement_pb2.LINE_KIND_BORNE:
                sums[name] += getattr(line, f"{name}_minor")


def rows_of(statement: statement_pb2.Statement) -> Iterator[Row]:
    """The header, each line, each total, a footer for each currency and one for all.

    Raises ValueError for a currency that ISO 4217 does not have.
    """
    keys = join_keys(statement.header)
    yield _said(keys | {"record_type": "header"} | header_row(statement.header))
    totals = ControlTotals()
    for line in statement.lines:
        totals.count(line)
        yield _said(keys | {"record_type": "line"} | line_row(line))
    for total in statement.totals:
        yield _said(keys | {"record_type": "total"} | total_row(total))
    for footer in footer_rows(statement.footer, totals):
        yield _said(keys | {"record_type": "footer"} | footer)


def _said(row: Row) -> Row:
    """The row without what the contract's empty texts and zeros leave unsaid."""
    return {
        name: value
        for name, value in row.items()
        if value != "" and not (value == 0 and name in _NONE_WHERE_ZERO)
    }


def join_keys(header: statement_pb2.StatementHeader) -> Row:
    """What every row repeats, so that a row alone says where it belongs and how final it is."""
    return {
        "statement_id": header.statement_id,
        "state": state_of(header).value,
        "party_code": header.party.code,
        "period": header.period,
        "revision": header.revision,
        "run_id": header.run_id,
    }


def header_row(header: statement_pb2.StatementHeader) -> Row:
    """What is said once."""
    return {
        "sequence_number": header.sequence_number,
        "operator_name": header.operator_name,
        **_party(header.party),
        **{
            name: moment(getattr(header, name))
            for name in ("period_from", "period_until", "frozen_at", "closed_at")
            if header.HasField(name)
        },
        "early": header.early,
        "parked_reason": header.parked_reason,
        "remainder_rule": header.remainder_rule,
        "record_count": header.record_count,
        "record_set_sha256": header.record_set_sha256.hex(),
    }


def _party(party: agreement_pb2.Party) -> Row:
    return {
        "party_name": party.name,
        "party_roles": ", ".join(party.roles),
        "party_address": ", ".join(party.address_lines),
        "party_tax_number": party.tax_number,
        "party_tax_percent": party.tax_percent,
        "party_withholding_percent": party.withholding_percent,
    }


_SAME = (
    "agreement_code",
    "agreement_version",
    "agreement_reference",
    "term_code",
    "step_code",
    "home_period",
    "offering_code",
    "price_code",
    "catalog_version",
    "rating_group",
    "slice",
    "application",
    "sponsor",
    "usage_batch",
    "records",
    "unit",
    "quantity",
    "currency_code",
    "rate",
    "exact_share_minor",
    "remainder_minor",
    "text",
    "refers_to_statement_id",
    "refers_to_line",
    "ledger_account",
    "exchange_rate",
    "exchange_date",
    "estimated",
)
"""Fields of a line that are columns as they are."""
_NONE_WHERE_ZERO = frozenset(
    {"revision", "sequence_number", "agreement_version", "catalog_version", "rating_group", "refers_to_line"}
)
"""Numbers that count from 1: the contract's zero says nothing."""


def line_row(line: statement_pb2.StatementLine) -> Row:
    """A line with the whole chain of its amounts, each exact in major units and as an integer."""
    row: Row = {name: getattr(line, name) for name in _SAME}
    row["line_number"] = line.number
    row["line_kind"] = line_kind(line.kind)
    row["record_kind"] = record_kind(line.record_kind)
    for name in _CHAIN_MICROS:
        micros: int = getattr(line, f"{name}_minor_micros")
        row[f"{name}_minor_micros"] = micros
        row[name] = _major(micros, line.currency_code)
    return row | _minor_amounts({name: getattr(line, f"{name}_minor") for name in _CHAIN_MINOR}, line)


def total_row(total: statement_pb2.StatementTotal) -> Row:
    """What the statement says for one currency."""
    amounts = {name: getattr(total, f"{name}_minor") for name in _TOTAL_MINOR}
    row: Row = {
        "currency_code": total.currency_code,
        "line_count": total.lines,
        "payout_id": total.payout_id,
    }
    return row | _minor_amounts(amounts, total)


def footer_rows(footer: statement_pb2.StatementFooter, totals: ControlTotals) -> Iterator[Row]:
    """Counts and sums of the lines above, currency by currency, then of all, with the digest."""
    for code, sums in sorted(totals.by_currency.items()):
        amounts = {name: sums[name] for name in _CHAIN_MINOR}
        row: Row = {"currency_code": code, "line_count": sums["lines"]}
        for name, minor in amounts.items():
            row |= _minor_amount(name, minor, code)
        yield row
    yield {"line_count": totals.lines, "content_sha256": footer.content_sha256.hex()}


def _minor_amounts(
    amounts: dict[str, int], of: statement_pb2.StatementLine | statement_pb2.StatementTotal
) -> Row:
    row: Row = {}
    for name, minor in amounts.items():
        row |= _minor_amount(name, minor, of.currency_code)
    return row


def _minor_amount(name: str, minor: int, currency_code: str) -> Row:
    return {f"{name}_minor": minor, name: _major(minor * MICROS_PER_MINOR_UNIT, currency_code)}


def _major(minor_micros: int, currency_code: str) -> Decimal:
    return Money(minor_micros, currency(currency_code)).to_decimal()
