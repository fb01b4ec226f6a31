"""New catalog versions reach charging without a restart, and stay when the catalog service is away.

An event on the bus says "look"; so does a quiet interval, so a lost event
delays a version but cannot lose it. Running sessions keep the version that
they began with: a new version only makes a new set of tariffs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import CatalogSource, StoredTariff, TariffCompiler, TariffStore
from services.charging.domain.rating.tariff import TariffError

LOOK_SECONDS = 5.0

_log = logging.getLogger(__name__)


class AdoptCatalog:
    """Fetches, keeps, compiles and adopts versions, each once, in order."""

    def __init__(
        self, writer: PartitionWriter, store: TariffStore, source: CatalogSource, compiler: TariffCompiler
    ) -> None:
        self._writer = writer
        self._store = store
        self._source = source
        self._compile = compiler
        self._look = asyncio.Event()

    async def open(self) -> None:
        """Adopts the versions kept from before."""
        for stored in await self._store.load():
            self._adopt(stored)

    def look(self) -> None:
        """Says that there may be something new."""
        self._look.set()

    async def run(self) -> None:
        """Looks for new versions until cancelled; a catalog service that is away is asked again later."""
        while True:
            self._look.clear()
            try:
                await self.fetch()
            except ConnectionError as error:
                _log.debug("the catalog service cannot be reached: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look.wait()

    async def fetch(self) -> int:
        """Adopts every version published since the newest known one. How many. Raises ConnectionError."""
        versions = await self._source.versions_after(self._writer.tariffs.newest_version)
        for stored in versions:
            await self._store.save(stored)
            self._adopt(stored)
        return len(versions)

    def _adopt(self, stored: StoredTariff) -> None:
        try:
            tariffs = self._compile(stored)
        except TariffError as error:
            _log.error("catalog version %s cannot be used: %s", stored.version, error)
            return
        self._writer.tariffs = self._writer.tariffs.with_version(tariffs)
        _log.info("catalog version %s adopted", stored.version)
