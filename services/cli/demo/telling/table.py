"""Alerts and the conversation as people see them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.demo.scenes.shown import Shown
from services.cli.demo.telling.alerts import Alert, Telling
from services.cli.demo.telling.talk import Talk
from services.common.kernel.clock import iso

_TIME = slice(11, 23)
"""Hours to milliseconds, UTC."""


def print_telling(console: Console, telling: Telling) -> None:
    """A row for each alert; below it whatever is not as it must be."""
    table = Table(title="what customers were told while it happened", title_justify="left", expand=False)
    for name in ("who", "alert", "at (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in ("on the page after", "at the webhook after"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("in their language")
    for alert in telling.alerts:
        table.add_row(
            alert.who,
            alert.name,
            iso(alert.occurred_at)[_TIME],
            _after(alert.page_milliseconds, alert),
            _after(alert.webhook_milliseconds, alert),
            Text(alert.title),
        )
    console.print(table)
    _print_wrong(console, telling.shown)


def print_talk(console: Console, talk: Talk) -> None:
    """What was said, and the case; below it whatever is not as it must be."""
    if not talk.who:
        console.print(Text("   nobody who listens was charged anything, so nobody asked why"))
        return
    table = Table(
        title=f"{talk.who} asks, and a person takes over",
        title_justify="left",
        expand=False,
        show_header=False,
    )
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for by, text in talk.said:
        table.add_row(by, Text(text))
    table.add_section()
    table.add_row("the case", Text(talk.summary, "dim"))
    console.print(table)
    _print_wrong(console, talk.shown)


def _after(milliseconds: int | None, alert: Alert) -> Text:
    if milliseconds is not None:
        return Text(f"{milliseconds} ms")
    return Text("overtaken", "dim") if alert.overtaken else Text("", "dim")


def _print_wrong(console: Console, shown: tuple[Shown, ...]) -> None:
    for one in shown:
        if not one.good:
            console.print(Text(f"   {one.what}: {one.found}, not {one.expected}", "bold red"))
