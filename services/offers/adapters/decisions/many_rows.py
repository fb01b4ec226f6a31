"""Many rows in one statement, straight to the driver.

A statement for each row gives the interpreter away and takes it back once a row, and waits for the event
loop each time; SQLAlchemy's own way of many rows costs more than deciding. Both were measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from services.common.runtime.database import Statements

_MOST_VALUES = 900
"""SQLite takes 999 in old builds."""


def insert_rows(statements: Statements, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Inserts rows that all have the same columns, in their order. Raises what the driver raises.

    `table` and the columns are names of the service's own, never input.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    for some in _portions(rows, max(1, _MOST_VALUES // len(columns))):
        values = tuple([value for row in some for value in row.values()])
        statements.cursor.execute(_statement(table, columns, len(some), statements.mark), values)


def _portions(rows: Sequence[Mapping[str, object]], size: int) -> Iterator[Sequence[Mapping[str, object]]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


@lru_cache(maxsize=1_024)
def _statement(table: str, columns: tuple[str, ...], rows: int, mark: str) -> str:
    one = f"({', '.join([mark] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * rows)}"  # noqa: S608
