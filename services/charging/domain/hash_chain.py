"""The chain of hashes that makes a lost, changed or reused journal record visible.

    hash(n) = SHA-256( hash(n-1) | partition | sequence | epoch | batch_id | payload )

Numbers are 8 octets big-endian and variable parts carry their length before
them, so no two different rows hash the same octets. The first record follows
32 zero octets.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

GENESIS_HASH = bytes(32)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One record as it lies in the journal. `payload` is a serialized JournalRecord."""

    partition: int
    sequence: int
    epoch: int
    batch_id: bytes
    previous_hash: bytes
    hash: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first record that does not fit its chain, and why, in words."""

    partition: int
    sequence: int
    detail: str

    def __str__(self) -> str:
        return f"journal of partition {self.partition}, record {self.sequence}: {self.detail}"


def chained(
    partition: int, sequence: int, epoch: int, batch_id: bytes, previous_hash: bytes, payload: bytes
) -> JournalRow:
    """The row for a payload that follows `previous_hash`."""
    digest = _digest(partition, sequence, epoch, batch_id, previous_hash, payload)
    return JournalRow(partition, sequence, epoch, batch_id, previous_hash, digest, payload)


def fault_of(row: JournalRow, expected_sequence: int, previous_hash: bytes) -> ChainFault | None:
    """What is wrong with a row that should follow `previous_hash`; None where nothing is."""
    if row.sequence != expected_sequence:
        return ChainFault(
            row.partition,
            expected_sequence,
            f"record {expected_sequence} is missing: the next one found is {row.sequence}",
        )
    if row.previous_hash != previous_hash:
        return ChainFault(row.partition, row.sequence, "it does not follow the record before it")
    digest = _digest(row.partition, row.sequence, row.epoch, row.batch_id, row.previous_hash, row.payload)
    if digest != row.hash:
        return ChainFault(row.partition, row.sequence, "its content does not match its hash")
    return None


def _digest(
    partition: int, sequence: int, epoch: int, batch_id: bytes, previous_hash: bytes, payload: bytes
) -> bytes:
    head = struct.pack(">QQQQ", partition, sequence, epoch, len(batch_id))
    return hashlib.sha256(
        previous_hash + head + batch_id + struct.pack(">Q", len(payload)) + payload
    ).digest()
