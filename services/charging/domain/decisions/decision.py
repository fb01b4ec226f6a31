"""What a decision is made from, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.answers import Answer
from services.charging.domain.events import Event, Operation
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Moment:
    """When (server clock), and the id that new things are named after.

    `entry_id` is `partition-sequence-index`: the place in the journal where
    this decision will stand, so a charge id leads straight to its record.
    """

    now: Instant
    entry_id: str


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer, and the events that make it true. No events: nothing changes."""

    operation: Operation
    answer: Answer
    events: tuple[Event, ...]
