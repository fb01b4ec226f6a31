"""Rows as CSV (RFC 4180): UTF-8, a header, CRLF; an empty field for none."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.cli.records.columns import COLUMNS, NAMES
from services.common.runtime.columns import Row

_WRITERS = tuple((column.name, column.kind.to_text) for column in COLUMNS)
_READERS = tuple(column.kind.from_text for column in COLUMNS)


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
