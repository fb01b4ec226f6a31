"""Catalog versions as fetched, kept so that charging starts without the catalog service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from services.charging.adapters.tables import CatalogVersionTable
from services.common.kernel.clock import Instant
from services.common.runtime.database import Database


class TariffStoreError(Exception):
    """A stored catalog version is not what was stored, or would be replaced by another."""


@dataclass(frozen=True, slots=True)
class StoredCatalog:
    """One catalog version; `content` is a serialized tidemark.catalog.v1.Catalog."""

    version: int
    effective_from: Instant
    content_sha256: bytes
    content: bytes


class SqlTariffs:
    """Catalog versions by number. A version once stored never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> Sequence[StoredCatalog]:
        """All stored versions, ascending. Raises TariffStoreError where content and digest differ."""
        statement = select(CatalogVersionTable).order_by(CatalogVersionTable.__table__.c.version)  # type: ignore[attr-defined]
        rows = await self._database.run(lambda session: session.exec(statement).all())
        for row in rows:
            if _digest(row.content) != row.content_sha256:
                raise TariffStoreError(
                    f"stored catalog version {row.version} does not match its digest; "
                    "delete its row in catalog_version and it is fetched again"
                )
        return [
            StoredCatalog(row.version, Instant(row.effective_from), row.content_sha256, row.content)
            for row in rows
        ]

    async def save(self, catalog: StoredCatalog) -> None:
        """Stores a version; again the same is no change.

        Raises TariffStoreError for a digest that does not fit, and for another
        content or date under a number that is taken.
        """
        if _digest(catalog.content) != catalog.content_sha256:
            raise TariffStoreError(f"catalog version {catalog.version} does not match its digest")
        await self._database.run(lambda session: _save(session, catalog))


def _save(session: Session, catalog: StoredCatalog) -> None:
    stored = session.get(CatalogVersionTable, catalog.version)
    if stored is None:
        session.add(
            CatalogVersionTable(
                version=catalog.version,
                effective_from=catalog.effective_from,
                content_sha256=catalog.content_sha256,
                content=catalog.content,
            )
        )
    elif (stored.content_sha256, stored.effective_from) != (catalog.content_sha256, catalog.effective_from):
        raise TariffStoreError(f"catalog version {catalog.version} is stored with another content or date")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
