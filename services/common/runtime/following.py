"""Following a journal, the pure part: which record may be applied now.

A follower's position is the last sequence whose effect is stored. Whatever
arrives (twice, late, early, never), records are applied once each and in
order, because only position + 1 is ever applied, and what lies between is
fetched from the journal first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """What to do with a record that arrives."""

    APPLY = "it is the next one"
    SKIP = "its effect is stored already"
    FETCH_GAP = "records before it are missing; get them from the journal first"


@dataclass(frozen=True, slots=True)
class FollowedRecord:
    """One journal record: `payload` as on the bus, `hash` as in the journal. Sequences begin at 1."""

    partition: int
    sequence: int
    payload: bytes
    hash: bytes = b""


def decide(position: int, sequence: int) -> Step:
    """What a follower at `position` (0: nothing yet) does with record `sequence`."""
    if sequence <= position:
        return Step.SKIP
    if sequence == position + 1:
        return Step.APPLY
    return Step.FETCH_GAP
