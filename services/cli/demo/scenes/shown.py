"""What a scene shows: a thing that happened, beside what had to come of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import grpc

from services.cli.demo.scenes.actor import Stage, reason_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that happened: what, what had to come of it, and what did."""

    what: str
    expected: str
    found: str

    @property
    def good(self) -> bool:
        """True where it came as it had to."""
        return self.expected == self.found


Scene = Callable[[Stage], AsyncIterator[Shown]]


async def refusal(call: Awaitable[object]) -> str:
    """Why a call was refused, for one that has to be."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return reason_of(error)
    return "it was let through"
