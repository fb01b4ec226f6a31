"""What a run measured: named figures, and the arithmetic that makes them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PERCENTILES = (50, 95, 99)
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value: its unit (`1/s`, `ms`, `bytes`, `ratio`, `count`) and the sample size behind it."""

    name: str
    value: float
    unit: str
    n: int


@dataclass(frozen=True, slots=True)
class Load:
    """What a closed loop saw: the length of each call in seconds, and how long the loop ran."""

    in_flight: int
    latencies_seconds: Sequence[float]
    elapsed_seconds: float

    @property
    def rate(self) -> float:
        """Calls per second."""
        return len(self.latencies_seconds) / self.elapsed_seconds


def pooled(loads: Sequence[Load]) -> Load:
    """Several stretches of the same load as one: all calls, over all the time. Raises ValueError for none."""
    if not loads:
        raise ValueError("no loads were measured")
    latencies = [latency for load in loads for latency in load.latencies_seconds]
    return Load(loads[0].in_flight, latencies, sum(load.elapsed_seconds for load in loads))


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of all values do not exceed (nearest rank).

    Raises ValueError for no values.
    """
    if not values:
        raise ValueError("no values were measured")
    rank = max(1, math.ceil(percent * len(values) / 100))
    return sorted(values)[rank - 1]


def load_figures(prefix: str, load: Load) -> list[Figure]:
    """Rate and latency percentiles of a load, named `<prefix>.rate.<in flight>` and so on."""
    calls = len(load.latencies_seconds)
    return [
        Figure(f"{prefix}.rate.{load.in_flight}", load.rate, "1/s", calls),
        *(
            Figure(
                f"{prefix}.p{percent}_ms.{load.in_flight}",
                percentile(load.latencies_seconds, percent) * _MILLISECONDS,
                "ms",
                calls,
            )
            for percent in PERCENTILES
        ),
    ]


def append_results(path: Path, figures: Iterable[Figure], run_at: datetime) -> None:
    """Adds one JSON line per figure: run, name, value, unit, n. Makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as results:
        for figure in figures:
            line = {
                "run": run_at.isoformat(timespec="seconds"),
                "name": figure.name,
                "value": round(figure.value, 6),
                "unit": figure.unit,
                "n": figure.n,
            }
            results.write(json.dumps(line) + "\n")
