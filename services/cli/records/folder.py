"""The folder of one partition: one process writes it, and whatever it died over is cleared away."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

from services.cli.records.formats import FileFormat
from services.cli.records.manifest import ListedFile, Manifest, read_manifest, sync_folder, write_manifest

_LOCK = ".lock"
_OPEN = ".part"


class FolderInUseError(Exception):
    """Another process exports into the folder."""


def partition_folder(folder: Path, partition: int) -> Path:
    """Where the files of a partition lie."""
    return folder / f"partition-{partition}"


@contextlib.contextmanager
def exclusively(folder: Path) -> Iterator[None]:
    """Keeps a folder for this process; makes it where it is not there. Raises FolderInUseError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUseError(f"another export into {folder} runs; wait for it, or end it") from error
        yield


class RecordFolder:
    """The listed files of a folder that is held exclusively, and the one that is being written."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self.manifest = manifest
        self._clear()

    def open_path(self) -> Path:
        """Where the next file is written until it is complete."""
        return self._folder / f"records.{self.manifest.file_format.value}{_OPEN}"

    def keep(self, file: ListedFile) -> None:
        """Gives the written file its name and lists it; from then on it exists."""
        self.open_path().replace(self._folder / file.name)
        sync_folder(self._folder)
        self.manifest = self.manifest.with_file(file)
        write_manifest(self._folder, self.manifest)

    def _clear(self) -> None:
        """Removes what a process left that was killed: a file half written, or written and not yet listed."""
        listed = {file.name for file in self.manifest.files}
        for path in unlisted_files(self._folder, listed, self.manifest.file_format):
            path.unlink()
        self.open_path().unlink(missing_ok=True)


def unlisted_files(folder: Path, listed: set[str], file_format: FileFormat) -> list[Path]:
    """Complete files that no manifest knows."""
    found = folder.glob(f"records-*.{file_format.value}")
    return sorted(path for path in found if path.name not in listed)


def file_name(first_sequence: int, last_sequence: int, file_format: FileFormat) -> str:
    """Names sort as the journal does."""
    return f"records-{first_sequence:015d}-{last_sequence:015d}.{file_format.value}"


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def existing_manifest(folder: Path, partition: int, file_format: FileFormat | None) -> Manifest | None:
    """The manifest of a partition's folder; None for a new one.

    Raises ManifestUnreadableError, and ValueError where it holds another partition or format.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    if manifest.partition != partition:
        raise ValueError(f"{folder} holds partition {manifest.partition}")
    if file_format is not None and manifest.file_format is not file_format:
        raise ValueError(f"{folder} holds {manifest.file_format.value} files; choose that, or another folder")
    return manifest
