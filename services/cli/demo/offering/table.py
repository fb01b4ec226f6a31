"""The offers as people see them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.demo.offering.act import Offering
from services.common.kernel.amount_words import show_units

_DROPPED_SHOWN = 3


def print_offering(console: Console, offering: Offering) -> None:
    """A row for each offer that traffic raised; then what was shown, as it must be."""
    table = Table(title="offers that traffic raised by itself", title_justify="left", expand=False)
    table.add_column("who watched", no_wrap=True)
    table.add_column("video", justify="right", no_wrap=True)
    table.add_column("is offered", no_wrap=True)
    table.add_column("because")
    table.add_column("chance", justify="right", no_wrap=True)
    table.add_column("not", overflow="fold")
    table.add_column("after", justify="right", no_wrap=True)
    for raised in offering.raised:
        presented = raised.presented
        table.add_row(
            raised.viewer.capture,
            show_units(raised.viewer.video_octets, "octets"),
            presented.offer_code,
            " ".join(presented.reasons),
            f"{presented.probability:.2f}",
            ", ".join(
                f"{dropped.offer_code}: {dropped.reason}"
                for dropped in raised.decision.dropped[:_DROPPED_SHOWN]
            ),
            f"{raised.after_milliseconds} ms",
        )
    console.print(table)
    for shown in offering.shown:
        found = Text(shown.found) if shown.good else Text(f"{shown.found}, not {shown.expected}", "bold red")
        console.print(Text(f"   {shown.what}: ").append_text(found))
    if offering.raised:
        decision_id = offering.raised[0].decision.decision_id
        console.print(Text(f"why: tidemark offers why {decision_id} --data-dir var/demo (while it runs)"))
