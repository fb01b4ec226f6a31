"""Published alert rules in SQL."""

from __future__ import annotations

from collections.abc import Callable

from google.protobuf.timestamp_pb2 import Timestamp
from sqlmodel import Session
from tidemark.notification.v1 import notification_events_pb2

from services.common.kernel.clock import Instant, utc
from services.common.kernel.publication import PublishedVersion
from services.common.runtime.database import Database
from services.common.runtime.outbox import add_event
from services.common.runtime.published_sources import SourceTables, SqlSourceStore
from services.notification.adapters.tables.rules import (
    RulesFileTable,
    RulesPublicationTable,
    RulesVersionTable,
)

SUBJECT_PUBLISHED = notification_events_pb2.NotificationRulesPublished.DESCRIPTOR.full_name


class SqlRulesStore(SqlSourceStore[RulesVersionTable]):
    """The store of alert rules, which announces each version."""

    def __init__(self, database: Database, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called after each commit that may have left an event."""
        tables = SourceTables(
            RulesVersionTable, RulesFileTable, RulesPublicationTable, _row, _published, _announce
        )
        super().__init__(database, tables, on_change)


def _announce(session: Session, published: PublishedVersion) -> None:
    at = Timestamp()
    at.FromDatetime(utc(published.published_at))
    event = notification_events_pb2.NotificationRulesPublished(
        version=published.version, content_sha256=published.content_sha256, published_at=at
    )
    message_id = f"notification-rules-{published.version}"
    add_event(session, SUBJECT_PUBLISHED, event.SerializeToString(), message_id)


def _row(published: PublishedVersion) -> RulesVersionTable:
    return RulesVersionTable(
        version=published.version,
        content_sha256=published.content_sha256,
        published_at=published.published_at,
        actor=published.actor,
        comment=published.comment,
        alerts=published.entries,
    )


def _published(row: RulesVersionTable) -> PublishedVersion:
    return PublishedVersion(
        version=row.version,
        content_sha256=row.content_sha256,
        published_at=Instant(row.published_at),
        actor=row.actor,
        comment=row.comment,
        entries=row.alerts,
    )
