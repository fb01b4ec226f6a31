"""The policies in force: the newest published version, compiled beside the newest catalog.

Theory of operation. Deciding only looks: `current` is a value that is swapped whole. It is made anew when
policies are published (before the publisher is answered), when the catalog announces a version, and every
`interval_seconds`, which is what heals a lost announcement and tells processes of each other's
publications. With the catalog away the last known catalog stays; without any, offers are not sold.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from services.common.kernel.publication import StoredVersion
from services.common.publishing.ports import StoredSources
from services.offers.application.policy_compile import Compilation, compile_policies
from services.offers.application.policy_ports import (
    Catalog,
    CatalogUnreachableError,
    PolicyReader,
    RuleCompilers,
)
from services.offers.application.policy_versions import read_back
from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.policies import OfferPolicies

_log = logging.getLogger(__name__)

_NEWEST = 0
INTERVAL_SECONDS = 30.0
_IMPATIENT_SECONDS = 1.0
"""While no catalog is known: nothing is sold until there is one."""


class PolicyBook:
    """The PoliciesInForce port, and who keeps it up to date."""

    def __init__(
        self, store: StoredSources, catalog: Catalog, reader: PolicyReader, compilers: RuleCompilers
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._reader = reader
        self._compilers = compilers
        self._current: CompiledPolicies | None = None
        self._stored: StoredVersion | None = None
        self._policies: OfferPolicies | None = None
        self._terms: CatalogTerms | None = None
        self._compiled_with: tuple[int, CatalogTerms | None] | None = None
        self._refreshing = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []

    def tell(self, listener: Callable[[], None]) -> None:
        """`listener` hears of each change of what is in force, on the event loop."""
        self._listeners.append(listener)

    def current(self) -> CompiledPolicies | None:
        """None before the first version is published. A look, no I/O."""
        return self._current

    async def refresh(self) -> None:
        """When it returns the newest version is in force, beside the newest catalog that can be reached."""
        async with self._refreshing:
            await self._look_at_catalog()
            stored = await self._store.get(_NEWEST)
            if stored is None:
                return
            if self._stored is None or self._stored.published.version != stored.published.version:
                self._policies = await asyncio.to_thread(read_back, self._reader, stored)
                self._stored = stored
            await self._compile(stored.published.version)

    async def keep_fresh(self, interval_seconds: float = INTERVAL_SECONDS) -> None:
        """Refreshes now and then; runs until cancelled."""
        while True:
            known = self._terms is not None
            await asyncio.sleep(interval_seconds if known else min(interval_seconds, _IMPATIENT_SECONDS))
            await self.refresh()

    async def _look_at_catalog(self) -> None:
        try:
            terms = await self._catalog.newest()
        except CatalogUnreachableError as error:
            _log.info("policies stay beside the catalog as it was known: %s", error)
            return
        if terms is not None:
            self._terms = terms

    async def _compile(self, version: int) -> None:
        wanted = (version, self._terms)
        policies = self._policies
        if policies is None or self._compiled_with == wanted:
            return
        compilation: Compilation = await asyncio.to_thread(
            compile_policies, policies, version, self._compilers, self._terms
        )
        for problem in compilation.problems:
            # Lint let it through once; with another version of CEL it may be wrong. It never holds then.
            _log.error("a published rule does not compile: %s: %s", problem.field, problem.message)
        self._current = compilation.policies
        self._compiled_with = wanted
        for listener in self._listeners:
            listener()
