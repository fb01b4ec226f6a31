"""Published offer policies in SQL."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.timestamp_pb2 import Timestamp
from sqlmodel import Session
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import Instant, utc
from services.common.kernel.publication import PublishedVersion
from services.common.runtime.database import Database
from services.common.runtime.outbox import add_event
from services.common.runtime.published_sources import SourceTables, SqlSourceStore
from services.offers.adapters.tables.policies import (
    PolicyFileTable,
    PolicyPublicationTable,
    PolicyVersionTable,
)

SUBJECT_PUBLISHED = offer_events_pb2.OfferPoliciesPublished.DESCRIPTOR.full_name


class SqlPolicyStore(SqlSourceStore[PolicyVersionTable]):
    """The store of offer policies, which announces each version."""

    def __init__(self, database: Database, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called after each commit that may have left an event."""
        tables = SourceTables(
            PolicyVersionTable, PolicyFileTable, PolicyPublicationTable, _row, _published, _announce
        )
        super().__init__(database, tables, on_change)


def _announce(session: Session, published: PublishedVersion) -> None:
    at = Timestamp()
    at.FromDatetime(utc(published.published_at))
    event = offer_events_pb2.OfferPoliciesPublished(
        version=published.version, content_sha256=published.content_sha256, published_at=at
    )
    add_event(session, SUBJECT_PUBLISHED, event.SerializeToString(), f"offer-policies-{published.version}")


def _row(published: PublishedVersion) -> PolicyVersionTable:
    return PolicyVersionTable(
        version=published.version,
        content_sha256=published.content_sha256,
        published_at=published.published_at,
        published_by=published.actor,
    )


def _published(row: PolicyVersionTable) -> PublishedVersion:
    return PublishedVersion(row.version, row.content_sha256, Instant(row.published_at), row.published_by)
