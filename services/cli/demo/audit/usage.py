"""The usage table read a second time: what each capture used, called and wrote."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CallUsed:
    """The n-th call of a capture, from 1, in whole seconds."""

    ordinal: int
    start_ms: int
    end_ms: int
    seconds: int


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The n-th message of a capture, from 1."""

    ordinal: int
    at_ms: int


@dataclass(slots=True)
class CaptureUsage:
    """Everything one capture used. Octets by category, both directions."""

    start_ms: int
    end_ms: int
    octets: Counter[str] = field(default_factory=Counter)
    calls: list[CallUsed] = field(default_factory=list)
    messages: list[MessageSent] = field(default_factory=list)


def read_usage(path: Path) -> dict[str, CaptureUsage]:
    """Adds the table up by capture. Calls and messages are numbered in order of their start, then line."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    by_capture: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_capture[row["capture"]].append(row)
    return {capture: _capture(rows) for capture, rows in by_capture.items()}


def _capture(rows: list[dict[str, str]]) -> CaptureUsage:
    usage = CaptureUsage(
        start_ms=min(int(row["start_ms"]) for row in rows), end_ms=max(int(row["end_ms"]) for row in rows)
    )
    # A stable sort: rows that start together stay in the order of the file.
    for row in sorted(rows, key=lambda row: int(row["start_ms"])):
        start_ms, end_ms = int(row["start_ms"]), int(row["end_ms"])
        usage.octets[row["category"]] += int(row["uplink_octets"]) + int(row["downlink_octets"])
        if row["category"] == "VoIP":
            seconds, begun = divmod(end_ms - start_ms, 1000)
            usage.calls.append(CallUsed(len(usage.calls) + 1, start_ms, end_ms, seconds + bool(begun)))
        if row["category"] == "Chat":
            usage.messages.append(MessageSent(len(usage.messages) + 1, start_ms))
    return usage
