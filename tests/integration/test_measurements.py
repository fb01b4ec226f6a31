"""The measurements themselves run, and the money they move adds up."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.freshness import FreshnessPace
from benchmarks.run import Pace, measure
from services.cli.suite import Suite

LEVELS = (1, 4)
SHORT = Pace(warm_up_seconds=0.1, seconds=0.2, turns=1, freshness=FreshnessPace(turns=20, beside_seconds=0.5))


async def test_a_short_run_measures_every_figure_and_its_audit_finds_nothing(tmp_path: Path) -> None:
    steps: list[str] = []
    with Suite.start(tmp_path / "suite", port_base=0) as suite:
        outcome = await measure(suite, LEVELS, SHORT, steps.append)
    values = {figure.name: figure for figure in outcome.figures}
    assert outcome.faults == []
    assert values["audit.differences"].value == 0
    assert values["audit.differences"].n == max(LEVELS)
    for level in LEVELS:
        assert values[f"update.grpcio.rate.{level}"].n > 0
        assert values[f"update_to_noop.ratio.{level}"].value > 0
        assert values[f"update.grpcio.p50_ms.{level}"].value <= values[f"update.grpcio.p99_ms.{level}"].value
    assert values["export.rate_ratio"].value > 0
    assert values["export.follow_rate_ratio"].n > 0
    assert values["export.records_per_second"].n > 0
    # How much of a short run an export of the lowest priority gets is the machine's affair.
    assert values["export.cores"].n == SHORT.turns
    assert 0 <= values["export.cores"].value <= (os.cpu_count() or 1)
    assert values["export.fixed_rate_p99_ratio"].value > 0
    assert values["export.fixed_rate_ratio"].n > 0
    assert values["export.idle_records_per_second"].n > 0
    assert values["replay.records_per_second"].n > values["update.grpcio.rate.1"].n
    assert values["charging.rss_bytes"].value > 0
    assert values["machine.other_cores"].value >= 0
    assert steps[-1] == "audit"
