"""Runs `tidemark demo` as a user would, in a process of its own, on ports of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

DEMO_SECONDS = 240.0
_COMMAND = ("-c", "from services.cli.main import main; main()")


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    exit_code: int
    output: str
    errors: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed with --json."""
        found: dict[str, Any] = json.loads(self.output)
        return found


async def start_tidemark(*arguments: str) -> Process:
    """Starts the command line."""
    return await asyncio.create_subprocess_exec(
        sys.executable, *_COMMAND, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )


async def tidemark(*arguments: str) -> Finished:
    """Runs the command line to its end, within `DEMO_SECONDS`."""
    process = await start_tidemark(*arguments)
    try:
        async with asyncio.timeout(DEMO_SECONDS):
            output, errors = await process.communicate()
    except TimeoutError:
        process.terminate()
        await process.wait()
        raise
    return Finished(process.returncode or 0, output.decode(), errors.decode())


async def demo(data_dir: Path, *arguments: str) -> Finished:
    """Runs `tidemark demo --json` in a folder."""
    return await tidemark("demo", "--json", "--data-dir", str(data_dir), "--port-base", "0", *arguments)


def processes_of(data_dir: Path) -> list[int]:
    """Process ids of everything that was started from a folder and still runs."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "environ", "status"]):
        words = [*(process.info["cmdline"] or ()), *(process.info["environ"] or {}).values()]
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(data_dir) in word for word in words):
            found.append(process.info["pid"])
    return found
