"""`tidemark reconcile`: a partner's own records beside a statement."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from tidemark.partner_settlement.v1 import report_api_pb2 as api
from tidemark.partner_settlement.v1 import statement_pb2

from services.cli.commands.arguments import reading
from services.cli.commands.statements import each_record, listed, stub_of
from services.cli.failures import CommandFailedError
from services.cli.invocation import Invocation, register
from services.cli.settlement.partner_file import (
    COMMON_NAMES,
    FileForm,
    PartnerFileError,
    Unreadable,
    read_partner_file,
)
from services.cli.settlement.reconcile_view import Differences, counts_in_words, show
from services.cli.settlement.record_rows import entry_of
from services.cli.settlement.sorting import SortedEntries
from services.cli.supervision.plan import PARTNER_SETTLEMENT
from services.common.kernel.money import currency as currency_of
from services.common.kernel.money import parse_money
from services.partner_settlement.domain.reconciliation import Entry, Reconciliation

_EXAMPLE = "tidemark reconcile partner.csv --party melody --period 2026-11 --column record_id=their_id"


class Compared(Enum):
    """Which amount of a record a partner counts."""

    GROSS = "gross"
    NET_OF_TAX = "net-of-tax"


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    register(app, "reconcile", _EXAMPLE, panel="Settle with partners")(reconcile)


async def reconcile(
    invocation: Invocation,
    file: Annotated[Path, typer.Argument(metavar="PARTNER.csv", help="The partner's file.")],
    period: Annotated[str, typer.Option(help="Period of the statement: 2026-11.")] = "",
    party: Annotated[str, typer.Option(help="Code of the partner. Default: a partner's own.")] = "",
    statement_id: Annotated[
        str, typer.Option("--statement", help="That statement, instead of the newest of party and period.")
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(help="What is called otherwise: record_id=their_id,amount=total. Repeatable."),
    ] = None,
    currency: Annotated[str, typer.Option(help="Of every row, where no column says it.")] = "",
    decimal_comma: Annotated[bool, typer.Option("--decimal-comma", help="Amounts like 1.234,50.")] = False,
    encoding: Annotated[str, typer.Option(help="Of the file.")] = "utf-8-sig",
    amount: Annotated[Compared, typer.Option(help="Which of our amounts theirs is.")] = Compared.GROSS,
    tolerance: Annotated[str, typer.Option(help="How much a record may be off, in major units.")] = "0",
    out: Annotated[Path | None, typer.Option(help="CSV file for every difference.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Most differing records to show.")] = 20,
) -> None:
    """Says what differs between a partner's own records and the records behind a statement.

    From totals per currency over products down to single records: missing with us, missing with them,
    different, there more than once, unreadable. The delimiter is found out; usual column names are known.
    Exit code 1 where any record differs.
    """
    if bool(statement_id) == bool(period):
        raise typer.BadParameter("say --period (and --party), or --statement", param_hint="--period")
    code = reading("--currency", lambda text: currency_of(text).code if text else "", currency.upper())
    form = FileForm(reading("--column", _columns, column or []), code, decimal_comma, encoding)
    with (
        tempfile.TemporaryDirectory(prefix="tidemark-reconcile-") as folder,
        Differences(out, limit) as differences,
    ):
        found = Reconciliation(tolerance=reading("--tolerance", _micros, tolerance, code or "EUR"))
        theirs = SortedEntries(Path(folder), "theirs")
        try:
            theirs.extend(_readable(read_partner_file(file, form), found, differences))
        except PartnerFileError as error:
            raise CommandFailedError(f"{file}: {error}") from error
        ours = SortedEntries(Path(folder), "ours")
        async with invocation.channel(PARTNER_SETTLEMENT) as channel:
            stub = stub_of(channel)
            wanted = statement_id or await _newest(stub, party, period)
            net = amount is Compared.NET_OF_TAX
            await each_record(
                stub,
                wanted,
                0,
                lambda record: ours.extend([entry_of(record, net)]),
                shown=not invocation.output.as_json,
            )
        differences.take(found.differences(ours, theirs))
    show(invocation.output, wanted, found, differences)
    if not found.agrees:
        raise CommandFailedError(f"{file} differs from {wanted}: {counts_in_words(found)}")
    invocation.output.line(f"{found.matched:,} records agree")


def _readable(
    rows: Iterator[Entry | Unreadable], found: Reconciliation, differences: Differences
) -> Iterator[Entry]:
    for row in rows:
        if isinstance(row, Unreadable):
            differences.take([found.unreadable(row.line, row.why)])
        else:
            yield row


async def _newest(stub: Any, party: str, period: str) -> str:
    """The statement that stands for a party and period. Raises CommandFailedError unless one does."""
    statements = (await listed(stub, party, period)).statements
    parties = sorted({each.header.party.code for each in statements})
    if len(parties) > 1:
        raise CommandFailedError(f"whose statement of {period}? Say --party: {', '.join(parties)}")
    standing = [each for each in statements if _stands(each)]
    if not standing:
        raise CommandFailedError(
            f"no statement of {party or 'yours'} for {period} stands; `tidemark statements list` shows all"
        )
    newest: str = max(standing, key=lambda each: each.header.revision).header.statement_id
    return newest


def _stands(summary: api.StatementSummary) -> bool:
    return summary.header.state in (
        statement_pb2.STATEMENT_STATE_FINAL,
        statement_pb2.STATEMENT_STATE_PARKED,
    )


def _columns(given: list[str]) -> Mapping[str, str]:
    """Reads `record_id=their_id,amount=total`. Raises ValueError."""
    found = {}
    for pair in ",".join(given).split(",") if given else []:
        field, equals, name = pair.partition("=")
        if not equals or not name.strip() or field.strip() not in COMMON_NAMES:
            raise ValueError(
                f"{pair!r} is not one of {', '.join(COMMON_NAMES)} and a column, like amount=total"
            )
        found[field.strip()] = name.strip()
    return found


def _micros(text: str, currency_code: str) -> int:
    amount = parse_money(text, currency_of(currency_code)).minor_micros
    if amount < 0:
        raise ValueError("a tolerance is not below zero")
    return amount
