"""The measurement of settlement runs, finds every record it has made, and closes its month balanced."""

from __future__ import annotations

from pathlib import Path

from benchmarks.settlement import measure_settlement


def test_a_short_run_measures_every_figure(tmp_path: Path) -> None:
    figures = {figure.name: figure for figure in measure_settlement(tmp_path / "settlement", 5_000, 20)}
    assert figures["settlement.accrual.records_per_second"].n == 5_000
    assert figures["settlement.accrual.records_per_second"].value > 0
    assert figures["settlement.accrual.records_per_cpu_second"].value > 0
    assert figures["settlement.accrual.cores"].value > 0
    assert "settlement.accrual.rss_growth_bytes" in figures
    assert figures["settlement.close.seconds"].n == 20
    assert figures["settlement.close.seconds"].value > 0
    assert not (tmp_path / "settlement").exists()
