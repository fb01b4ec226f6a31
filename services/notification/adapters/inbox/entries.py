"""The statements that put entries into inboxes, in somebody's transaction.

Cursors are given under the lock of one row, which is held until the commit: whoever gives the next one waits
for it. So they follow the order of commits, and a reader that has seen one sees every smaller one. On SQLite
a transaction that writes is alone anyway; on PostgreSQL it is what keeps a reader from going past an entry
that is committed later. A transaction that is undone gives its cursors back: there are no gaps, by which
streams know that they have heard of everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database_engine import SQLITE
from services.notification.adapters.inbox.rows import INBOX
from services.notification.adapters.tables.inbox import STANDING, InboxCounterTable
from services.notification.domain.collapsing import Standing

CauseKey = tuple[str, str, str]
"""Recipient's key, alert code, cause id: by which nothing is told twice."""
CollapseKey = tuple[str, str]
"""Recipient's key, collapse key."""

_COUNTER = InboxCounterTable.__table__  # type: ignore[attr-defined]
_THE_ONE = 1
_AT_ONCE = 250
"""Keys in one statement; three values each."""
T = TypeVar("T")


def last_cursor(session: Session) -> int:
    """The last cursor that was given and committed; 0: none was."""
    return session.execute(select(_COUNTER.c.last)).scalar_one_or_none() or 0


def lock_cursors(session: Session) -> int:
    """The last cursor given. Nobody else gives one until this transaction has ended."""
    locked = select(_COUNTER.c.last).where(_COUNTER.c.id == _THE_ONE).with_for_update()
    found: int | None = session.execute(locked).scalar_one_or_none()
    if found is None:
        make = sqlite.insert if session.get_bind().dialect.name == SQLITE else postgresql.insert
        session.execute(make(_COUNTER).values(id=_THE_ONE, last=0).on_conflict_do_nothing())
        found = session.execute(locked).scalar_one()
    return found


def known_causes(session: Session, keys: Sequence[CauseKey]) -> set[CauseKey]:
    """Those of the keys that have an entry already."""
    columns = (INBOX.c.recipient_key, INBOX.c.alert_code, INBOX.c.cause_id)
    found: set[CauseKey] = set()
    for some in _portions(keys):
        rows = session.execute(select(*columns).where(tuple_(*columns).in_(some)))
        found.update((row[0], row[1], row[2]) for row in rows)
    return found


def standing_entries(session: Session, keys: Iterable[CollapseKey]) -> list[Standing]:
    """Entries with one of the collapse keys that no other one has taken the place of."""
    columns = (INBOX.c.cursor, INBOX.c.recipient_key, INBOX.c.collapse_key, INBOX.c.occurred_at)
    found: list[Standing] = []
    for some in _portions(list(keys)):
        rows = session.execute(select(*columns).where(tuple_(*columns[1:3]).in_(some), STANDING))
        found.extend(Standing(row[0], row[1], row[2], Instant(row[3])) for row in rows)
    return found


def supersede(session: Session, cursors: Sequence[int]) -> None:
    """Others have taken their places."""
    for some in _portions(cursors):
        session.execute(update(INBOX).where(_is_one_of(INBOX.c.cursor, some)).values(superseded=True))


def add_rows(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Inserts new entries, whose cursors follow the last one's. Needs the lock."""
    session.execute(insert(INBOX), rows)
    session.execute(update(_COUNTER).values(last=rows[-1]["cursor"]))


def _is_one_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(values)
    return found


def _portions(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]
