"""What a run came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.figures import Figure


@dataclass(slots=True)
class Outcome:
    """What a run came to. `faults` say in words what the audit found; empty where all adds up."""

    figures: list[Figure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
