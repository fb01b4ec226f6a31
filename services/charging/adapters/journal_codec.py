"""Fulfils the `Codec` port with protobuf: the journal's payload is the bus's message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from google.protobuf.message import DecodeError
from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages import journal_in, journal_out
from services.charging.adapters.messages.common import instant_of, timestamp
from services.charging.application.ports import Encoded, RecordHead
from services.charging.domain.events import Entry


class ProtobufCodec:
    """tidemark.charging.v1.JournalRecord, in deterministic serialization."""

    def encode_entry(self, entry: Entry) -> Encoded:
        """A JournalEntry. Raises ValueError where a number does not fit its field."""
        message = journal_out.entry(entry)
        return Encoded(message, message.ByteSize())

    def encode_record(self, head: RecordHead, entries: Sequence[Encoded]) -> bytes:
        """A serialized JournalRecord from encoded entries."""
        record = _record(head)
        record.entries.extend(cast(journal_pb2.JournalEntry, entry.message) for entry in entries)
        return record.SerializeToString(deterministic=True)

    def decode_record(self, payload: bytes) -> tuple[RecordHead, tuple[Entry, ...]]:
        """Back again. Raises ValueError for what is no JournalRecord."""
        record = journal_pb2.JournalRecord()
        try:
            record.ParseFromString(payload)
        except DecodeError as error:
            raise ValueError("not a JournalRecord") from error
        head = RecordHead(
            record.partition, record.sequence, record.epoch, record.batch_id, instant_of(record.recorded_at)
        )
        return head, tuple(journal_in.entry(entry) for entry in record.entries)

    def encode_snapshot(self, head: RecordHead, entries: Iterable[Entry]) -> bytes:
        """A state written as the entries of one record."""
        return self.encode_record(head, [self.encode_entry(entry) for entry in entries])


def _record(head: RecordHead) -> journal_pb2.JournalRecord:
    return journal_pb2.JournalRecord(
        partition=head.partition,
        sequence=head.sequence,
        epoch=head.epoch,
        batch_id=head.batch_id,
        recorded_at=timestamp(head.recorded_at),
    )
