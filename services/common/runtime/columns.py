"""What columns of a table are: one description for its CSV, its Parquet and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped]

Row: TypeAlias = dict[str, Any]
"""A value for each column name; None says nothing, nor does an empty text."""

AMOUNT_PRECISION = 38
AMOUNT_SCALE = 10
"""Digits after the point that a millionth of any ISO 4217 minor unit needs (4 and 6)."""
SCHEMA_VERSION_KEY = "tidemark.schema_version"

_INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


# Kinds are told apart by identity: a table may have a kind of its own beside the ones below.
@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Type of a column: in CSV, and in Parquet.

    `in_csv`, `in_parquet`: the words of the documentation. `to_text` gives the CSV field of a value that is
    there; `from_text` reads it back. Raises ValueError where it is none.
    """

    in_csv: str
    in_parquet: str
    arrow: pa.DataType
    to_text: Callable[[Any], str]
    from_text: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `of`: the record types that fill it, by their first letters."""

    name: str
    kind: Kind
    of: str
    meaning: str


def _boolean_text(value: bool) -> str:
    return "true" if value else "false"


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def _instant_text(value: datetime) -> str:
    """As strftime would, in a fifth of its time."""
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT_FORMAT).replace(tzinfo=UTC)


def _amount_text(value: Decimal) -> str:
    return f"{value:f}"


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no amount") from error


TEXT = Kind("text", "string", pa.string(), str, str)
INTEGER = Kind("decimal digits", "int64", pa.int64(), str, int)
BOOLEAN = Kind("true, false", "bool", pa.bool_(), _boolean_text, _boolean)
INSTANT = Kind(
    "2026-11-30T23:00:00.000000Z",
    "timestamp[us, UTC]",
    pa.timestamp("us", tz="UTC"),
    _instant_text,
    _instant,
)
"""Aware datetimes in UTC; microseconds."""
AMOUNT = Kind(
    "12.50, exact, major units",
    f"decimal128({AMOUNT_PRECISION}, {AMOUNT_SCALE})",
    pa.decimal128(AMOUNT_PRECISION, AMOUNT_SCALE),
    _amount_text,
    _amount,
)


def arrow_schema(
    columns: Iterable[Column], version: int, metadata: Mapping[str, str] | None = None
) -> pa.Schema:
    """The schema of a Parquet file with these columns; `version` of the table stands before `metadata`."""
    return pa.schema(
        [(column.name, column.kind.arrow) for column in columns],
        metadata={SCHEMA_VERSION_KEY: str(version), **(metadata or {})},
    )


def _in_parquet(column: Column) -> str:
    return column.kind.in_parquet


def columns_as_markdown(
    columns: Iterable[Column],
    record_types: Mapping[str, str],
    in_parquet: Callable[[Column], str] = _in_parquet,
) -> str:
    """The table of columns as documentation has it.

    `record_types`: what each letter of `Column.of` stands for, in the order that `of` has them.
    Raises KeyError for another letter.
    """
    everything = "".join(record_types)
    lines = ["| column | in CSV | in Parquet | filled for | meaning |", "|---|---|---|---|---|"]
    for column in columns:
        of = "all" if column.of == everything else ", ".join(record_types[letter] for letter in column.of)
        cells = (f"`{column.name}`", column.kind.in_csv, in_parquet(column), of, column.meaning)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
