"""All scenes in a row, and the table of what they showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.demo.scenes.actor import Stage
from services.cli.demo.scenes.partner_scripts import partner_scenes
from services.cli.demo.scenes.scripts import SCENES
from services.cli.demo.scenes.shown import Shown
from services.cli.demo.settling.desk import SettlementDesk


@dataclass(frozen=True, slots=True)
class Performance:
    """What was shown, scene by scene."""

    scenes: tuple[tuple[str, tuple[Shown, ...]], ...]

    @property
    def good(self) -> bool:
        """True where everything came as it had to."""
        return all(shown.good for _, scene in self.scenes for shown in scene)

    @property
    def count(self) -> int:
        """How many things were shown."""
        return sum(len(scene) for _, scene in self.scenes)

    def document(self) -> list[dict[str, Any]]:
        """As plain data."""
        return [
            {"scene": name, "what": shown.what, "expected": shown.expected, "found": shown.found}
            for name, scene in self.scenes
            for shown in scene
        ]


async def perform(channel: grpc.aio.Channel, name: str, at: Timestamp, desk: SettlementDesk) -> Performance:
    """Acts every scene on accounts of its own. Raises AioRpcError for what no scene expects."""
    stage = Stage(channel, name, at)
    scenes = (*SCENES, *partner_scenes(desk))
    return Performance(
        tuple([(title, tuple([shown async for shown in scene(stage)])) for title, scene in scenes])
    )


def print_performance(console: Console, performance: Performance) -> None:
    """A line for each thing shown."""
    table = Table(title="and what else it can do", title_justify="left", expand=False)
    table.add_column("scene", no_wrap=True)
    table.add_column("what happens")
    table.add_column("as it must be", justify="right", no_wrap=True)
    for title, scene in performance.scenes:
        for index, shown in enumerate(scene):
            found = (
                Text(shown.found) if shown.good else Text(f"{shown.found}, not {shown.expected}", "bold red")
            )
            table.add_row(title if index == 0 else "", shown.what, found)
        table.add_section()
    console.print(table)
