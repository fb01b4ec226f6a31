"""Where a follower stands: what it keeps in mind of each partition, and what it tells of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """Where one partition stands; `fault` is empty while it moves freely."""

    partition: int
    sequence: int
    fault: str


class PartitionState:
    """What a follower keeps in mind about a partition. Position not `certain`: ask the database.

    `heard_at` is when the bus last brought something, on the event loop's clock.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.position = 0
        self.certain = False
        self.heard_at: float | None = None
        self.fault = ""
        self.free = asyncio.Event()
        """Set while there is no fault."""
