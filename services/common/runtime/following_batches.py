"""How a follower applies records: one by one, or many in one call where many wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from services.common.runtime.following import FollowedRecord

Apply = Callable[[Session, FollowedRecord], None]
ApplyBatch = Callable[[Session, Sequence[FollowedRecord]], None]

_OCTETS = 4 * 1024 * 1024
_ONE_BY_ONE = 100


@dataclass(frozen=True, slots=True)
class InBatches:
    """Applies records of one partition together, in order: one at least, many where many wait.

    A batch is full with so many `records`, or once their payloads come to `octets`, which bounds memory.
    """

    apply: ApplyBatch
    records: int = 1_000
    octets: int = _OCTETS


def in_batches(apply: Apply | InBatches) -> InBatches:
    """What applies single records, as batches: one call each, some to a transaction."""
    if isinstance(apply, InBatches):
        return apply

    def apply_each(session: Session, records: Sequence[FollowedRecord]) -> None:
        for record in records:
            apply(session, record)

    return InBatches(apply_each, _ONE_BY_ONE)


def run_after(
    position: int, records: Sequence[FollowedRecord], batches: InBatches
) -> Sequence[FollowedRecord]:
    """Those of the records that a follower at `position` applies next in one batch; empty if there is none.

    `records` are of one partition, in any order, any of them twice: the same
    sequence is the same record.
    """
    beyond = {record.sequence: record for record in records if record.sequence > position}
    run: list[FollowedRecord] = []
    octets = 0
    while (record := beyond.get(position + len(run) + 1)) is not None:
        run.append(record)
        octets += len(record.payload)
        if len(run) >= batches.records or octets >= batches.octets:
            break
    return run
