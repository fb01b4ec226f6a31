"""The manifest of a partition's files: which journal records each holds, and what it comes to.

A file that is not listed does not exist for a reader. The ranges of files follow one another without a
gap, and each names the hash of the journal record before its first: with the journal's own chain of
hashes, nothing can be missing in between.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from services.cli.records.columns import SCHEMA_VERSION
from services.cli.records.formats import FileFormat
from services.cli.records.tally import CurrencySums, sums_as_document, sums_of_document

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file: journal records `first_sequence` to `last_sequence`, of which few or many left rows."""

    name: str
    first_sequence: int
    last_sequence: int
    previous_hash: bytes
    last_hash: bytes
    last_recorded_at_micros: int
    rows: int
    sums: Mapping[str, CurrencySums]
    octets: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of one partition, oldest first. `after_sequence`: the record before the first of all."""

    partition: int
    file_format: FileFormat
    after_sequence: int
    after_hash: bytes
    after_recorded_at_micros: int
    files: tuple[ListedFile, ...] = ()

    @property
    def last_sequence(self) -> int:
        """The last journal record that is exported."""
        return self.files[-1].last_sequence if self.files else self.after_sequence

    @property
    def last_hash(self) -> bytes:
        """Its hash."""
        return self.files[-1].last_hash if self.files else self.after_hash

    @property
    def last_recorded_at_micros(self) -> int:
        """When it was written to the journal, in microseconds since 1970; 0: before the first."""
        return self.files[-1].last_recorded_at_micros if self.files else self.after_recorded_at_micros

    def with_file(self, file: ListedFile) -> Manifest:
        """With one more file."""
        return replace(self, files=(*self.files, file))

    def gaps(self) -> Iterator[str]:
        """Where files do not follow one another, in words."""
        sequence, row_hash = self.after_sequence, self.after_hash
        for file in self.files:
            if file.first_sequence != sequence + 1 or file.last_sequence < file.first_sequence:
                yield (
                    f"{file.name}: holds records {file.first_sequence} to {file.last_sequence}, "
                    f"where {sequence + 1} follows"
                )
            elif file.previous_hash != row_hash:
                yield f"{file.name}: does not follow the journal record before it"
            sequence, row_hash = file.last_sequence, file.last_hash


class ManifestUnreadableError(Exception):
    """There is a manifest, and it is not one of ours."""


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none. Raises ManifestUnreadableError."""
    path = folder / MANIFEST
    try:
        return _from_document(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestUnreadableError(
            f"{path} is not a manifest of this version; export into another folder"
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replaces the manifest as a whole; returns when it is on disk."""
    fresh = folder / f"{MANIFEST}.part"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(_to_document(manifest), file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / MANIFEST)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Returns when the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _to_document(manifest: Manifest) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "partition": manifest.partition,
        "format": manifest.file_format.value,
        "after_sequence": manifest.after_sequence,
        "after_hash": manifest.after_hash.hex(),
        "after_recorded_at_micros": manifest.after_recorded_at_micros,
        "files": [
            {
                "name": file.name,
                "first_sequence": file.first_sequence,
                "last_sequence": file.last_sequence,
                "previous_hash": file.previous_hash.hex(),
                "last_hash": file.last_hash.hex(),
                "last_recorded_at_micros": file.last_recorded_at_micros,
                "rows": file.rows,
                "sums": sums_as_document(file.sums),
                "octets": file.octets,
                "sha256": file.sha256,
            }
            for file in manifest.files
        ],
    }


def _from_document(document: dict[str, Any]) -> Manifest:
    if document["schema_version"] != SCHEMA_VERSION:
        raise ValueError("another version")
    return Manifest(
        int(document["partition"]),
        FileFormat(document["format"]),
        int(document["after_sequence"]),
        bytes.fromhex(document["after_hash"]),
        int(document["after_recorded_at_micros"]),
        tuple(_file(item) for item in document["files"]),
    )


def _file(item: dict[str, Any]) -> ListedFile:
    return ListedFile(
        name=str(item["name"]),
        first_sequence=int(item["first_sequence"]),
        last_sequence=int(item["last_sequence"]),
        previous_hash=bytes.fromhex(item["previous_hash"]),
        last_hash=bytes.fromhex(item["last_hash"]),
        last_recorded_at_micros=int(item["last_recorded_at_micros"]),
        rows=int(item["rows"]),
        sums=sums_of_document(item["sums"]),
        octets=int(item["octets"]),
        sha256=str(item["sha256"]),
    )
