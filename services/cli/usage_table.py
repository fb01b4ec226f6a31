"""Usage files for `tidemark catalog simulate`: a plain list of usage, or a table of measured flows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2 as api
from tidemark.catalog.v1 import catalog_pb2

from services.cli.instants import moment
from services.cli.replay.flows import COLUMNS as FLOW_COLUMNS
from services.cli.replay.flows import Flow, UsageTableError, parse_flows
from services.cli.replay.rating_groups import (
    MESSAGE_CATEGORY,
    VOICE_CATEGORY,
    RatingGroups,
    rating_groups_of,
)
from services.common.kernel.quantity import MAX_UNITS

COLUMNS = ("key", "rating_group", "units", "used_at")
TEXT_COLUMNS = ("serving_plmn", "called", "cell", "tracking_area", "sd", "device_class")
NUMBER_COLUMNS = {"sst": 255, "five_qi": 255, "load_percent": 100}
COUNT_COLUMN = "at_a_time"
"""`1`: units is how many there are at a time."""
OPTIONAL_COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS, COUNT_COLUMN)


def read_usage(path: Path, catalog: catalog_pb2.Catalog, start_at: Timestamp) -> list[api.UsageLine]:
    """Reads a usage file of either form, told apart by its header.

    A table of flows has relative times, which begin at `start_at`, and categories, which become
    rating groups by the codes of `catalog`. Raises UsageTableError with file, line and column.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageTableError(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from error
    lines = text.splitlines(keepends=True)
    header = next(csv.reader(lines[:1]), [])
    if set(FLOW_COLUMNS) <= set(header):
        flows = parse_flows(path.name, lines)
        return list(_from_flows(flows, rating_groups_of(catalog, flows), start_at))
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise UsageTableError(
            f"{path.name}: line 1 has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)} "
            f"(and may have {', '.join(OPTIONAL_COLUMNS)}), or the columns of a table of flows"
        )
    reader = csv.DictReader(lines)
    return [_usage_line(path.name, reader.line_num, row) for row in reader]


def _from_flows(flows: Iterable[Flow], groups: RatingGroups, start_at: Timestamp) -> Iterator[api.UsageLine]:
    """Each flow is data; a VoIP flow is a call of its length too, a chat flow a message."""
    for flow in flows:
        used_at = Timestamp()
        used_at.FromDatetime(start_at.ToDatetime() + timedelta(milliseconds=flow.start_ms))
        call_seconds = -(-(flow.end_ms - flow.start_ms) // 1_000)
        yield api.UsageLine(
            key=flow.capture,
            rating_group=groups.by_category[flow.category],
            units=flow.octets,
            used_at=used_at,
        )
        key = f"{flow.capture}/{flow.line}"
        if flow.category == VOICE_CATEGORY:
            yield api.UsageLine(key=key, rating_group=groups.voice_call, units=call_seconds, used_at=used_at)
        if flow.category == MESSAGE_CATEGORY:
            yield api.UsageLine(key=key, rating_group=groups.message, units=1, used_at=used_at)


def _usage_line(name: str, line: int, row: Mapping[str, str | None]) -> api.UsageLine:
    try:
        used_at = moment(row["used_at"] or "")
    except ValueError as error:
        raise UsageTableError(f"{name}: line {line}: used_at: {error}") from error
    if not row["key"]:
        raise UsageTableError(f"{name}: line {line}: key is empty")
    said = {column: row.get(column) or "" for column in OPTIONAL_COLUMNS}
    read = api.UsageLine(
        key=row["key"],
        rating_group=_whole(name, line, row, "rating_group", 2**32 - 1),
        units=_whole(name, line, row, "units", MAX_UNITS),
        used_at=used_at,
        at_a_time=bool(said[COUNT_COLUMN]) and _whole(name, line, row, COUNT_COLUMN, 1) == 1,
    )
    for column in TEXT_COLUMNS:
        setattr(read, column, said[column])
    for column, largest in NUMBER_COLUMNS.items():
        if said[column]:
            setattr(read, column, _whole(name, line, row, column, largest))
    return read


def _whole(name: str, line: int, row: Mapping[str, str | None], column: str, largest: int) -> int:
    text = row[column] or ""
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > largest:
        raise UsageTableError(
            f"{name}: line {line}: {column} is {text!r}, not a whole number from 0 to {largest}"
        )
    return int(text)
