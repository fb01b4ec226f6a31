"""The formats there are."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from services.cli.records.csv_file import CsvFile, read_csv
from services.cli.records.parquet_file import ParquetFile, read_parquet
from services.cli.records.record_file import RecordFile
from services.common.runtime.columns import Row


class FileFormat(Enum):
    """How records lie in a file. The value is the ending of its name, too."""

    CSV = "csv"
    PARQUET = "parquet"


def create(path: Path, file_format: FileFormat) -> RecordFile:
    """Begins a file; one that is there is replaced."""
    return CsvFile(path) if file_format is FileFormat.CSV else ParquetFile(path)


def read(path: Path, file_format: FileFormat) -> Iterator[Row]:
    """The rows of a file, in their order. Raises ValueError where it is no such file."""
    return read_csv(path) if file_format is FileFormat.CSV else read_parquet(path)
