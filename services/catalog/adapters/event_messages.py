"""The catalog's events, and instants, as protobuf."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_events_pb2

from services.catalog.domain.publication import PublishedVersion
from services.common.kernel.clock import SECOND, Instant

SUBJECT_PUBLISHED = catalog_events_pb2.CatalogVersionPublished.DESCRIPTOR.full_name
STREAM = "CATALOG"
SUBJECTS = ("tidemark.catalog.v1.>",)


def published_event(published: PublishedVersion) -> bytes:
    """CatalogVersionPublished, serialized."""
    return catalog_events_pb2.CatalogVersionPublished(
        catalog_code=published.catalog_code,
        version=published.version,
        effective_from=timestamp(published.effective_from),
        content_sha256=published.content_sha256,
        published_at=timestamp(published.published_at),
    ).SerializeToString(deterministic=True)


def timestamp(at: Instant) -> Timestamp:
    """An instant as Timestamp, to the microsecond."""
    seconds, micros = divmod(at, SECOND)
    return Timestamp(seconds=seconds, nanos=micros * 1000)
