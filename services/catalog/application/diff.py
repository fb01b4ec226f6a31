"""Diff: what publishing a catalog would change, and how many have the offerings concerned."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.application.lint import Linter
from services.catalog.application.ports import CatalogStore, Renderer, SubscriptionCount, Subscriptions
from services.catalog.application.stored import StoredCatalogs
from services.catalog.domain.diff import Change, diff_outlines
from services.common.kernel.findings import SourceFile

NOBODY = SubscriptionCount(0, 0)


@dataclass(frozen=True, slots=True)
class CountedChange:
    """A change and who has its offering now. Catalog-wide changes and new offerings: nobody."""

    change: Change
    count: SubscriptionCount


@dataclass(frozen=True, slots=True)
class DiffReport:
    """Changes against the newest version; `newest_version` 0 where nothing was published yet."""

    newest_version: int
    changes: tuple[CountedChange, ...]


class CatalogDiff:
    """Compares a catalog with the newest version, which the next one would follow."""

    def __init__(
        self,
        linter: Linter,
        renderer: Renderer,
        store: CatalogStore,
        stored: StoredCatalogs,
        subscriptions: Subscriptions,
    ) -> None:
        self._linter = linter
        self._renderer = renderer
        self._store = store
        self._stored = stored
        self._subscriptions = subscriptions

    async def diff_source(self, files: Sequence[SourceFile]) -> DiffReport:
        """Raises RefusedError CATALOG_HAS_ERRORS, or CHARGING_UNREACHABLE where a count is needed."""
        report = await asyncio.to_thread(self._linter.lint_source, files)
        document = report.accepted()
        newest = await self._store.newest()
        old = None if newest is None else (await asyncio.to_thread(self._stored.document, newest)).catalog
        changes = diff_outlines(
            None if old is None else self._renderer.outline(old), self._renderer.outline(document.catalog)
        )
        known = set() if old is None else set(old.offerings_by_code())
        counts = await self._count(changes, known)
        return DiffReport(
            newest.published.version if newest else 0,
            tuple(CountedChange(change, counts.get(change.offering_code, NOBODY)) for change in changes),
        )

    async def _count(self, changes: Sequence[Change], known: set[str]) -> dict[str, SubscriptionCount]:
        """Counts for offerings that were there before; charging is not asked about others."""
        codes = sorted({change.offering_code for change in changes if change.offering_code in known})
        return dict(await self._subscriptions.count(codes)) if codes else {}
