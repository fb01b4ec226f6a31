"""Instants as people write them: ISO 8601 with a zone."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from services.common.kernel.clock import Instant


def moment(text: str) -> Timestamp:
    """Reads an ISO 8601 instant with a zone. Raises ValueError."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an ISO 8601 instant such as 2026-03-02T08:00:00Z") from error
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; end it with Z for UTC")
    stamp = Timestamp()
    stamp.FromDatetime(instant.astimezone(UTC).replace(tzinfo=None))
    return stamp


def present() -> Instant:
    """The machine's clock."""
    return Instant(time.time_ns() // 1_000)


def moment_or_now(text: str) -> Timestamp:
    """An ISO 8601 instant; the present one for an empty text. Raises ValueError."""
    if text:
        return moment(text)
    stamp = Timestamp()
    stamp.GetCurrentTime()
    return stamp
