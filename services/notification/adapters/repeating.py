"""Work that is done now and then; a database or a peer that is away for a moment does not end it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from services.common.runtime.logs import get_logger

_log = get_logger(__name__)


async def repeating(what: str, work: Callable[[], Awaitable[object]], every_seconds: float) -> None:
    """Does it at once, and again so long after each time, until cancelled. Faults are logged."""
    while True:
        try:
            await work()
        except Exception:
            _log.exception("it is tried again", what=what)
        await asyncio.sleep(every_seconds)
