"""Exporting: files roll, follow one another, survive a kill, and take nothing that does not fit the chain."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tidemark.charging.v1 import journal_pb2

from services.charging.domain.hash_chain import GENESIS_HASH, chained
from services.cli.records import export as export_module
from services.cli.records.export import BrokenChainError, Export, Roll, UnreadableRecordError
from services.cli.records.folder import (
    FolderInUseError,
    RecordFolder,
    exclusively,
    partition_folder,
    unlisted_files,
)
from services.cli.records.formats import FileFormat, create, read
from services.cli.records.manifest import Manifest, ManifestUnreadableError, read_manifest
from services.cli.records.pace import Pace
from services.cli.records.record_file import RecordFile
from services.cli.records.run import Exported, ExportJob, StartUnknownError, export_partition
from services.cli.records.tally import CurrencySums
from services.cli.records.verify import faults_in
from services.common.runtime.columns import Row
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import SourceUnavailableError
from tests.support.charged_journal import (
    BACK_MINOR_MICROS,
    CHARGE_MINOR_MICROS,
    FEE_MINOR_MICROS,
    JournalAtHand,
    journal_of,
)

NEVER = Roll(10**9, 10**9)
FORMATS = list(FileFormat)


def job(out: Path, file_format: FileFormat = FileFormat.CSV, **changed: Any) -> ExportJob:
    """An export of all there is into one file."""
    return dataclasses.replace(ExportJob(out, 0, file_format, None, False, 0, NEVER, Pace.FULL), **changed)


async def exported(wanted: ExportJob, records: Sequence[FollowedRecord]) -> Exported:
    """Exports from a journal at hand, without a bus."""
    return await export_partition(wanted, JournalAtHand(records), None, asyncio.Event(), print)


def manifest_in(out: Path) -> Manifest:
    found = read_manifest(partition_folder(out, 0))
    assert found is not None
    return found


def rows_in(out: Path) -> list[dict[str, Any]]:
    """All rows of all listed files."""
    folder, manifest = partition_folder(out, 0), manifest_in(out)
    return [row for file in manifest.files for row in read(folder / file.name, manifest.file_format)]


def places(out: Path) -> list[tuple[int, int, int]]:
    return [(row["sequence"], row["entry_index"], row["event_index"]) for row in rows_in(out)]


def assert_intact(out: Path) -> None:
    assert list(faults_in(partition_folder(out, 0), manifest_in(out))) == []


@pytest.mark.parametrize("file_format", FORMATS)
async def test_every_charge_becomes_a_row_and_sums_are_exact(tmp_path: Path, file_format: FileFormat) -> None:
    done = await exported(job(tmp_path, file_format), journal_of(12))
    assert (done.records, done.rows, done.last_sequence, done.files) == (12, 40, 12, 1)
    file = manifest_in(tmp_path).files[0]
    charged = 10 * (CHARGE_MINOR_MICROS - 2 * BACK_MINOR_MICROS)
    assert file.sums == {
        "EUR": CurrencySums(charged, 10),
        "KWD": CurrencySums(10 * FEE_MINOR_MICROS, 0),
    }
    assert_intact(tmp_path)
    assert len(rows_in(tmp_path)) == 40


async def test_csv_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    for file_format in FORMATS:
        await exported(job(tmp_path / file_format.value, file_format), journal_of(7))
    assert rows_in(tmp_path / "csv") == rows_in(tmp_path / "parquet")


@pytest.mark.parametrize("file_format", FORMATS)
async def test_another_export_goes_on_where_the_first_ended(tmp_path: Path, file_format: FileFormat) -> None:
    journal = journal_of(30)
    await exported(job(tmp_path, file_format), journal[:13])
    again = await exported(job(tmp_path, file_format), journal[:13])
    assert (again.records, again.files) == (0, 1)
    done = await exported(job(tmp_path, file_format), journal)
    assert (done.records, done.last_sequence, done.files) == (17, 30, 2)
    await exported(job(tmp_path / "at-once", file_format), journal)
    assert rows_in(tmp_path) == rows_in(tmp_path / "at-once")
    assert_intact(tmp_path)


@pytest.mark.parametrize("file_format", FORMATS)
async def test_files_roll_by_size_and_follow_one_another(tmp_path: Path, file_format: FileFormat) -> None:
    done = await exported(job(tmp_path, file_format, roll=Roll(4_000, 10**9)), journal_of(60))
    assert done.files >= 5
    assert manifest_in(tmp_path).last_sequence == 60
    assert_intact(tmp_path)
    assert len(set(places(tmp_path))) == len(places(tmp_path)) == 48 * 4


async def test_files_roll_by_age_though_nothing_comes(tmp_path: Path) -> None:
    seconds = 0.0
    folder = RecordFolder(tmp_path, Manifest(0, FileFormat.CSV, 0, GENESIS_HASH, 0))
    export = Export(folder, Roll(10**9, 60), clock=lambda: seconds)
    export.take(journal_of(3))
    seconds = 59.0
    export.take(())
    assert folder.manifest.last_sequence == 0
    seconds = 60.0
    export.take(())
    assert [file.last_sequence for file in folder.manifest.files] == [3]


async def test_records_without_charges_are_covered_too(tmp_path: Path) -> None:
    journal = journal_of(5)
    await exported(job(tmp_path), journal[:4])
    await exported(job(tmp_path), journal)
    last = manifest_in(tmp_path).files[-1]
    assert (last.first_sequence, last.last_sequence, last.rows, last.sums) == (5, 5, 0, {})
    assert_intact(tmp_path)


@pytest.mark.parametrize("file_format", FORMATS)
async def test_what_a_killed_export_left_is_cleared_and_written_again(
    tmp_path: Path, file_format: FileFormat
) -> None:
    journal, folder = journal_of(20), partition_folder(tmp_path, 0)
    await exported(job(tmp_path, file_format, maximum_records=8), journal)
    listed = (folder / "manifest.json").read_bytes()
    await exported(job(tmp_path, file_format, maximum_records=5), journal)
    # Killed after the rename, before the manifest; and another file just begun.
    (folder / "manifest.json").write_bytes(listed)
    (folder / f"records.{file_format.value}.part").write_bytes(b"half a li")
    assert len(unlisted_files(folder, {manifest_in(tmp_path).files[0].name}, file_format)) == 1
    await exported(job(tmp_path, file_format), journal)
    await exported(job(tmp_path / "at-once", file_format), journal)
    assert rows_in(tmp_path) == rows_in(tmp_path / "at-once")
    assert_intact(tmp_path)
    assert not list(folder.glob("*.part"))


async def test_a_file_half_written_is_cleared_though_nothing_new_came(tmp_path: Path) -> None:
    await exported(job(tmp_path), journal_of(4))
    left = partition_folder(tmp_path, 0) / "records.csv.part"
    left.write_bytes(b"half a li")
    await exported(job(tmp_path), journal_of(4))
    assert not left.exists()


async def test_a_reading_that_breaks_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    source = JournalAtHand(journal_of(450))
    source.fails_after = 240
    await export_partition(job(tmp_path), source, None, asyncio.Event(), print)
    assert source.readings == [0, 200, 400]
    assert manifest_in(tmp_path).last_sequence == 450
    assert_intact(tmp_path)


async def test_what_was_read_before_charging_went_away_is_kept(tmp_path: Path) -> None:
    source = JournalAtHand(journal_of(150))
    source.fails_after = 0
    with pytest.raises(SourceUnavailableError):
        await export_partition(job(tmp_path), source, None, asyncio.Event(), print)
    source.fails_after = 100
    await export_partition(job(tmp_path), source, None, asyncio.Event(), print)
    assert manifest_in(tmp_path).last_sequence == 150


@pytest.mark.parametrize("damage", ["payload", "hash", "left out", "another journal"])
async def test_a_record_that_does_not_fit_the_chain_stops_the_export_before_it(
    tmp_path: Path, damage: str
) -> None:
    journal = journal_of(20)
    damaged = list(journal)
    if damage == "payload":
        damaged[9] = dataclasses.replace(damaged[9], payload=damaged[8].payload)
    elif damage == "hash":
        damaged[9] = dataclasses.replace(damaged[9], hash=bytes(32))
    elif damage == "left out":
        del damaged[9]
    else:
        damaged[9:] = journal_of(20, epoch=2)[9:]
    with pytest.raises(BrokenChainError, match=r"record 1[01] "):
        await exported(job(tmp_path), damaged)
    assert manifest_in(tmp_path).last_sequence == 9
    assert_intact(tmp_path)
    await exported(job(tmp_path), journal)
    assert manifest_in(tmp_path).last_sequence == 20


async def test_an_export_can_begin_in_the_middle_of_the_journal(tmp_path: Path) -> None:
    await exported(job(tmp_path, after_sequence=6), journal_of(9))
    assert (manifest_in(tmp_path).after_sequence, manifest_in(tmp_path).last_sequence) == (6, 9)
    assert_intact(tmp_path)
    with pytest.raises(ValueError, match="ends at record 9; leave --after out"):
        await exported(job(tmp_path, after_sequence=2), journal_of(9))
    with pytest.raises(StartUnknownError, match="no record 10"):
        await exported(job(tmp_path / "other", after_sequence=10), journal_of(9))


async def test_a_folder_holds_one_format_and_one_partition(tmp_path: Path) -> None:
    await exported(job(tmp_path), journal_of(3))
    with pytest.raises(ValueError, match="holds csv files"):
        await exported(job(tmp_path, FileFormat.PARQUET), journal_of(3))
    partition_folder(tmp_path, 0).rename(partition_folder(tmp_path, 1))
    with pytest.raises(ValueError, match="holds partition 0"):
        await exported(job(tmp_path, partition=1), journal_of(3, partition=1))


async def test_two_exports_into_one_folder_do_not_meet(tmp_path: Path) -> None:
    with exclusively(partition_folder(tmp_path, 0)), pytest.raises(FolderInUseError, match="runs"):
        await exported(job(tmp_path), journal_of(3))
    await exported(job(tmp_path), journal_of(3))


async def test_a_manifest_of_something_else_is_left_alone(tmp_path: Path) -> None:
    await exported(job(tmp_path), journal_of(3))
    manifest = partition_folder(tmp_path, 0) / "manifest.json"
    manifest.write_text('{"files": []}')
    with pytest.raises(ManifestUnreadableError, match="another folder"):
        await exported(job(tmp_path), journal_of(3))
    assert manifest.read_text() == '{"files": []}'


class FullDisk:
    """A file that takes some rows; then the disk is full."""

    octets = 0

    def __init__(self, inner: RecordFile) -> None:
        self._inner = inner
        self._writes = 0

    def write(self, rows: Sequence[Row]) -> None:
        """As RecordFile.write."""
        self._writes += 1
        if self._writes > 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._inner.write(rows)

    def close(self) -> None:
        """As RecordFile.close."""
        self._inner.close()

    def abandon(self) -> None:
        """As RecordFile.abandon."""
        self._inner.abandon()


@pytest.mark.parametrize("file_format", FORMATS)
async def test_a_full_disk_ends_an_export_that_can_be_taken_up(
    tmp_path: Path, file_format: FileFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = journal_of(20)
    await exported(job(tmp_path, file_format), journal[:6])
    with monkeypatch.context() as patch:
        patch.setattr(export_module, "create", lambda path, kind: FullDisk(create(path, kind)))
        with pytest.raises(OSError, match="No space left"):
            await exported(job(tmp_path, file_format), journal)
    assert manifest_in(tmp_path).last_sequence == 6
    await exported(job(tmp_path, file_format), journal)
    await exported(job(tmp_path / "at-once", file_format), journal)
    assert rows_in(tmp_path) == rows_in(tmp_path / "at-once")


async def test_what_a_later_version_wrote_stops_the_export_by_its_number(tmp_path: Path) -> None:
    journal = journal_of(3)
    record = journal_pb2.JournalRecord.FromString(journal[2].payload)
    # Field 999 of an event: a kind that nobody has yet.
    record.entries[0].events.add().MergeFromString(bytes([0xBA, 0x3E, 0x00]))
    payload = record.SerializeToString()
    row = chained(0, 3, 1, b"batch", journal[1].hash, payload)
    journal[2] = dataclasses.replace(journal[2], payload=payload, hash=row.hash)
    with pytest.raises(UnreadableRecordError, match="record 3 of the journal: an event of a kind"):
        await exported(job(tmp_path), journal)
    assert manifest_in(tmp_path).last_sequence == 2


async def test_an_export_that_is_asked_to_end_keeps_what_it_has(tmp_path: Path) -> None:
    stop = asyncio.Event()
    stop.set()
    journal = journal_of(150)
    await export_partition(job(tmp_path), JournalAtHand(journal), None, stop, print)
    assert manifest_in(tmp_path).last_sequence == 100
    assert_intact(tmp_path)
    await exported(job(tmp_path), journal)
    assert manifest_in(tmp_path).last_sequence == 150
