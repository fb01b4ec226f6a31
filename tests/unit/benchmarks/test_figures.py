"""The arithmetic behind the figures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.figures import Figure, Load, append_results, load_figures, percentile, pooled


@pytest.mark.parametrize(("percent", "value"), [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0)])
def test_a_percentile_is_the_value_at_its_rank_whatever_the_order(percent: int, value: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == value


def test_percentiles_of_a_single_value_are_that_value() -> None:
    assert [percentile([0.25], percent) for percent in (1, 50, 99)] == [0.25, 0.25, 0.25]


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_a_load_becomes_figures_named_by_the_calls_in_flight() -> None:
    load = Load(in_flight=16, latencies_seconds=[0.001, 0.002, 0.004, 0.003], elapsed_seconds=2.0)
    assert load_figures("update.grpcio", load) == [
        Figure("update.grpcio.rate.16", 2.0, "1/s", 4),
        Figure("update.grpcio.p50_ms.16", 2.0, "ms", 4),
        Figure("update.grpcio.p95_ms.16", 4.0, "ms", 4),
        Figure("update.grpcio.p99_ms.16", 4.0, "ms", 4),
    ]


def test_turns_are_pooled_call_by_call_and_not_averaged() -> None:
    pool = pooled([Load(4, [0.1], 1.0), Load(4, [0.2, 0.3, 0.4], 1.0)])
    assert (pool.in_flight, pool.latencies_seconds, pool.rate) == (4, [0.1, 0.2, 0.3, 0.4], 2.0)
    with pytest.raises(ValueError, match="no loads"):
        pooled([])


def test_results_are_added_to_those_of_earlier_runs(tmp_path: Path) -> None:
    path = tmp_path / "bench" / "results.jsonl"
    for minute in (1, 2):
        append_results(
            path, [Figure("fsync.p50_ms", 0.1, "ms", 7)], datetime(2026, 11, 22, 10, minute, tzinfo=UTC)
        )
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[1] == {
        "run": "2026-11-22T10:02:00+00:00",
        "name": "fsync.p50_ms",
        "value": 0.1,
        "unit": "ms",
        "n": 7,
    }
    assert [line["run"] for line in lines] == ["2026-11-22T10:01:00+00:00", "2026-11-22T10:02:00+00:00"]
