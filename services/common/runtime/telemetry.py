"""OpenTelemetry, off the per-call path: counters read when scraped, traces sampled.

With neither an OTLP endpoint nor a metrics port set, nothing is installed and
the API's own no-op providers stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from wsgiref.simple_server import WSGIServer

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from prometheus_client import start_http_server

from services.common.runtime.logs import version
from services.common.runtime.settings import ServiceSettings, variable_name
from services.common.runtime.startup import StartupRefusedError

METRICS_HOST = "127.0.0.1"
EXPORT_INTERVAL_MILLISECONDS = 15_000
SHUTDOWN_MILLISECONDS = 3_000
# A collector that is away may not hold up the end of the process for long.
EXPORT_TIMEOUT_SECONDS = 2


@dataclass(slots=True)
class Telemetry:
    """The process's providers. `metrics_address` is `host:port` of the metrics page, empty if off."""

    metrics_address: str = ""
    tracer_provider: TracerProvider | None = None
    meter_provider: MeterProvider | None = None
    _page: WSGIServer | None = field(default=None, repr=False)

    def shutdown(self) -> None:
        """Sends what is still held and closes the metrics page. May take a few seconds."""
        if self.tracer_provider is not None:
            self.tracer_provider.shutdown()
        if self.meter_provider is not None:
            self.meter_provider.shutdown(timeout_millis=SHUTDOWN_MILLISECONDS)
        if self._page is not None:
            self._page.shutdown()
            self._page.server_close()


def start_telemetry(service: str, settings: ServiceSettings) -> Telemetry:
    """Installs the global tracer and meter providers as the settings ask.

    Raises StartupRefusedError where the metrics port is taken. A collector
    that is away is no error: exporting tries again by itself.
    """
    resource = Resource.create({SERVICE_NAME: f"tidemark-{service}", SERVICE_VERSION: version()})
    telemetry = Telemetry()
    readers: list[MetricReader] = []
    if settings.otlp_endpoint:
        telemetry.tracer_provider = _tracing(resource, settings)
        readers.append(
            PeriodicExportingMetricReader(
                OTLPMetricExporter(endpoint=settings.otlp_endpoint, timeout=EXPORT_TIMEOUT_SECONDS),
                export_interval_millis=EXPORT_INTERVAL_MILLISECONDS,
            )
        )
    if settings.metrics_port is not None:
        telemetry._page, telemetry.metrics_address = _metrics_page(settings, settings.metrics_port)
        readers.append(PrometheusMetricReader())
    if readers:
        telemetry.meter_provider = MeterProvider(metric_readers=readers, resource=resource)
        metrics.set_meter_provider(telemetry.meter_provider)
    return telemetry


def _tracing(resource: Resource, settings: ServiceSettings) -> TracerProvider:
    provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(settings.trace_ratio))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint, timeout=EXPORT_TIMEOUT_SECONDS))
    )
    trace.set_tracer_provider(provider)
    return provider


def _metrics_page(settings: ServiceSettings, port: int) -> tuple[WSGIServer, str]:
    try:
        server, _thread = start_http_server(port, addr=METRICS_HOST)
    except OSError as error:
        variable = variable_name(type(settings), "metrics_port")
        raise StartupRefusedError(
            f"the metrics page cannot listen on {METRICS_HOST}:{port} ({error.strerror}); "
            f"set {variable} to another port, or to 0 for a free one"
        ) from error
    return server, f"{METRICS_HOST}:{server.server_port}"
