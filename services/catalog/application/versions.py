"""Looking at published versions: get, list, export."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.application.ports import CatalogStore, StoredVersion
from services.catalog.domain.publication import PublishedVersion
from services.catalog.domain.reasons import CATALOG_NOT_PUBLISHED, CATALOG_VERSION_UNKNOWN
from services.common.kernel.outcome import Refused, RefusedError

NEWEST = 0


class CatalogVersions:
    """Reads what was published."""

    def __init__(self, store: CatalogStore) -> None:
        self._store = store

    async def get(self, version: int) -> StoredVersion:
        """One version, or the newest for 0; its source is what `export` gives back.

        Raises RefusedError CATALOG_NOT_PUBLISHED, CATALOG_VERSION_UNKNOWN.
        """
        stored = await (self._store.newest() if version == NEWEST else self._store.get(version))
        if stored is not None:
            return stored
        if version == NEWEST:
            raise RefusedError(
                Refused(CATALOG_NOT_PUBLISHED, "nothing is published yet; publish a catalog first", "version")
            )
        raise RefusedError(
            Refused(CATALOG_VERSION_UNKNOWN, f"version {version} was never published", "version")
        )

    async def list_after(self, version: int) -> Sequence[PublishedVersion]:
        """Versions above a number, oldest first."""
        return await self._store.after(version)
