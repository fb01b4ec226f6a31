"""The settled week as people see it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.demo.settling.by_hand import Due
from services.cli.demo.settling.settlement import PartnerSum, Settlement


def print_settlement(console: Console, settlement: Settlement) -> None:
    """A row for each partner: what its statement comes to, and what of it is paid to it or owed by it."""
    table = Table(title=f"the partners, {settlement.period}", title_justify="left", expand=False)
    table.add_column("partner", no_wrap=True)
    table.add_column("is a")
    table.add_column("lines", justify="right")
    for name in ("net", "paid to it", "owed by it"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("its statement", overflow="fold")
    for partner in settlement.partners:
        paid, owed = _sides(partner.found)
        document = settlement.documents.get(partner.statement_id)
        file_name = document.name if document else ""
        table.add_row(partner.party, partner.roles, str(partner.lines), _net(partner), paid, owed, file_name)
    console.print(table)


def _sides(found: Due) -> tuple[str, str]:
    """Paid to the partner, and owed by it. What is neither is carried forward."""
    payable = found.payable
    if payable.startswith("-"):
        return "", payable.removeprefix("-")
    if payable != found.net and payable.startswith("0.00"):
        return "carried forward", ""
    return payable, ""


def _net(partner: PartnerSum) -> Text:
    if partner.good or partner.expected is None:
        return Text(partner.found.net)
    expected = partner.expected
    words = f"{partner.found.net}, paid {partner.found.payable}, not {expected.net}, paid {expected.payable}"
    return Text(words, "bold red")
