"""Catalog versions as fetched, kept so that charging starts without the catalog service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlmodel import Session, select

from services.charging.adapters.tables import CatalogVersionTable
from services.charging.application.ports import StoredTariff
from services.common.kernel.clock import Instant
from services.common.runtime.database import Database


class TariffStoreError(Exception):
    """A stored catalog version is not what was stored, or would be replaced by another."""


class SqlTariffs:
    """Catalog versions by number. A version once stored never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> Sequence[StoredTariff]:
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
            StoredTariff(row.version, Instant(row.effective_from), row.content_sha256, row.content)
            for row in rows
        ]

    async def save(self, tariff: StoredTariff) -> None:
        """Stores a version; again the same is no change.

        Raises TariffStoreError for a digest that does not fit, and for another
        content or date under a number that is taken.
        """
        if _digest(tariff.content) != tariff.content_sha256:
            raise TariffStoreError(f"catalog version {tariff.version} does not match its digest")
        await self._database.run(lambda session: _save(session, tariff))


def _save(session: Session, tariff: StoredTariff) -> None:
    stored = session.get(CatalogVersionTable, tariff.version)
    if stored is None:
        session.add(
            CatalogVersionTable(
                version=tariff.version,
                effective_from=tariff.effective_from,
                content_sha256=tariff.content_sha256,
                content=tariff.content,
            )
        )
    elif (stored.content_sha256, stored.effective_from) != (tariff.content_sha256, tariff.effective_from):
        raise TariffStoreError(f"catalog version {tariff.version} is stored with another content or date")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
