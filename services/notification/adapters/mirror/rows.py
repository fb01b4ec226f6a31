"""Many rows in one statement, straight to the driver.

SQLAlchemy's own way of many rows costs more than folding them, and a statement for each row gives the
interpreter away and takes it back once a row. Marks in statements are `?`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlmodel import Session

from services.common.runtime.database_engine import SQLITE

_MARKS = {"qmark": "?", "pyformat": "%s"}
_MOST_VALUES = 900
"""SQLite takes 999 in old builds."""
# 64 MiB of pages; writing back so many changed ones takes some ten milliseconds.
_ROOM = ("PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 2000")


@dataclass(frozen=True, slots=True)
class Into:
    """Where rows go. `conflict`: what becomes of a row that is there already; empty: that is an error."""

    table: str
    columns: tuple[str, ...]
    conflict: str = ""


def replacing(table: str, key: Sequence[str], columns: Sequence[str], kept: Sequence[str] = ()) -> Into:
    """Rows that take the place of those with the same key, except for some columns that are kept."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in kept)
    conflict = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
    return Into(table, (*key, *columns), conflict)


class Rows:
    """Statements of one transaction."""

    def __init__(self, session: Session) -> None:
        connection = session.connection()
        self._is_sqlite = connection.dialect.name == SQLITE
        self._mark = _MARKS[connection.dialect.paramstyle]
        driver = connection.connection.dbapi_connection
        assert driver is not None
        self._driver = driver

    def make_room(self) -> None:
        """Lets SQLite keep more pages in memory, and write them back less often."""
        if self._is_sqlite:
            for pragma in _ROOM:
                self.all(pragma)

    def put(self, into: Into, rows: Sequence[Sequence[Any]]) -> None:
        """Inserts rows, no two with the same key."""
        left = iter(rows)
        while some := list(islice(left, _MOST_VALUES // len(into.columns))):
            with closing(self._driver.cursor()) as cursor:
                statement = _insert(into, len(some), self._mark)
                cursor.execute(statement, [value for row in some for value in row])

    def all(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows that a statement finds."""
        with closing(self._driver.cursor()) as cursor:
            cursor.execute(statement.replace("?", self._mark), values)
            return list(cursor.fetchall())

    def do(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Runs a statement; returns how many rows it met."""
        with closing(self._driver.cursor()) as cursor:
            cursor.execute(statement.replace("?", self._mark), values)
            return int(cursor.rowcount)

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs a statement for each row: for what is rare."""
        for row in rows:
            self.do(statement, row)

    def among(self, statement: str, values: Iterable[Any]) -> Iterator[Any]:
        """The rows of a statement that ends in `IN`, of some values."""
        left = iter(values)
        while some := list(islice(left, _MOST_VALUES)):
            marks = ", ".join("?" * len(some))
            yield from self.all(f"{statement} ({marks})", some)


@lru_cache(maxsize=2_048)
def _insert(into: Into, rows: int, mark: str) -> str:
    one = f"({', '.join([mark] * len(into.columns))})"
    columns = ", ".join(into.columns)
    return f"INSERT INTO {into.table} ({columns}) VALUES {', '.join([one] * rows)}{into.conflict}"  # noqa: S608
