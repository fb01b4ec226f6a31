"""Rows as CSV (RFC 4180): UTF-8, a header, CRLF; an empty field for none."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.cli.records.columns import COLUMNS, NAMES, Kind, Row

_INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def _debits_text(value: list[dict[str, Any]]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _instant_text(value: datetime) -> str:
    """As strftime would, in a fifth of its time."""
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT_FORMAT).replace(tzinfo=UTC)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


_TO_TEXT: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.INTEGER: str,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.INSTANT: _instant_text,
    Kind.AMOUNT: lambda value: f"{value:f}",
    Kind.DEBITS: _debits_text,
}
_FROM_TEXT: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.BOOLEAN: _boolean,
    Kind.INSTANT: _instant,
    Kind.AMOUNT: Decimal,
    Kind.DEBITS: json.loads,
}
_WRITERS = tuple((column.name, _TO_TEXT[column.kind]) for column in COLUMNS)
_READERS = tuple(_FROM_TEXT[column.kind] for column in COLUMNS)


class CsvFile:
    """A CSV file that is being written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._lines = io.StringIO(newline="")
        self._writer = csv.writer(self._lines, lineterminator="\r\n")
        self._writer.writerow(NAMES)
        self.octets = 0
        self._pass_on()

    def write(self, rows: Sequence[Row]) -> None:
        """Appends rows."""
        self._writer.writerows(
            ["" if row[name] is None else text(row[name]) for name, text in _WRITERS] for row in rows
        )
        self._pass_on()

    def close(self) -> None:
        """Ends the file; returns when it is on disk."""
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())

    def abandon(self) -> None:
        """Leaves it as it is; what waits for a disk that is full is lost with it."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _pass_on(self) -> None:
        self.octets += self._file.write(self._lines.getvalue().encode())
        self._lines.seek(0)
        self._lines.truncate()


def read_csv(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises ValueError where it is no such file."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, strict=True)
        try:
            if tuple(next(lines, ())) != NAMES:
                raise ValueError("its columns are not those of charged-usage records")
            for fields in lines:
                yield {
                    name: None if field == "" else value(field)
                    for name, value, field in zip(NAMES, _READERS, fields, strict=True)
                }
        except csv.Error as error:
            raise ValueError(f"not CSV: {error}") from error
