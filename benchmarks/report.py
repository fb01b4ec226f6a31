"""The figures as a person reads them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure


def machine_line() -> str:
    """What it ran on: processor, cores, Python, grpcio."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, grpcio {version('grpcio')}"
    )


def print_load_table(
    console: Console, figures: Sequence[Figure], doors: Sequence[str], levels: Sequence[int]
) -> None:
    """One row for each front door and number of calls in flight."""
    values = {figure.name: figure.value for figure in figures}
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    load = ("N", "door", "no-op/s", "Update/s", "of no-op")
    for heading in (*load, "p50 ms", "p95 ms", "p99 ms", "server", "client"):
        table.add_column(heading, justify="right", no_wrap=True)
    for level in levels:
        for door in doors:
            table.add_row(str(level), door, *_cells(values, door, level))
    console.print("durable Updates beside no-op calls behind the same front door, N in flight, one run")
    console.print(table)
    console.print("server, client: cores in use during the Updates; the fuller one is the limit")


def print_other_figures(console: Console, figures: Sequence[Figure]) -> None:
    """Everything that does not belong to a number of calls in flight."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("figure", "value", "unit", "n"):
        table.add_column(heading, justify="left" if heading in {"figure", "unit"} else "right")
    for figure in figures:
        table.add_row(figure.name, f"{figure.value:,.3f}".rstrip("0").rstrip("."), figure.unit, str(figure.n))
    console.print(table)


def _cells(values: Mapping[str, float], door: str, level: int) -> list[str]:
    return [
        f"{values[f'noop.{door}.rate.{level}']:,.0f}",
        f"{values[f'update.{door}.rate.{level}']:,.0f}",
        f"{values[f'update.{door}_to_noop.{door}.ratio.{level}']:.2f}",
        *(f"{values[f'update.{door}.p{p}_ms.{level}']:.2f}" for p in (50, 95, 99)),
        *(f"{values[f'update.{door}.{side}_cores.{level}']:.2f}" for side in ("server", "client")),
    ]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
