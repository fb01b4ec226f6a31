"""Checks exported files: against their manifest, for gaps, and against the journal they come from."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError
from tidemark.charging.v1 import journal_pb2

from services.cli.records.folder import digest_of, unlisted_files
from services.cli.records.formats import read
from services.cli.records.manifest import ListedFile, Manifest
from services.cli.records.rows import rows_of
from services.cli.records.tally import Tally
from services.common.runtime.following import FollowedRecord


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be: where, and what."""

    where: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.detail}"


def faults_in(folder: Path, manifest: Manifest) -> Iterator[Fault]:
    """What is wrong with the files of a partition; nothing where all is right."""
    for gap in manifest.gaps():
        yield Fault(str(folder), gap)
    for file in manifest.files:
        detail = _fault_of_file(folder / file.name, file, manifest)
        if detail:
            yield Fault(str(folder / file.name), detail)
    for path in unlisted_files(folder, {file.name for file in manifest.files}, manifest.file_format):
        yield Fault(str(path), "is not in the manifest; the next export removes it")


def _fault_of_file(path: Path, file: ListedFile, manifest: Manifest) -> str:
    if not path.exists():
        return "is missing"
    if path.stat().st_size != file.octets or digest_of(path) != file.sha256:
        return "was changed: size or SHA-256 are not those of the manifest"
    tally, place = Tally(), (file.first_sequence, -1, -1)
    try:
        for row in read(path, manifest.file_format):
            following = (row["sequence"], row["entry_index"], row["event_index"])
            if following <= place or row["sequence"] > file.last_sequence:
                return f"holds a row of record {row['sequence']} twice, out of order or out of its range"
            place = following
            tally.add([row])
    except (ValueError, OSError) as error:
        return f"cannot be read: {error}"
    return _difference(tally, file)


def _difference(tally: Tally, file: ListedFile) -> str:
    if tally.rows != file.rows:
        return f"has {tally.rows} rows where {file.rows} are expected"
    if tally.sums != dict(file.sums):
        return "sums are not those expected"
    return ""


async def faults_against_journal(
    folder: Path, manifest: Manifest, records: AsyncIterator[FollowedRecord]
) -> AsyncIterator[Fault]:
    """Compares each listed file with the journal's records, which begin after `manifest.after_sequence`."""
    for file in manifest.files:
        detail = await _difference_from_journal(file, records)
        if detail:
            yield Fault(str(folder / file.name), detail)


async def _difference_from_journal(file: ListedFile, records: AsyncIterator[FollowedRecord]) -> str:
    tally = Tally()
    for sequence in range(file.first_sequence, file.last_sequence + 1):
        record = None
        with contextlib.suppress(StopAsyncIteration):
            record = await anext(records)
        if record is None or record.sequence != sequence:
            return f"the journal has no record {sequence}"
        try:
            tally.add(rows_of(journal_pb2.JournalRecord.FromString(record.payload), record.hash))
        except (DecodeError, ValueError) as error:
            return f"record {sequence} of the journal cannot be read: {error}"
        if sequence == file.last_sequence and record.hash != file.last_hash:
            return f"record {sequence} of the journal has another hash"
    difference = _difference(tally, file)
    return f"against the journal: {difference}" if difference else ""
