"""Journal records as lines for people and documents for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tidemark.charging.v1 import journal_api_pb2 as api
from tidemark.charging.v1 import journal_pb2

from services.cli.output import as_document
from services.cli.rendering import show_time

RECORD_COLUMNS = (">sequence", "recorded at", "operations", "events", "hash")


def record_row(answer: api.ReadJournalResponse) -> tuple[str, str, str, str, str]:
    """A record in one row: what was asked, what happened, and the head of its hash."""
    record = journal_pb2.JournalRecord.FromString(answer.payload)
    operations = Counter(_operation(entry) for entry in record.entries)
    events: Counter[str] = Counter(
        event.WhichOneof("event") or "unknown" for entry in record.entries for event in entry.events
    )
    return (
        str(answer.sequence),
        show_time(record.recorded_at),
        _counted(operations),
        _counted(events),
        answer.hash.hex()[:12],
    )


def record_document(answer: api.ReadJournalResponse) -> dict[str, Any]:
    """A record with its payload decoded and its hashes in hexadecimal."""
    record = journal_pb2.JournalRecord.FromString(answer.payload)
    return {
        "partition": answer.partition,
        "sequence": str(answer.sequence),
        "epoch": str(answer.epoch),
        "previous_hash": answer.previous_hash.hex(),
        "hash": answer.hash.hex(),
        "record": as_document(record),
    }


def _operation(entry: journal_pb2.JournalEntry) -> str:
    return journal_pb2.Operation.Name(entry.operation).removeprefix("OPERATION_").lower()


def _counted(counter: Counter[str]) -> str:
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in counter.items())
