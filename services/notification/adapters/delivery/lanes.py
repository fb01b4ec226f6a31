"""Lanes: locked before what waits in them changes, put right afterwards, in the same transaction.

The lock is what makes PostgreSQL look at the rows of others that have just been committed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert, text
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from services.notification.adapters.delivery.endpoint_rows import host_of
from services.notification.adapters.tables.delivery import LaneTable
from services.notification.domain.channels import Endpoint

_MOST_NAMES = 300


# Text, not expressions: this runs several times for each delivery, and building it cost more than running it.
_REFRESH = text(
    """
    UPDATE delivery_lane SET due_at = (
        SELECT min(due_at) FROM (
            SELECT min(due_at) AS due_at FROM delivery
            WHERE lane = :lane AND due_at IS NOT NULL AND aside
            UNION ALL
            SELECT due_at FROM (
                SELECT due_at FROM delivery
                WHERE lane = :lane AND due_at IS NOT NULL AND NOT aside ORDER BY id LIMIT 1
            ) AS head
        ) AS waiting
    ) WHERE lane = :lane
    """
)


def lock(session: Session, lanes: Mapping[str, Endpoint] | Collection[str]) -> None:
    """Holds lanes until the transaction ends; with endpoints, makes those that are not there yet."""
    if isinstance(lanes, Mapping):
        insert_absent(session, LaneTable, [_row(name, lanes[name]) for name in sorted(lanes)])
    if session.get_bind().dialect.name == sqlite.dialect.name:
        return  # one transaction at a time
    for some in _portions(sorted(lanes)):
        session.execute(
            select_columns(col(LaneTable.lane))
            .where(col(LaneTable.lane).in_(some))
            .order_by(col(LaneTable.lane))
            .with_for_update()
        ).all()


def refresh(session: Session, lanes: Collection[str]) -> None:
    """Says of each when its next delivery is due: the oldest of those in line, or one that waits aside."""
    session.flush()
    session.connection().execute(_REFRESH, [{"lane": name} for name in sorted(lanes)])


def insert_absent(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows, but for those whose key is there. Whoever writes the same at once waits."""
    if rows:
        is_sqlite = session.get_bind().dialect.name == sqlite.dialect.name
        statement = sqlite.insert if is_sqlite else postgresql.insert
        session.execute(statement(table).on_conflict_do_nothing(), list(rows))


def insert_all(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows in one go, in their order."""
    if rows:
        columns: Table = table.__table__  # type: ignore[attr-defined]
        session.execute(insert(columns), list(rows))


def _row(name: str, endpoint: Endpoint) -> dict[str, Any]:
    return {
        "lane": name,
        "endpoint_id": endpoint.endpoint_id,
        "channel": endpoint.channel.value,
        "host": host_of(endpoint),
    }


def _portions(names: Sequence[str]) -> list[list[str]]:
    rest = iter(names)
    return list(iter(lambda: list(islice(rest, _MOST_NAMES)), []))
