"""Statements as tables."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import statement_pb2

from services.cli.output import Output
from services.cli.rendering import show_time, without_empty_columns
from services.common.kernel.amount_words import grouped_amount, show_units
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency

_LIST_COLUMNS = ("statement", "state", ">no.", "party", "period", "closed", ">lines", ">net", ">payable")
_LINE_COLUMNS = (
    ">#",
    "kind",
    "what",
    "period",
    ">quantity",
    ">gross",
    "rate",
    ">share",
    ">tax",
    ">net",
    "",
    "refers to",
)
_TOTAL_COLUMNS = ("", ">lines", ">share", ">tax", ">withheld", ">net", ">held", ">carried on", ">payable")


def show_list(output: Output, statements: Iterable[api.StatementSummary]) -> None:
    """One row for each statement and currency."""
    rows = []
    for summary in statements:
        header = summary.header
        about = (
            header.statement_id,
            state_name(header),
            str(header.sequence_number or ""),
            header.party.code,
            header.period,
            show_time(header.closed_at),
            str(summary.line_count),
        )
        totals = list(summary.totals) or [statement_pb2.StatementTotal()]
        for index, total in enumerate(totals):
            amounts = (_amount(total.net_minor, total), _amount(total.payable_minor, total))
            rows.append((*(about if index == 0 else ("",) * len(about)), *amounts))
    output.table("", _LIST_COLUMNS, rows)


def show_statement(output: Output, statement: statement_pb2.Statement) -> None:
    """Header, lines, totals. What customers paid is rounded for the eye; --json has it exact."""
    header = statement.header
    output.line(f"{header.statement_id}: {state_name(header)}, {header.party.name}, period {header.period}")
    if header.parked_reason:
        output.line(f"parked: {header.parked_reason}")
    rows = [_line_row(line) for line in statement.lines]
    output.table("lines", *without_empty_columns(_LINE_COLUMNS, rows)) if rows else output.line("no lines")
    output.table("totals", _TOTAL_COLUMNS, [_total_row(total) for total in statement.totals])


def state_name(header: statement_pb2.StatementHeader) -> str:
    """`final`, `estimate`, ..."""
    return statement_pb2.StatementState.Name(header.state).removeprefix("STATEMENT_STATE_").lower()


def _line_row(line: statement_pb2.StatementLine) -> tuple[str, ...]:
    kind = statement_pb2.LineKind.Name(line.kind).removeprefix("LINE_KIND_").lower().replace("_", "-")
    sold = line.offering_code or line.application or line.slice or line.sponsor
    reference = f"{line.refers_to_statement_id} {line.refers_to_line or ''}".strip()
    return (
        str(line.number),
        kind,
        sold or line.text or line.term_code,
        line.home_period,
        show_units(line.quantity, line.unit) if line.unit else "",
        _minor(Money(line.gross_minor_micros, currency(line.currency_code)).to_minor_units(), line),
        line.rate,
        _minor(line.share_minor, line),
        _minor(line.partner_tax_minor, line),
        _minor(line.net_minor, line) or "0",
        line.currency_code,
        reference,
    )


def _total_row(total: statement_pb2.StatementTotal) -> tuple[str, ...]:
    amounts = (
        total.share_minor,
        total.partner_tax_minor,
        total.withholding_minor,
        total.net_minor,
        total.held_minor,
        total.carried_forward_minor,
        total.payable_minor,
    )
    return (total.currency_code, str(total.lines), *(_minor(amount, total) or "0" for amount in amounts))


def _amount(minor: int, total: statement_pb2.StatementTotal) -> str:
    shown = _minor(minor, total) or "0"
    return f"{shown} {total.currency_code}" if total.currency_code else ""


def _minor(minor: int, of: statement_pb2.StatementLine | statement_pb2.StatementTotal) -> str:
    """'' for nothing, so that columns without amounts are left out."""
    amount = Money(minor * MICROS_PER_MINOR_UNIT, currency(of.currency_code)) if minor else None
    return grouped_amount(amount) if amount else ""
