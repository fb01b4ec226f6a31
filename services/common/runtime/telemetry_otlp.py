"""Metrics and traces sent to a collector over OTLP."""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

EXPORT_INTERVAL_MILLISECONDS = 15_000
# A collector that is away may not hold up the end of the process for long.
EXPORT_TIMEOUT_SECONDS = 2


def metric_reader(endpoint: str) -> MetricReader:
    """Sends metrics four times a minute."""
    return PeriodicExportingMetricReader(
        OTLPMetricExporter(endpoint=endpoint, timeout=EXPORT_TIMEOUT_SECONDS),
        export_interval_millis=EXPORT_INTERVAL_MILLISECONDS,
    )


def tracing(resource: Resource, endpoint: str, ratio: float) -> TracerProvider:
    """Sends traces; of those that begin here, a share of `ratio`."""
    provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(ratio))
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_TIMEOUT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
