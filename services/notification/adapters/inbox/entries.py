"""The statements that put entries into inboxes, in somebody's transaction.

Cursors are given under the lock of one row, which is held until the commit: whoever gives the next one waits
for it. So they follow the order of commits, and a reader that has seen one sees every smaller one. On SQLite
a transaction that writes is alone anyway; on PostgreSQL it is what keeps a reader from going past an entry
that is committed later. A transaction that is undone gives its cursors back: there are no gaps, by which
streams know that they have heard of everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import select, update
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
# Texts for the driver: building these expressions cost more than running them.
_LAST = f"SELECT last FROM inbox_counter WHERE id = {_THE_ONE}"  # noqa: S608 - a number of ours
_COUNTED = "UPDATE inbox_counter SET last ="
_AT_ONCE = 250
"""Keys in one statement, of three values at most: SQLite takes 999 in old builds."""
_CAUSE = ("recipient_key", "alert_code", "cause_id")
_COLLAPSE = ("recipient_key", "collapse_key")
T = TypeVar("T")


def last_cursor(session: Session) -> int:
    """The last cursor that was given and committed; 0: none was."""
    return session.execute(select(_COUNTER.c.last)).scalar_one_or_none() or 0


def lock_cursors(session: Session) -> int:
    """The last cursor given. Nobody else gives one until this transaction has ended."""
    locked = f"{_LAST}{'' if _is_sqlite(session) else ' FOR UPDATE'}"
    run = session.connection().exec_driver_sql
    found: int | None = run(locked).scalar_one_or_none()
    if found is None:
        make = sqlite.insert if _is_sqlite(session) else postgresql.insert
        session.execute(make(_COUNTER).values(id=_THE_ONE, last=0).on_conflict_do_nothing())
        found = run(locked).scalar_one()
    return found


def known_causes(session: Session, keys: Sequence[CauseKey]) -> set[CauseKey]:
    """Those of the keys that have an entry already."""
    return {(row[0], row[1], row[2]) for row in _with_keys(session, _CAUSE, _CAUSE, keys)}


def standing_entries(session: Session, keys: Iterable[CollapseKey]) -> list[Standing]:
    """Entries with one of the collapse keys that no other one has taken the place of."""
    rows = _with_keys(session, ("cursor", *_COLLAPSE, "occurred_at"), _COLLAPSE, list(keys), str(STANDING))
    return [Standing(row[0], row[1], row[2], Instant(row[3])) for row in rows]


def supersede(session: Session, cursors: Sequence[int]) -> None:
    """Others have taken their places."""
    for some in _portions(cursors):
        session.execute(update(INBOX).where(INBOX.c.cursor.in_(some)).values(superseded=True))


def add_rows(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Inserts new entries, all with the same columns, whose cursors follow the last one's. Needs the lock."""
    statement = _insertion(tuple(rows[0]), _mark(session))
    connection = session.connection()
    connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])
    connection.exec_driver_sql(f"{_COUNTED} {_mark(session)}", (rows[-1]["cursor"],))


def _with_keys(
    session: Session,
    wanted: tuple[str, ...],
    key: tuple[str, ...],
    keys: Sequence[tuple[str, ...]],
    where: str = "",
) -> Iterator[Any]:
    """Columns of entries that have one of the keys.

    Joined with a list of values, each of which is looked up in the index: of `(a, b) IN (...)` SQLite makes
    a scan of all entries.
    """
    for some in _portions(keys):
        statement = _lookup(wanted, key, len(some), where, _mark(session))
        values = tuple([value for one in some for value in one])
        yield from session.connection().exec_driver_sql(statement, values)


@lru_cache(maxsize=1_024)
def _lookup(wanted: tuple[str, ...], key: tuple[str, ...], count: int, where: str, mark: str) -> str:
    one = f"({', '.join([mark] * len(key))})"
    columns = ", ".join(f"inbox.{name}" for name in wanted)
    same = " AND ".join([f"inbox.{name} = wanted.{name}_" for name in key])
    return (
        f"WITH wanted ({', '.join(f'{name}_' for name in key)}) AS (VALUES {', '.join([one] * count)}) "  # noqa: S608
        f"SELECT {columns} FROM wanted JOIN inbox ON {same}{' AND ' + where if where else ''}"
    )


@lru_cache(maxsize=8)
def _insertion(columns: tuple[str, ...], mark: str) -> str:
    marks = ", ".join([mark] * len(columns))
    return f"INSERT INTO inbox ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of ours


def _mark(session: Session) -> str:
    """What stands for a value in the driver's SQL."""
    return "?" if _is_sqlite(session) else "%s"


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == SQLITE


def _portions(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(values), _AT_ONCE):
        yield values[begin : begin + _AT_ONCE]
