"""Progress bars on standard error: for people at a terminal, nothing for programs and pipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)


@contextmanager
def octets_progress(shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each file; tell it the file's name, the octets that came, and how many there are."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(name: str, octets: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=octets)

        yield tell


@contextmanager
def records_progress(shown: bool, what: str) -> Iterator[Callable[[int], None]]:
    """A count of records that goes up by what it is told."""
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda count: progress.advance(task, count)
