"""The providers of OpenTelemetry's SDK, for a process that is measured."""

from __future__ import annotations

from wsgiref.simple_server import WSGIServer

from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from prometheus_client import start_http_server

from services.common.runtime.logs import version
from services.common.runtime.settings import ServiceSettings, variable_name
from services.common.runtime.startup import StartupRefusedError
from services.common.runtime.telemetry import Telemetry

METRICS_HOST = "127.0.0.1"


def install(service: str, settings: ServiceSettings) -> Telemetry:
    """As `start_telemetry` has it, where the settings ask for anything."""
    resource = Resource.create({SERVICE_NAME: f"tidemark-{service}", SERVICE_VERSION: version()})
    telemetry = Telemetry()
    readers: list[MetricReader] = []
    if settings.otlp_endpoint:
        # With protobuf messages of its own; most processes have a metrics page only.
        from services.common.runtime.telemetry_otlp import metric_reader, tracing  # noqa: PLC0415

        telemetry.tracer_provider = tracing(resource, settings.otlp_endpoint, settings.trace_ratio)
        trace.set_tracer_provider(telemetry.tracer_provider)
        readers.append(metric_reader(settings.otlp_endpoint))
    if settings.metrics_port is not None:
        telemetry.page, telemetry.metrics_address = _metrics_page(settings, settings.metrics_port)
        readers.append(PrometheusMetricReader())
    telemetry.meter_provider = MeterProvider(metric_readers=readers, resource=resource)
    metrics.set_meter_provider(telemetry.meter_provider)
    return telemetry


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
