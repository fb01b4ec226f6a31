"""Versions of models on disk: written whole or not at all, never changed, named by their content.

    <folder>/versions/<version>/metadata.json and the parts it lists
    <folder>/champion.json

A version is a folder that is renamed into place once everything in it is on disk; the champion is one small
file that is replaced. Who loads a version checks every part against its digest first.

What was trained is called `<kind>-<digest>`. Its line goes on in snapshots `<that>.<digest>`, of which only
the newest are kept: a name leads to its line even when the snapshot itself is gone. Of what was trained the
newest of each kind are kept, and whatever is in use or may have to be gone back to.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.common.kernel.clock import Instant, instant, iso
from services.offers.application.learning_ports import (
    ListedModel,
    ModelDamagedError,
    ModelDescription,
    ModelKind,
    ModelUnknownError,
)

METADATA = "metadata.json"
_CHAMPION = "champion.json"
_DRAFT = ".draft"
_DIGITS = 12
_drafts = itertools.count()


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A version as it lies on disk: what it is, and its parts by file name."""

    listed: ListedModel
    parts: Mapping[str, bytes]


def line_of(version: str) -> str:
    """The trained version that a version goes on from; itself, where it is one."""
    return version.partition(".")[0]


class ModelRegistry:
    """The registry in a folder, which is made. Every method blocks. Safe from several threads and processes;
    the champion is to be set by one process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._versions = folder / "versions"
        self._crowning = threading.Lock()

    def save(self, description: ModelDescription, parts: Mapping[str, bytes], made_at: Instant) -> str:
        """Keeps a version and returns its name. Equal content is the version that is there already."""
        content = _content(description, parts)
        digest = _digest(content)
        begun = f"{description.line}." if description.line else f"{description.kind.value}-"
        version = f"{begun}{digest[:_DIGITS]}"
        metadata = {"content": content, "content_sha256": digest, "made_at": iso(made_at)}
        if not (self._versions / version).exists():
            self._write(version, metadata, parts)
        return version

    def load(self, version: str) -> StoredModel:
        """A version, checked. Raises ModelUnknownError, ModelDamagedError."""
        folder = self._place(version)
        metadata = _metadata(folder)
        parts = {}
        for name, wanted in metadata["content"]["parts"].items():
            parts[name] = _read(folder / name)
            if hashlib.sha256(parts[name]).hexdigest() != wanted:
                raise ModelDamagedError(f"{folder / name} is not what was written; remove the version")
        return StoredModel(self._listed(version, metadata, self.champion()), parts)

    def versions(self) -> list[ListedModel]:
        """Every version that can be read, newest first. Damaged ones are left out."""
        champion, found = self.champion(), []
        for folder in sorted(self._versions.iterdir()) if self._versions.exists() else ():
            if folder.name.startswith(_DRAFT):
                continue
            try:
                found.append(self._listed(folder.name, _metadata(folder), champion))
            except (ModelDamagedError, ModelUnknownError):
                continue
        return sorted(found, key=lambda model: (-model.made_at, model.version))

    def champion(self) -> str:
        """The version that is in use outside a roll-out; empty: none. Raises ModelDamagedError."""
        path = self._folder / _CHAMPION
        try:
            return str(json.loads(path.read_bytes())["version"])
        except FileNotFoundError:
            return ""
        except (ValueError, KeyError, TypeError) as error:
            raise ModelDamagedError(f"{path} cannot be read: {error}") from error

    def line(self, version: str) -> list[str]:
        """The versions of its line that are there: the one that learnt most first."""
        line = line_of(version)
        found = [each for each in self.versions() if line_of(each.version) == line]
        return [each.version for each in sorted(found, key=lambda each: -each.description.position)]

    def set_champion(self, version: str) -> None:
        """From now on this one. Raises ModelUnknownError, ModelDamagedError for one that cannot be loaded."""
        self.load(version)
        with self._crowning:
            self._crown(version)

    def succeed(self, version: str) -> bool:
        """Makes a version the champion if the champion is of its line; returns whether it is."""
        with self._crowning:
            if line_of(self.champion()) != line_of(version):
                return False
            self._crown(version)
            return True

    def _crown(self, version: str) -> None:
        draft = self._folder / f"{_CHAMPION}{_DRAFT}-{os.getpid()}-{next(_drafts)}"
        _write_durably(draft, json.dumps({"version": version}).encode() + b"\n")
        draft.replace(self._folder / _CHAMPION)
        _sync_folder(self._folder)

    def prune(self, keep: int) -> list[str]:
        """Removes snapshots beyond the newest `keep`; returns which.

        Never what was trained, the champion, or the newest of a line.
        """
        lines: set[str] = set()
        snapshots = []
        for model in self.versions():
            if model.description.line:
                newest = model.description.line not in lines
                lines.add(model.description.line)
                if not newest and not model.champion:
                    snapshots.append(model.version)
        return self._removed(snapshots[keep:])

    def prune_trained(self, keep: int, needed: Collection[str]) -> list[str]:
        """Removes what was trained beyond the newest `keep` of each kind, with its line; returns which.

        Never the champion's line, nor that of a version in `needed`.
        """
        models = self.versions()
        lines = {line_of(version) for version in (*needed, self.champion())}
        for kind in ModelKind:
            of_kind = (model for model in models if model.description.kind is kind)
            trained = [model.version for model in of_kind if not model.description.line]
            lines.update(trained[:keep])
        return self._removed([model.version for model in models if line_of(model.version) not in lines])

    def _removed(self, versions: list[str]) -> list[str]:
        for version in versions:
            # Renamed first: a version is there whole, or not there.
            draft = self._draft(version)
            (self._versions / version).rename(draft)
            shutil.rmtree(draft, ignore_errors=True)
        return versions

    def _write(self, version: str, metadata: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
        draft = self._draft(version)
        draft.mkdir(parents=True)
        try:
            for name, octets in parts.items():
                _write_durably(draft / name, octets)
            _write_durably(draft / METADATA, json.dumps(metadata, indent=1, sort_keys=True).encode() + b"\n")
            _sync_folder(draft)
            if not (self._versions / version).exists():
                draft.rename(self._versions / version)
            _sync_folder(self._versions)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _draft(self, version: str) -> Path:
        return self._versions / f"{_DRAFT}-{os.getpid()}-{next(_drafts)}-{version}"

    def _place(self, version: str) -> Path:
        folder = self._versions / version
        if not version or version != Path(version).name or version.startswith(".") or not folder.is_dir():
            raise ModelUnknownError(f"the registry in {self._folder} has no version {version!r}")
        return folder

    def _listed(self, version: str, metadata: Mapping[str, Any], champion: str) -> ListedModel:
        values = metadata["content"]["description"]
        description = ModelDescription(**{**values, "kind": ModelKind(values["kind"])})
        made_at = instant(datetime.fromisoformat(metadata["made_at"]).astimezone(UTC))
        return ListedModel(version, made_at, description, version == champion)


def _content(description: ModelDescription, parts: Mapping[str, bytes]) -> dict[str, Any]:
    """What a version's name is the digest of: no clock, no path."""
    return {
        "description": {**asdict(description), "kind": description.kind.value},
        "parts": {name: hashlib.sha256(octets).hexdigest() for name, octets in sorted(parts.items())},
    }


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _metadata(folder: Path) -> dict[str, Any]:
    try:
        metadata = json.loads(_read(folder / METADATA))
        if metadata["content_sha256"] != _digest(metadata["content"]):
            raise ModelDamagedError(f"{folder / METADATA} is not what was written; remove the version")
        return dict(metadata)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelDamagedError(f"{folder / METADATA} cannot be read: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelDamagedError(f"{path} cannot be read: {error.strerror}") from error


def _write_durably(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Makes names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
