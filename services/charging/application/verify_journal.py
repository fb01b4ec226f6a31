"""Use case: walk the hash chain of a partition and name the first record that does not fit."""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.application.ports import Journal
from services.charging.domain.hash_chain import GENESIS_HASH, ChainFault, JournalRow, fault_of

PAGE_ROWS = 256


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk found. `records` fit their chain; `fault` is the one after them, None where all do."""

    records: int
    sequence: int
    hash: bytes
    fault: ChainFault | None

    @property
    def intact(self) -> bool:
        """True where every record fits."""
        return self.fault is None


async def verify_journal(
    journal: Journal,
    partition: int,
    after_sequence: int = 0,
    after_hash: bytes = GENESIS_HASH,
    acknowledged: tuple[int, bytes] | None = None,
    page_rows: int = PAGE_ROWS,
) -> Verification:
    """Walks from a known record (by default from before the first) to the head, page by page.

    `sequence` and `hash` of the answer are those of the last sound record.
    `acknowledged`: sequence and hash of a record the writer knows to be
    committed. Without it, records cut off at the end, or a chain rewritten
    with hashes that fit, cannot be seen.
    """
    sequence, previous_hash, records = after_sequence, after_hash, 0
    while page := await journal.read(partition, sequence, page_rows):
        for row in page:
            fault = _fault(row, partition, sequence + 1, previous_hash) or _replaced(row, acknowledged)
            if fault is not None:
                return Verification(records, sequence, previous_hash, fault)
            sequence, previous_hash, records = row.sequence, row.hash, records + 1
    return Verification(records, sequence, previous_hash, _cut_off(partition, sequence, acknowledged))


def _fault(
    row: JournalRow, partition: int, expected_sequence: int, previous_hash: bytes
) -> ChainFault | None:
    if row.partition != partition:
        return ChainFault(
            partition, expected_sequence, f"a record of partition {row.partition} is in its place"
        )
    return fault_of(row, expected_sequence, previous_hash)


def _replaced(row: JournalRow, acknowledged: tuple[int, bytes] | None) -> ChainFault | None:
    if acknowledged is None or row.sequence != acknowledged[0] or row.hash == acknowledged[1]:
        return None
    return ChainFault(row.partition, row.sequence, "it is not the record that was acknowledged")


def _cut_off(partition: int, sequence: int, acknowledged: tuple[int, bytes] | None) -> ChainFault | None:
    if acknowledged is None or sequence >= acknowledged[0]:
        return None
    detail = f"it is missing: the journal ends before it, and record {acknowledged[0]} was acknowledged"
    return ChainFault(partition, sequence + 1, detail)
