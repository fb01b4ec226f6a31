"""What alerting takes: two thousand facts a second through rules, words and inboxes, each entry durable."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, percentile

RATE = 2_000.0
SECONDS = 10.0
_MILLISECONDS = 1_000


class AlertsFailedError(RuntimeError):
    """The process has ended early, or facts were not told of."""


def measure_alerts(folder: Path, seconds: float = SECONDS, rate: float = RATE) -> list[Figure]:
    """Facts at a fixed rate into fresh inboxes on SQLite in `folder`. Raises AlertsFailedError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.alerting", str(folder), str(seconds), str(rate)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    shutil.rmtree(folder)
    if ended.returncode:
        raise AlertsFailedError(f"the process has ended with {ended.returncode}")
    said: dict[str, Any] = json.loads(ended.stdout)
    latencies = said["seconds"]
    count = len(latencies)
    if said["told"] != count:
        raise AlertsFailedError(f"{said['told']} entries came of {count} facts")
    return [
        Figure("alerts.most_rate", said["most"], "1/s", count),
        Figure("alerts.p50_ms", percentile(latencies, 50) * _MILLISECONDS, "ms", count),
        Figure("alerts.p99_ms", percentile(latencies, 99) * _MILLISECONDS, "ms", count),
        Figure("alerts.cpu_ms", said["cpu_seconds"] / count * _MILLISECONDS, "ms", count),
        Figure("alerts.rss_bytes", said["rss_bytes"], "bytes", count),
        Figure("alerts.other_cores", said["other_cores"], "cores", 1),
    ]


def main() -> int:
    """Measures that alone and prints it."""
    for figure in measure_alerts(Path(sys.argv[1])):
        print(f"{figure.name:32} {figure.value:12.3f} {figure.unit:6} n={figure.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
