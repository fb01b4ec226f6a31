"""The usage table: one row per measured flow, times relative to the start of its capture."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (
    "capture",
    "start_ms",
    "end_ms",
    "application",
    "category",
    "uplink_octets",
    "downlink_octets",
    "packets",
)
LAST_MS = 10 * 366 * 86_400_000
"""Latest relative time a row may carry: ten years."""
LAST_OCTETS = 2**53
"""Most octets one row may carry in one direction."""


class UsageTableError(ValueError):
    """The table cannot be played. The message names file, line and column."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One measured flow of one capture. `line` is its line in the file, from 1."""

    line: int
    capture: str
    start_ms: int
    end_ms: int
    application: str
    category: str
    uplink_octets: int
    downlink_octets: int

    @property
    def octets(self) -> int:
        """Both directions together."""
        return self.uplink_octets + self.downlink_octets


def read_flows(path: Path) -> tuple[Flow, ...]:
    """Reads a whole table. Raises UsageTableError for a file that is not one."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return parse_flows(path.name, lines)
    except OSError as error:
        raise UsageTableError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageTableError(f"{path}: not UTF-8 text") from error


def parse_flows(name: str, lines: Iterable[str]) -> tuple[Flow, ...]:
    """Reads the lines of a table, in their order. Raises UsageTableError; `name` is used in its message."""
    reader = csv.DictReader(lines, strict=True)
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise UsageTableError(f"{name}: line 1 has no column {', '.join(missing)}")
        flows = tuple(_flow(name, reader.line_num, row) for row in reader)
    except csv.Error as error:
        raise UsageTableError(f"{name}: after line {reader.line_num}: {error}") from error
    if not flows:
        raise UsageTableError(f"{name}: no rows")
    return flows


def captures_of(flows: Sequence[Flow]) -> tuple[str, ...]:
    """The captures of a table, in the order in which they first appear."""
    return tuple(dict.fromkeys(flow.capture for flow in flows))


def _flow(name: str, line: int, row: dict[str, str | None]) -> Flow:
    start_ms = _whole(name, line, row, "start_ms", LAST_MS)
    end_ms = _whole(name, line, row, "end_ms", LAST_MS)
    if end_ms < start_ms:
        raise UsageTableError(f"{name}: line {line}: end_ms {end_ms} lies before start_ms {start_ms}")
    return Flow(
        line=line,
        capture=_text(name, line, row, "capture"),
        start_ms=start_ms,
        end_ms=end_ms,
        application=_text(name, line, row, "application"),
        category=_text(name, line, row, "category"),
        uplink_octets=_whole(name, line, row, "uplink_octets", LAST_OCTETS),
        downlink_octets=_whole(name, line, row, "downlink_octets", LAST_OCTETS),
    )


def _text(name: str, line: int, row: dict[str, str | None], column: str) -> str:
    text = row[column]
    if not text:
        raise UsageTableError(f"{name}: line {line}: {column} is empty")
    return text


def _whole(name: str, line: int, row: dict[str, str | None], column: str, largest: int) -> int:
    text = row[column] or ""
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > largest:
        raise UsageTableError(
            f"{name}: line {line}: {column} is {text!r}, not a whole number from 0 to {largest}"
        )
    return int(text)
