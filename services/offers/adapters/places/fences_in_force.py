"""The fences of the policies in force: one index for each version, built off the event loop."""

from __future__ import annotations

import asyncio

from services.common.runtime.logs import get_logger
from services.offers.adapters.places.fence_index import FenceIndex
from services.offers.application.ports import PoliciesInForce
from services.offers.domain.compiled import CompiledPolicies

_log = get_logger(__name__)


class IndexedFences:
    """The FencesInForce port. Other work goes on while an index is built."""

    def __init__(self, policies: PoliciesInForce) -> None:
        self._policies = policies
        self._index = FenceIndex(())
        self._version = 0
        self._building: asyncio.Task[None] | None = None

    async def current(self) -> FenceIndex | None:
        """None before the first version is published.

        The first to ask after a publication wait for its index, a quarter of a second with 10,000
        fences: what was published is in force for every report that comes afterwards.
        """
        while (policies := self._policies.current()) is not None and policies.version != self._version:
            if self._building is None:
                self._building = asyncio.create_task(self._build(policies))
            # Shielded: whoever gives up waiting must not end it for the others.
            await asyncio.shield(self._building)
        return None if policies is None else self._index

    async def _build(self, policies: CompiledPolicies) -> None:
        try:
            fences, cells = policies.policies.fences, policies.policies.cells
            self._index = await asyncio.to_thread(FenceIndex, fences, cells)
        except ValueError:
            # Lint refuses such before: the fault is ours, and the fences of before go on.
            _log.exception("fences cannot be drawn", policy_version=policies.version)
        finally:
            self._version = policies.version
            self._building = None
