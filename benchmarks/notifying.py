"""All that is measured of notification: alerts, its streams alone, and watching in the whole suite."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.alerts import AlertsFailedError, measure_alerts
from benchmarks.figures import Figure
from benchmarks.notification_streams import StreamsFailedError, StreamsPace, measure_notification_streams
from benchmarks.watching import WatchingFailedError, WatchingPace, measure_watching

NOTIFYING_FAILED = (AlertsFailedError, StreamsFailedError, WatchingFailedError)


@dataclass(frozen=True, slots=True)
class NotifyingPace:
    """How much of each."""

    alert_seconds: float = 10.0
    alert_rate: float = 2_000.0
    streams: StreamsPace = field(default_factory=StreamsPace)
    watching: WatchingPace = field(default_factory=WatchingPace)


def measure_notifying(folder: Path, pace: NotifyingPace, on_progress: Callable[[str], None]) -> list[Figure]:
    """Everything, one after the other, in `folder`.

    Raises one of NOTIFYING_FAILED, SuiteError, AioRpcError, TimeoutError.
    """
    shutil.rmtree(folder, ignore_errors=True)
    on_progress(f"{pace.alert_rate:,.0f} alerts a second")
    figures = measure_alerts(folder / "alerts", pace.alert_seconds, pace.alert_rate)
    on_progress(f"streams of {pace.streams.watchers:,} watchers, then of {pace.streams.streams:,}")
    figures += measure_notification_streams(folder / "streams", pace.streams)
    watching = pace.watching
    on_progress(f"from a charge to {watching.watchers:,} watchers, then {watching.streams:,} open streams")
    figures += measure_watching(folder / "watching", watching)
    shutil.rmtree(folder)
    return figures
