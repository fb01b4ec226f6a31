"""Looking at what was published: list, export, read back."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.common.kernel.publication import PublishedVersion, StoredVersion
from services.common.publishing.ports import Document, SourceReader, SourceStore, Why


class Versions:
    """Reads what was published. `unknown` refuses a version that is not there."""

    def __init__(self, store: SourceStore, unknown: Reason) -> None:
        self._store = store
        self._unknown = unknown

    async def all(self) -> Sequence[PublishedVersion]:
        """Every version, oldest first."""
        return await self._store.versions()

    async def export(self, version: int) -> StoredVersion:
        """A version with its source, the newest for 0. Raises RefusedError."""
        stored = await self._store.get(version)
        if stored is not None:
            return stored
        what = f"version {version} was never published" if version else "nothing is published yet"
        raise RefusedError(Refused(self._unknown, what, "version"))


def read_back(reader: SourceReader[Document, Why], stored: StoredVersion, what: str) -> Document:
    """A version of `what` ("the alert rules") as values.

    RuntimeError where the form has outgrown what was published.
    """
    reading = reader.read(stored.files)
    if reading.document is None:
        raise RuntimeError(
            f"version {stored.published.version} of {what} cannot be read back: "
            f"{reading.findings[0].message}; the written form must stay able to read older versions"
        )
    return reading.document
