"""A statement's document from the service into a folder: whole and as it was sent, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tidemark.partner_settlement.v1 import report_api_pb2 as api

from services.cli.failures import CommandFailedError
from services.partner_settlement.domain.documents import DocumentFormat

# The first pull of a long statement waits until it is written.
PULL_SECONDS = 300.0
MESSAGE_FORMATS = {
    DocumentFormat.CSV: api.DOCUMENT_FORMAT_CSV,
    DocumentFormat.PARQUET: api.DOCUMENT_FORMAT_PARQUET,
    DocumentFormat.PDF: api.DOCUMENT_FORMAT_PDF,
}

Progress = Callable[[str, int, int], None]
"""Told a file's name, how many octets have come, and how many there are."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A document that lies in the folder."""

    statement_id: str
    path: Path
    octets: int
    sha256: str


async def pull_document(
    stub: Any, statement_id: str, document_format: DocumentFormat, folder: Path, progress: Progress
) -> Pulled:
    """Pulls one document; a file of that name is replaced once the new one is complete.

    Raises CommandFailedError where what came is not what was announced.
    """
    request = api.PullDocumentRequest(statement_id=statement_id, format=MESSAGE_FORMATS[document_format])
    answers = aiter(stub.PullDocument(request, timeout=PULL_SECONDS))
    first = await anext(answers, None)
    if first is None or not first.HasField("description"):
        raise CommandFailedError(f"{statement_id}: the service did not say what it sends")
    description = first.description
    with _FileInTheMaking(folder / _safe(description.file_name)) as file:
        progress(description.file_name, 0, description.size_bytes)
        async for answer in answers:
            file.write(answer.chunk)
            progress(description.file_name, file.octets, description.size_bytes)
        if (file.octets, file.sha256) != (description.size_bytes, description.sha256):
            raise CommandFailedError(
                f"{statement_id}: {file.octets} octets came that are not the {description.size_bytes} "
                "announced; pull it again"
            )
        file.complete()
    return Pulled(statement_id, file.path, file.octets, file.sha256.hex())


def _safe(name: str) -> str:
    """A name that stays in its folder."""
    if not name or name != Path(name).name or name.startswith("."):
        raise CommandFailedError(f"the service calls the file {name!r}, which is no name for one")
    return name


class _FileInTheMaking:
    """A file under a name of its own until it is complete; gone where it never is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.octets = 0
        self._digest = hashlib.sha256()
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")

    def __enter__(self) -> _FileInTheMaking:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("wb")
        return self

    @property
    def sha256(self) -> bytes:
        """Of what was written so far."""
        return self._digest.digest()

    def write(self, chunk: bytes) -> None:
        """Appends."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.octets += len(chunk)

    def complete(self) -> None:
        """Gives the file its name once it is on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self.path)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._part.unlink()
