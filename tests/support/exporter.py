"""`tidemark records` as a process of its own, to be killed; and what it has written."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from services.cli.records.folder import partition_folder
from services.cli.records.formats import read
from services.cli.records.manifest import Manifest, read_manifest

TIDEMARK = str(Path(sys.executable).parent / "tidemark")
_SECONDS = 120


class Exporter:
    """Follows a suite's journal into a folder; can be started again and again."""

    def __init__(self, suite_folder: Path, out: Path, *options: str) -> None:
        self.out = out
        # Without heed of others: the tests beside it fill the machine.
        self._command = [
            TIDEMARK,
            "records",
            "export",
            "--out",
            str(out),
            "--nice",
            "0",
            "--pace",
            "full",
            *options,
        ]
        self._environment = {**os.environ, "TIDEMARK_DATA_DIR": str(suite_folder)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begins to follow."""
        with (self.out.parent / f"{self.out.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "--follow"], env=self._environment, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """Ends it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.wait, _SECONDS)

    async def terminate(self) -> int:
        """Asks it to end. Returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.to_thread(self._process.wait, _SECONDS)

    async def to_the_head(self) -> dict[str, Any]:
        """Exports what there is by now, without following. Returns what the command prints."""
        return await self._ask(*self._command)

    async def verify(self) -> dict[str, Any]:
        """Verifies the files, against the journal too; they must be intact."""
        return await self._ask(TIDEMARK, "records", "verify", str(self.out), "--against-journal")

    async def close(self) -> None:
        """Leaves no process behind."""
        if self._process is not None and self._process.poll() is None:
            await self.kill()

    async def _ask(self, *command: str) -> dict[str, Any]:
        done = await asyncio.to_thread(
            subprocess.run,
            [*command, "--json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def manifest(self) -> Manifest | None:
        """What is listed by now."""
        return read_manifest(partition_folder(self.out, 0))

    def last_sequence(self) -> int:
        """Last journal record that is exported; 0: none."""
        manifest = self.manifest()
        return manifest.last_sequence if manifest is not None else 0

    def rows(self) -> list[dict[str, Any]]:
        """All rows of all listed files."""
        manifest, folder = self.manifest(), partition_folder(self.out, 0)
        assert manifest is not None
        return [row for file in manifest.files for row in read(folder / file.name, manifest.file_format)]
