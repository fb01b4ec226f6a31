"""The offers as people see them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text
from tidemark.offers.v1 import decision_pb2

from services.cli.amounts import show_amount
from services.cli.demo.offering.act import Offering
from services.common.kernel.amount_words import show_units


def print_offering(console: Console, offering: Offering) -> None:
    """A row for each offer that traffic raised; then what was shown, as it must be."""
    table = Table(title="offers that traffic raised by itself", title_justify="left", expand=False)
    table.add_column("who watched", no_wrap=True)
    table.add_column("video", justify="right", no_wrap=True)
    table.add_column("is offered", no_wrap=True)
    table.add_column("because")
    table.add_column("chance", justify="right", no_wrap=True)
    table.add_column("after", justify="right", no_wrap=True)
    for raised in offering.raised:
        presented = raised.presented
        table.add_row(
            raised.viewer.capture,
            show_units(raised.viewer.video_octets, "octets"),
            presented.offer_code,
            " ".join(presented.reasons),
            f"{presented.probability:.2f}",
            f"{raised.after_milliseconds} ms",
        )
    console.print(table)
    if offering.page is not None:
        console.print(_page(offering.page, offering.raised[-1].viewer.capture))
    for shown in offering.shown:
        found = Text(shown.found) if shown.good else Text(f"{shown.found}, not {shown.expected}", "bold red")
        console.print(Text(f"   {shown.what}: ").append_text(found))


def _page(page: decision_pb2.Decision, whose: str) -> Table:
    """The whole decision: what could be shown, with which probability, and why the others were not."""
    table = Table(title=f"one decision: what the app shows {whose}", title_justify="left", expand=False)
    table.add_column("offer", no_wrap=True)
    table.add_column("place", justify="right")
    for name in ("accepted by", "worth", "context", "chance of the first place"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why, or why not", overflow="fold")
    for candidate in page.candidates:
        factors = candidate.factors
        table.add_row(
            candidate.offer_code,
            str(candidate.rank or ""),
            f"{factors.propensity:.1%}",
            show_amount(factors.value_minor_micros, "EUR"),
            f"x {factors.context_weight:.2f}",
            f"{candidate.probability:.1%}",
            " ".join(candidate.reasons),
        )
    for dropped in page.dropped:
        table.add_row(Text(dropped.offer_code, "dim"), "", "", "", "", "", Text(dropped.reason, "dim"))
    return table
