"""Journal records become files: checked against the chain of hashes, rolled by size and age."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from tidemark.charging.v1 import journal_pb2

from services.charging.domain.hash_chain import chained
from services.cli.records.folder import RecordFolder, digest_of, file_name
from services.cli.records.formats import create
from services.cli.records.manifest import ListedFile
from services.cli.records.record_file import RecordFile
from services.cli.records.rows import rows_of
from services.cli.records.tally import Tally
from services.common.runtime.following import FollowedRecord


class BrokenChainError(Exception):
    """A record does not follow the one exported before it: lost, changed, or of another journal."""


class UnreadableRecordError(Exception):
    """A record is in its place and says something that this version cannot write down."""


@dataclass(frozen=True, slots=True)
class Roll:
    """When a file is complete: about so many octets, or so many seconds after its first record."""

    octets: int
    seconds: float


class Export:
    """Takes journal records in their order and writes what they charged. Not listed: not exported."""

    def __init__(self, folder: RecordFolder, roll: Roll, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._roll = roll
        self._clock = clock
        self._file: RecordFile | None = None
        self._tally = Tally()
        self._opened_at = 0.0
        self.sequence = folder.manifest.last_sequence
        self._hash = folder.manifest.last_hash
        self._recorded_at_micros = folder.manifest.last_recorded_at_micros
        self.records = 0
        self.rows = 0

    def take(self, records: Sequence[FollowedRecord]) -> None:
        """Writes the rows of records that follow; an empty sequence only lets time pass.

        Raises BrokenChainError and UnreadableRecordError, with all before it still to be kept.
        """
        for record in records:
            self._write(record)
            if self._file is not None and self._file.octets >= self._roll.octets:
                self.finish()
        if self._file is not None and self._clock() - self._opened_at >= self._roll.seconds:
            self.finish()

    def finish(self) -> None:
        """Completes the file that is being written, and lists it."""
        if self._file is None:
            return
        self._file.close()
        path, manifest = self._folder.open_path(), self._folder.manifest
        first = manifest.last_sequence + 1
        self._folder.keep(
            ListedFile(
                name=file_name(first, self.sequence, manifest.file_format),
                first_sequence=first,
                last_sequence=self.sequence,
                previous_hash=manifest.last_hash,
                last_hash=self._hash,
                last_recorded_at_micros=self._recorded_at_micros,
                rows=self._tally.rows,
                sums=self._tally.sums,
                octets=path.stat().st_size,
                sha256=digest_of(path),
            )
        )
        self._file, self._tally = None, Tally()

    def abandon(self) -> None:
        """Lets go of the file that is being written; its records will be exported again."""
        if self._file is not None:
            self._file.abandon()
            self._file = None

    def _write(self, followed: FollowedRecord) -> None:
        record = self._checked(followed)
        try:
            rows = list(rows_of(record, followed.hash))
        except ValueError as error:
            raise UnreadableRecordError(f"record {followed.sequence} of the journal: {error}") from error
        file = self._open_file()
        if rows:
            file.write(rows)
            self._tally.add(rows)
        self.sequence, self._hash = followed.sequence, followed.hash
        self._recorded_at_micros = record.recorded_at.ToMicroseconds()
        self.records += 1
        self.rows += len(rows)

    def _open_file(self) -> RecordFile:
        if self._file is None:
            self._file = create(self._folder.open_path(), self._folder.manifest.file_format)
            self._opened_at = self._clock()
        return self._file

    def _checked(self, followed: FollowedRecord) -> journal_pb2.JournalRecord:
        """The record, once it is known to follow the one before it, octet for octet."""
        expected = self.sequence + 1
        if followed.sequence != expected:
            raise BrokenChainError(f"record {followed.sequence} came where {expected} follows")
        try:
            record = journal_pb2.JournalRecord.FromString(followed.payload)
        except DecodeError as error:
            raise BrokenChainError(f"record {expected} is no JournalRecord") from error
        row = chained(
            followed.partition, expected, record.epoch, record.batch_id, self._hash, followed.payload
        )
        if row.hash != followed.hash:
            raise BrokenChainError(
                f"record {expected} does not follow record {self.sequence} that was exported; "
                "it was changed, or this is another journal"
            )
        return record
