"""Stored versions as documents again."""

from __future__ import annotations

from services.catalog.application.ports import SourceReader, StoredVersion
from services.catalog.domain.examples import Document


class StoredCatalogs:
    """Reads the canonical source of versions back, and keeps the last ones read."""

    def __init__(self, reader: SourceReader, keep: int = 4) -> None:
        self._reader = reader
        self._keep = keep
        self._documents: dict[int, Document] = {}

    def document(self, stored: StoredVersion) -> Document:
        """The document of a version. RuntimeError where the form has outgrown what was published."""
        version = stored.published.version
        known = self._documents.get(version)
        if known is None:
            reading = self._reader.read([stored.source])
            if reading.document is None:
                raise RuntimeError(
                    f"version {version} cannot be read back: {reading.findings[0].message}; "
                    "the written form must stay able to read what older versions exported"
                )
            known = reading.document
            self._documents[version] = known
            if len(self._documents) > self._keep:
                del self._documents[next(iter(self._documents))]
        return known
