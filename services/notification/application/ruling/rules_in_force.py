"""The rules in force: the newest published version, compiled.

Whoever tells only looks: `current` is a value that is swapped whole. It is made anew when rules are published
(before the publisher is answered) and every `interval_seconds`, which is how processes hear of each other's
publications.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from services.common.kernel.findings import errors_in
from services.common.publishing.ports import StoredSources
from services.notification.application.ports import CompiledRules
from services.notification.application.ruling.ports import Compilation, RulesCompiler, RulesReader
from services.notification.application.ruling.versions import read_back

_log = logging.getLogger(__name__)

_NEWEST = 0
INTERVAL_SECONDS = 30.0


class RuleBook:
    """The RulesInForce port, and who keeps it up to date."""

    def __init__(self, store: StoredSources, reader: RulesReader, compiler: RulesCompiler) -> None:
        self._store = store
        self._reader = reader
        self._compiler = compiler
        self._current: CompiledRules | None = None
        self._refreshing = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []

    def tell(self, listener: Callable[[], None]) -> None:
        """`listener` hears of each change of what is in force, on the event loop."""
        self._listeners.append(listener)

    def current(self) -> CompiledRules | None:
        """None before the first version is published. A look, no I/O."""
        return self._current

    async def refresh(self) -> None:
        """When it returns the newest version is in force."""
        async with self._refreshing:
            stored = await self._store.get(_NEWEST)
            known = self._current.version if self._current else 0
            if stored is None or stored.published.version == known:
                return
            version = stored.published.version
            rules = await asyncio.to_thread(read_back, self._reader, stored)
            compilation: Compilation = await asyncio.to_thread(self._compiler.compile, rules, version)
            for problem in errors_in(compilation.findings):
                # Lint let it through once; with another version of CEL or Fluent it may be wrong.
                _log.error("published alert rules do not compile: %s", problem.words)
            if compilation.compiled is None:
                return
            self._current = compilation.compiled
            for listener in self._listeners:
                listener()

    async def keep_fresh(self, interval_seconds: float = INTERVAL_SECONDS) -> None:
        """Refreshes now and then; runs until cancelled."""
        while True:
            await asyncio.sleep(interval_seconds)
            await self.refresh()
