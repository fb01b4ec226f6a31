"""Whatever is changed in exported files is found, and by name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.cli.records.export import Roll
from services.cli.records.folder import digest_of, partition_folder
from services.cli.records.formats import FileFormat
from services.cli.records.manifest import read_manifest
from services.cli.records.verify import faults_against_journal, faults_in
from services.common.runtime.following import FollowedRecord
from tests.support.charged_journal import journal_of
from tests.unit.records.test_export import exported, job

JOURNAL = journal_of(40)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    await exported(job(tmp_path, roll=Roll(8_000, 10**9)), JOURNAL)
    return partition_folder(tmp_path, 0)


def faults(folder: Path) -> list[str]:
    manifest = read_manifest(folder)
    assert manifest is not None
    return [str(fault) for fault in faults_in(folder, manifest)]


def second(folder: Path) -> Path:
    manifest = read_manifest(folder)
    assert manifest is not None
    assert len(manifest.files) > 3
    return folder / manifest.files[1].name


def in_manifest(folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    change(document["files"])
    path.write_text(json.dumps(document))


def lines_changed(folder: Path, change: Callable[[list[str]], object]) -> None:
    """Changes the lines of the second file, and the manifest with it: size and digest are right again."""
    path = second(folder)
    lines = path.read_text().splitlines(keepends=True)
    change(lines)
    path.write_text("".join(lines), newline="")

    def fit(files: list[dict[str, Any]]) -> None:
        files[1]["octets"], files[1]["sha256"] = path.stat().st_size, digest_of(path)

    in_manifest(folder, fit)


def test_files_as_they_were_exported_have_no_faults(folder: Path) -> None:
    assert faults(folder) == []


def test_a_file_that_is_gone_is_found(folder: Path) -> None:
    second(folder).unlink()
    assert faults(folder) == [f"{folder}/{_second_name(folder)}: is missing"]


def _second_name(folder: Path) -> str:
    manifest = read_manifest(folder)
    assert manifest is not None
    return manifest.files[1].name


def test_a_changed_octet_is_found(folder: Path) -> None:
    octets = bytearray(second(folder).read_bytes())
    octets[-5] ^= 1
    second(folder).write_bytes(octets)
    (fault,) = faults(folder)
    assert "SHA-256" in fault


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda lines: lines.append(lines[-1]), "twice, out of order"),
        (lambda lines: lines.insert(1, lines.pop()), "twice, out of order"),
        (lambda lines: lines.pop(), "rows where"),
        (lambda lines: lines.__setitem__(1, lines[1].replace(",1250000,", ",1250001,")), "sums"),
        (lambda lines: lines.__setitem__(0, "a,b\r\n"), "columns"),
        (lambda lines: lines.__setitem__(2, '"\r\n'), "cannot be read"),
    ],
    ids=["repeated", "reordered", "row lost", "amount", "header", "broken"],
)
def test_rows_that_do_not_fit_are_found_though_the_digest_was_made_to_fit(
    folder: Path, change: Callable[[list[str]], object], says: str
) -> None:
    lines_changed(folder, change)
    (fault,) = faults(folder)
    assert says in fault
    assert _second_name(folder) in fault


def test_a_file_that_was_taken_out_of_the_manifest_leaves_a_gap(folder: Path) -> None:
    name = _second_name(folder)
    in_manifest(folder, lambda files: files.pop(1))
    gap, unlisted = faults(folder)
    assert "where" in gap
    assert unlisted == f"{folder}/{name}: is not in the manifest; the next export removes it"


def test_a_manifest_closed_over_a_gap_does_not_fit_the_chain(folder: Path) -> None:
    def close(files: list[dict[str, Any]]) -> None:
        gone = files.pop(1)
        files[1]["first_sequence"] = gone["first_sequence"]

    in_manifest(folder, close)
    assert any("does not follow the journal record before it" in fault for fault in faults(folder))


def test_a_border_that_was_moved_between_two_files_is_found(folder: Path) -> None:
    def move(files: list[dict[str, Any]]) -> None:
        files[1]["last_sequence"] -= 1
        files[2]["first_sequence"] -= 1

    in_manifest(folder, move)
    (fault,) = faults(folder)
    assert f"{_second_name(folder)}: holds a row of record" in fault


def test_a_range_that_ends_before_it_begins_is_found(folder: Path) -> None:
    def turn(files: list[dict[str, Any]]) -> None:
        files[-1]["last_sequence"] = files[-1]["first_sequence"] - 1

    in_manifest(folder, turn)
    assert any("follows" in fault for fault in faults(folder))


async def _each(records: Sequence[FollowedRecord]) -> AsyncIterator[FollowedRecord]:
    for record in records:
        yield record


async def _against(folder: Path, records: Sequence[FollowedRecord]) -> list[str]:
    manifest = read_manifest(folder)
    assert manifest is not None
    return [str(fault) async for fault in faults_against_journal(folder, manifest, _each(records))]


@pytest.mark.parametrize("file_format", list(FileFormat))
async def test_files_are_as_the_journal_has_them(tmp_path: Path, file_format: FileFormat) -> None:
    await exported(job(tmp_path, file_format, roll=Roll(4_000, 10**9)), JOURNAL)
    assert await _against(partition_folder(tmp_path, 0), JOURNAL) == []


async def test_a_journal_that_says_something_else_is_found(folder: Path) -> None:
    other = list(JOURNAL)
    other[-1] = dataclasses.replace(other[-1], hash=bytes(32))
    (fault,) = await _against(folder, other)
    assert "another hash" in fault
    (shorter,) = await _against(folder, JOURNAL[:-1])
    assert "the journal has no record 40" in shorter
    other = [*JOURNAL]
    other[7] = dataclasses.replace(other[7], payload=JOURNAL[4].payload)
    assert any("rows where" in fault for fault in await _against(folder, other))
