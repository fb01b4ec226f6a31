"""One export of one partition, from where the last one ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError
from tidemark.charging.v1 import journal_pb2

from services.charging.domain.hash_chain import GENESIS_HASH
from services.cli.records.export import Export, Roll
from services.cli.records.folder import RecordFolder, exclusively, existing_manifest, partition_folder
from services.cli.records.formats import FileFormat
from services.cli.records.journal_feed import JournalFeed
from services.cli.records.journal_stream import JournalStream
from services.cli.records.manifest import Manifest
from services.cli.records.pace import Pace, Pacer
from services.common.runtime.bus import Bus
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import JournalSource

LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ExportJob:
    """What to export where. `after_sequence` None: from where the folder ends. `maximum_records` 0: all."""

    out: Path
    partition: int
    file_format: FileFormat
    after_sequence: int | None
    follow: bool
    maximum_records: int
    roll: Roll
    pace: Pace = Pace.GENTLE


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to."""

    records: int
    rows: int
    last_sequence: int
    files: int


class StartUnknownError(Exception):
    """There is no record after which the export could begin."""


async def export_partition(
    job: ExportJob,
    source: JournalSource,
    bus: Bus | None,
    stop: asyncio.Event,
    on_fault: Callable[[str], None],
) -> Exported:
    """Exports up to the head, or until `stop` is set; what was read is kept, also where it fails.

    Raises FolderInUseError, ManifestUnreadableError, StartUnknownError, BrokenChainError,
    UnreadableRecordError, SourceUnavailableError; ValueError where the folder holds something else.
    """
    folder = partition_folder(job.out, job.partition)
    with exclusively(folder):
        manifest = await _manifest_of(job, folder, source)
        records = RecordFolder(folder, manifest)
        export = Export(records, job.roll)
        async with _stream(bus, job.partition) as stream:
            feed = JournalFeed(job.partition, stream, source, export.sequence)
            await _write(export, job, feed, stop, on_fault)
        return Exported(export.records, export.rows, export.sequence, len(records.manifest.files))


async def _write(
    export: Export,
    job: ExportJob,
    feed: JournalFeed,
    stop: asyncio.Event,
    on_fault: Callable[[str], None],
) -> None:
    pieces = feed.for_ever(LOOK_SECONDS, on_fault) if job.follow else feed.to_the_head()
    pacer, taken = Pacer(job.pace), 0
    try:
        async for piece in pieces:
            # Before the next piece is written, not after this one: the last leaves nothing to wait for.
            await pacer.rest(taken)
            export.take(_up_to(piece, job.maximum_records, export.records))
            taken = len(piece)
            if stop.is_set() or (job.maximum_records and export.records >= job.maximum_records):
                break
    except OSError:
        export.abandon()
        raise
    finally:
        export.finish()


def _up_to(piece: Sequence[FollowedRecord], maximum: int, taken: int) -> Sequence[FollowedRecord]:
    return piece[: maximum - taken] if maximum else piece


@contextlib.asynccontextmanager
async def _stream(bus: Bus | None, partition: int) -> AsyncIterator[JournalStream | None]:
    if bus is None:
        yield None
        return
    async with JournalStream(bus, partition) as stream:
        yield stream


async def _manifest_of(job: ExportJob, folder: Path, source: JournalSource) -> Manifest:
    """The folder's manifest, or that of a new export."""
    manifest = existing_manifest(folder, job.partition, job.file_format)
    if manifest is None:
        return await _new_manifest(job, source)
    if job.after_sequence is not None and job.after_sequence != manifest.last_sequence:
        raise ValueError(
            f"{folder} ends at record {manifest.last_sequence}; leave --after out to go on from there"
        )
    return manifest


async def _new_manifest(job: ExportJob, source: JournalSource) -> Manifest:
    after = job.after_sequence or 0
    if after == 0:
        return Manifest(job.partition, job.file_format, 0, GENESIS_HASH, 0)
    async with contextlib.aclosing(source.read(job.partition, after - 1)) as records:
        async for record in records:
            try:
                recorded_at = journal_pb2.JournalRecord.FromString(record.payload).recorded_at
            except DecodeError as error:
                raise StartUnknownError(f"record {after} of the journal cannot be read") from error
            return Manifest(job.partition, job.file_format, after, record.hash, recorded_at.ToMicroseconds())
    raise StartUnknownError(f"the journal has no record {after} to begin after")
