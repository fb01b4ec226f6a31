"""Rows as Parquet: typed columns, no floats, row groups of some thousand rows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from services.cli.records.columns import COLUMNS, SCHEMA_VERSION
from services.common.runtime.columns import Row, arrow_schema

_ROWS_IN_A_GROUP = 20_000
_GUESSED_ROW_OCTETS = 100
"""Of a row that is not written yet; compressed, most columns cost nothing."""

SCHEMA = arrow_schema(COLUMNS, SCHEMA_VERSION)


class ParquetFile:
    """A Parquet file that is being written. Rows wait in memory until a row group is full."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(self._file, SCHEMA, compression="zstd")
        self._waiting: list[Row] = []

    @property
    def octets(self) -> int:
        """On disk, and a guess for what waits."""
        return self._file.tell() + len(self._waiting) * _GUESSED_ROW_OCTETS

    def write(self, rows: Sequence[Row]) -> None:
        """Appends rows."""
        self._waiting += rows
        if len(self._waiting) >= _ROWS_IN_A_GROUP:
            self._write_group()

    def close(self) -> None:
        """Ends the file; returns when it is on disk."""
        with self._file:
            if self._waiting:
                self._write_group()
            self._writer.close()
            self._file.flush()
            os.fsync(self._file.fileno())

    def abandon(self) -> None:
        """Leaves it as it is. A writer that is not closed would try again when it is forgotten."""
        with contextlib.suppress(OSError, ValueError, pa.ArrowException):
            self._writer.close()
        with contextlib.suppress(OSError):
            self._file.close()

    def _write_group(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=SCHEMA))
        self._waiting = []


def read_parquet(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises ValueError where it is no such file."""
    try:
        with pq.ParquetFile(path) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise ValueError("its columns are not those of charged-usage records")
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise ValueError(f"not Parquet: {error}") from error
