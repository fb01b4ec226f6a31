"""Charging's journal as it lies on the bus: stream, subjects, headers.

Subject `tidemark.charging.v1.JournalRecord.<partition>`, headers
`Tidemark-Partition`, `Tidemark-Sequence` and `Tidemark-Hash` (hex).
"""

from __future__ import annotations

from collections.abc import Mapping

from services.common.runtime.following import FollowedRecord

JOURNAL_STREAM = "CHARGING_JOURNAL"
JOURNAL_SUBJECT = "tidemark.charging.v1.JournalRecord"
PARTITION_HEADER = "Tidemark-Partition"
SEQUENCE_HEADER = "Tidemark-Sequence"
HASH_HEADER = "Tidemark-Hash"


def followed(headers: Mapping[str, str], payload: bytes) -> FollowedRecord:
    """The record that a message carries. Raises KeyError, ValueError where its headers are not a record's."""
    return FollowedRecord(
        int(headers[PARTITION_HEADER]),
        int(headers[SEQUENCE_HEADER]),
        payload,
        bytes.fromhex(headers[HASH_HEADER]),
    )
