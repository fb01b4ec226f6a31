"""Fulfils the `Codec` port with protobuf: the journal's payload is the bus's message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from google.protobuf.message import DecodeError
from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages import journal_in, journal_out
from services.charging.adapters.messages.common import instant_of, timestamp
from services.charging.application.ports import RecordHead
from services.charging.domain.events import Entry


class ProtobufCodec:
    """tidemark.charging.v1.JournalRecord, in deterministic serialization."""

    def encode_entry(self, entry: Entry) -> object:
        """A JournalEntry. Raises ValueError where a number does not fit its field."""
        return journal_out.entry(entry)

    def encode_record(self, head: RecordHead, entries: Sequence[object]) -> bytes:
        """A serialized JournalRecord from encoded entries."""
        record = _record(head)
        record.entries.extend(entries)  # type: ignore[arg-type]
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
        return self.encode_record(head, [journal_out.entry(entry) for entry in entries])


def _record(head: RecordHead) -> journal_pb2.JournalRecord:
    return journal_pb2.JournalRecord(
        partition=head.partition,
        sequence=head.sequence,
        epoch=head.epoch,
        batch_id=head.batch_id,
        recorded_at=timestamp(head.recorded_at),
    )
