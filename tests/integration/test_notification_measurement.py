"""The measurements of notification run, lose no alert and no balance, and give every figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.notification_streams import StreamsPace
from benchmarks.notifying import NotifyingPace, measure_notifying
from benchmarks.watching import WatchingPace
from services.notification.settings import INTENT_DIR
from tests.support.notification_talking import shipped_model

SHORT = NotifyingPace(
    alert_seconds=0.2,
    alert_rate=100.0,
    streams=StreamsPace(watchers=20, streams=40, seconds=0.2, rate=100.0),
    watching=WatchingPace(watchers=20, rate=50.0, streams=40, kinds=("mixed",)),
)


def test_a_short_run_measures_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped_model()
    monkeypatch.setenv("TIDEMARK_NOTIFICATION_INTENT_DIR", str(INTENT_DIR.resolve()))
    steps: list[str] = []
    figures = {figure.name: figure for figure in measure_notifying(tmp_path / "bench", SHORT, steps.append)}
    assert len(steps) == 3
    assert figures["alerts.p50_ms"].n == 20
    assert 0 < figures["alerts.p50_ms"].value <= figures["alerts.p99_ms"].value
    assert figures["alerts.most_rate"].value > 0
    assert figures["alerts.cpu_ms"].value > 0
    assert figures["streams.balance.arrived_ratio"].n == 20
    assert figures["streams.rss_bytes"].n == 40
    assert figures["watch.balance.p50_ms"].n == 20
    assert figures["watch.balance.grpc.p50_ms"].n == 18
    assert figures["watch.balance.sse.p50_ms"].n == 2
    assert figures["watch.balance.after_decision.p50_ms"].value > 0
    assert figures["watch.streams.mixed.rss_bytes"].n == 40
    assert figures["watch.streams.mixed.rss_bytes"].value > 0
    for name in ("alerts.other_cores", "watch.balance.other_cores", "watch.balance.cores"):
        assert figures[name].value >= 0
    assert not (tmp_path / "bench").exists()
