"""What profiles take: usage folded and stored, a million of them kept, and viewed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.folding import VIEWS

PROFILES = 1_000_000
EVENTS = 200_000


class ProfilesFailedError(RuntimeError):
    """The process has ended without its figures, or with records missing."""


def measure_profiles(folder: Path, profiles: int = PROFILES, events: int = EVENTS) -> list[Figure]:
    """Folds so many events, three times, into so many profiles on SQLite in `folder`; views some of them.

    In a process of its own. Raises ProfilesFailedError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.folding", str(folder), str(profiles), str(events)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise ProfilesFailedError(
            f"benchmarks.folding ended with exit code {done.returncode} {done.stdout.strip()}"
        )
    shutil.rmtree(folder)
    return _figures(json.loads(done.stdout))


def _figures(said: dict[str, Any]) -> list[Figure]:
    events, profiles = said["events"], said["profiles"]
    rates = {
        "events_per_cpu_second": said["usage"],
        "events_with_balances_per_cpu_second": said["with_balances"],
        "events_from_everywhere_per_cpu_second": said["from_everywhere"],
    }
    kept = f"offers.profiles_{profiles // 1_000_000}m" if profiles >= PROFILES else "offers.profiles"
    return [
        *(
            Figure(f"offers.profile.{name}", events / spent["cpu_seconds"], "1/s", events)
            for name, spent in rates.items()
        ),
        Figure(f"{kept}.rss_bytes", said["rss_bytes"], "bytes", profiles),
        Figure(f"{kept}.bytes_on_disk", said["bytes_on_disk"], "bytes", profiles),
        Figure("offers.view.p50_ms", said["view_p50_ms"], "ms", VIEWS),
        Figure("offers.view.p99_ms", said["view_p99_ms"], "ms", VIEWS),
    ]
