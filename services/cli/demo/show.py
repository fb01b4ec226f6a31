"""How the demo shows itself: a live table on a terminal, plain lines in a pipe, nothing with --json."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from services.cli.amounts import show_amount
from services.cli.demo.audit.expected import MONEY
from services.cli.demo.board import AccountLine, Board
from services.cli.output import Output
from services.common.kernel.amount_words import show_units

_LINE_EVERY_SECONDS = 1.0
_FRAMES_PER_SECOND = 8
_ROOM_AROUND_TABLE = 8


class Show(Protocol):
    """Where the demo tells what it does."""

    def step(self, text: str) -> None:
        """Something begins or has been done."""

    def playing(self, board: Board) -> contextlib.AbstractAsyncContextManager[None]:
        """While inside, the board is on show."""


class SilentShow:
    """Says nothing."""

    def step(self, text: str) -> None:
        """Nothing."""

    @asynccontextmanager
    async def playing(self, board: Board) -> AsyncIterator[None]:  # noqa: ARG002  nothing is shown
        """Nothing."""
        yield


class PlainShow:
    """Lines, one for each step and one a second while playing."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, text: str) -> None:
        """One line."""
        # Addresses are to be copied: nothing is broken into lines.
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    @asynccontextmanager
    async def playing(self, board: Board) -> AsyncIterator[None]:
        """A line a second with the progress."""
        lines = asyncio.ensure_future(self._lines(board))
        try:
            yield
        finally:
            lines.cancel()
            await asyncio.gather(lines, return_exceptions=True)

    async def _lines(self, board: Board) -> None:
        while True:
            await asyncio.sleep(_LINE_EVERY_SECONDS)
            self.step(f"   {progress(board)}")


class LiveShow:
    """Steps as lines, plays as a table whose balances move."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, text: str) -> None:
        """One line."""
        self._console.print(Text(text), soft_wrap=True)

    @asynccontextmanager
    async def playing(self, board: Board) -> AsyncIterator[None]:
        """The live table; it goes when the play is over."""
        room = max(5, self._console.height - _ROOM_AROUND_TABLE)
        # Drawn by the event loop, so that the board does not change under the pen.
        with Live(picture(board, room), console=self._console, auto_refresh=False, transient=True) as live:
            frames = asyncio.ensure_future(self._frames(live, board, room))
            try:
                yield
            finally:
                frames.cancel()
                await asyncio.gather(frames, return_exceptions=True)

    @staticmethod
    async def _frames(live: Live, board: Board, room: int) -> None:
        while True:
            live.update(picture(board, room), refresh=True)
            await asyncio.sleep(1 / _FRAMES_PER_SECOND)


def show_on(output: Output) -> Show:
    """The show that fits where a command prints."""
    if output.as_json:
        return SilentShow()
    console = output.console()
    return LiveShow(console) if console.is_terminal else PlainShow(console)


def progress(board: Board) -> str:
    """How far a play is, in one line."""
    kills = f", charging killed {board.kills} times" if board.kills else ""
    return (
        f"{board.played_rows} of {board.rows} rows, {board.requests} requests, "
        f"{board.requests_per_second} requests/s{kills}"
    )


def picture(board: Board, room: int) -> RenderableType:
    """The board as a table of at most `room` accounts, those that move most first."""
    table = Table(title=board.title, title_justify="left", header_style="bold", expand=False)
    for name, justify in (("account", "left"), ("money left", "right"), ("spent", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("taken from allowances", no_wrap=True)
    table.add_column("changes", justify="right")
    lines = list(board.accounts.values())
    shown = sorted(lines, key=lambda line: -line.changes)[:room] if len(lines) > room else lines
    for line in shown:
        table.add_row(*cells(line))
    footer = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(1, board.rows), completed=board.played_rows, width=40)
    footer.add_row(bar, Text(progress(board)))
    return Group(table, footer)


def cells(line: AccountLine) -> tuple[str, str, str, str, str]:
    """One account as it stands."""
    now, spent = line.money
    unit = line.units.get(MONEY, "")
    used = ", ".join(
        f"{show_units(units, of)} of {name.rsplit('/', 1)[-1]}" for name, units, of in line.used_allowances()
    )
    money = (show_amount(now, unit), show_amount(spent, unit)) if unit else ("", "")
    return (line.account_id, *money, used, str(line.changes))
