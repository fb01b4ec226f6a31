"""OpenTelemetry, off the per-call path: counters read when scraped, traces sampled.

With neither an OTLP endpoint nor a metrics port set, nothing is installed and
the API's own no-op providers stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.common.runtime.settings import ServiceSettings

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

SHUTDOWN_MILLISECONDS = 3_000


@dataclass(slots=True)
class Telemetry:
    """The process's providers. `metrics_address` is `host:port` of the metrics page, empty if off."""

    metrics_address: str = ""
    tracer_provider: TracerProvider | None = None
    meter_provider: MeterProvider | None = None
    page: WSGIServer | None = field(default=None, repr=False)

    def shutdown(self) -> None:
        """Sends what is still held and closes the metrics page. May take a few seconds."""
        if self.tracer_provider is not None:
            self.tracer_provider.shutdown()
        if self.meter_provider is not None:
            self.meter_provider.shutdown(timeout_millis=SHUTDOWN_MILLISECONDS)
        if self.page is not None:
            self.page.shutdown()
            self.page.server_close()


def start_telemetry(service: str, settings: ServiceSettings) -> Telemetry:
    """Installs the global tracer and meter providers as the settings ask.

    Raises StartupRefusedError where the metrics port is taken. A collector
    that is away is no error: exporting tries again by itself.
    """
    if not settings.otlp_endpoint and settings.metrics_port is None:
        return Telemetry()
    # A tenth of a second of CPU, for who wants it; before the service begins, so that no request waits.
    from services.common.runtime.telemetry_providers import install  # noqa: PLC0415

    return install(service, settings)
