"""The measurements themselves run, and the money they move adds up."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.freshness import FreshnessPace
from benchmarks.front_doors import DOORS, DoorsPace, measure_front_doors
from benchmarks.run import Pace, measure
from services.cli.suite import Suite

IN_FLIGHT = 4
SHORT = Pace(warm_up_seconds=0.1, seconds=0.2, turns=1, freshness=FreshnessPace(turns=20, beside_seconds=0.5))


async def test_a_short_run_measures_every_figure_and_its_audit_finds_nothing(tmp_path: Path) -> None:
    steps: list[str] = []
    with Suite.start(tmp_path / "suite", port_base=0) as suite:
        outcome = await measure(suite, IN_FLIGHT, SHORT, steps.append)
    values = {figure.name: figure for figure in outcome.figures}
    assert outcome.faults == []
    assert values["audit.differences"].value == 0
    assert values["audit.differences"].n == IN_FLIGHT
    assert values["export.rate_ratio"].value > 0
    assert values["export.follow_rate_ratio"].n > 0
    assert values["export.records_per_second"].n > 0
    # How much of a short run an export of the lowest priority gets is the machine's affair.
    assert values["export.cores"].n == SHORT.turns
    assert 0 <= values["export.cores"].value <= (os.cpu_count() or 1)
    assert values["export.fixed_rate_p99_ratio"].value > 0
    assert values["export.fixed_rate_ratio"].n > 0
    assert values["export.idle_records_per_second"].n > 0
    assert values["replay.records_per_second"].n > 0
    assert values["charging.rss_bytes"].value > 0
    assert values["machine.other_cores"].value >= 0
    assert steps[-1] == "audit"


def test_both_front_doors_are_measured_alike_and_their_audit_finds_nothing(tmp_path: Path) -> None:
    levels = (1, 128)
    pace = DoorsPace(levels=levels, warm_up_seconds=0.1, seconds=0.3, turns=1, batches_in_flight=2)
    outcome = measure_front_doors(tmp_path / "doors", pace, lambda _step: None)
    values = {figure.name: figure for figure in outcome.figures}
    assert outcome.faults == []
    assert (values["front_doors.differences"].value, values["front_doors.differences"].n) == (0, 200)
    for door in DOORS:
        for level in levels:
            assert values[f"noop.{door}.rate.{level}"].n >= level
            assert values[f"update.{door}.rate.{level}"].n >= level
            p50, p99 = (values[f"update.{door}.{p}_ms.{level}"].value for p in ("p50", "p99"))
            assert 0 < p50 <= p99
            assert values[f"update.{door}_to_noop.grpcio.ratio.{level}"].value > 0
        assert values[f"noop.{door}.rate"].value == values[f"noop.{door}.rate.128"].value
    assert values["batch100.envoy.rate"].n >= 200
    assert not (tmp_path / "doors").exists()
