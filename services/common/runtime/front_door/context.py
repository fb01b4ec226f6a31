"""What a handler is given beside its request, as `grpc.aio.ServicerContext` has it.

The part of it that servicers of this suite, grpcio's health and its reflection use; what is missing
fails as an attribute that there is not, at the first call and not in silence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import grpc

from services.common.runtime.front_door.headers import Pair

_CODES = {code.value[0]: code for code in grpc.StatusCode}


class CallContext:
    """One call. `deadline` is an instant of the loop's clock, None without one."""

    __slots__ = ("_code", "_deadline", "_details", "_metadata", "_peer", "_start", "_trailing", "initial")

    def __init__(self, metadata: tuple[Pair, ...], peer: str, deadline: float | None) -> None:
        self._metadata = metadata
        self._peer = peer
        self._deadline = deadline
        self._start: Callable[[], Awaitable[None]] | None = None
        self._code = grpc.StatusCode.OK
        self._details = ""
        self._trailing: tuple[Pair, ...] = ()
        self.initial: tuple[Pair, ...] = ()

    def on_start(self, start: Callable[[], Awaitable[None]]) -> None:
        """What sends the headers; said once, by the call itself."""
        self._start = start

    def invocation_metadata(self) -> tuple[Pair, ...]:
        """What the caller sent along."""
        return self._metadata

    def peer(self) -> str:
        """Where the call came from, `ipv4:127.0.0.1:4711`."""
        return self._peer

    def time_remaining(self) -> float | None:
        """Seconds to the caller's deadline, 0 where it is over; None without one."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - asyncio.get_running_loop().time())

    async def send_initial_metadata(self, initial_metadata: Sequence[Pair]) -> None:
        """Answers with headers now, before there is anything else to say."""
        self.initial = tuple(initial_metadata)
        assert self._start is not None
        await self._start()

    def set_code(self, code: grpc.StatusCode | int) -> None:
        """The status at the end."""
        self._code = code if isinstance(code, grpc.StatusCode) else _CODES[code]

    def code(self) -> grpc.StatusCode:
        """The status so far."""
        return self._code

    def set_details(self, details: str) -> None:
        """The words beside the status."""
        self._details = details

    def details(self) -> str:
        """The words so far."""
        return self._details

    def set_trailing_metadata(self, trailing_metadata: Sequence[Pair]) -> None:
        """What is sent behind the last message."""
        self._trailing = tuple(trailing_metadata)

    def trailing_metadata(self) -> tuple[Pair, ...]:
        """What is sent behind the last message, so far."""
        return self._trailing

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Sequence[Pair] = ()
    ) -> NoReturn:
        """Ends the call. Raises grpc.aio.AbortError."""
        if code is grpc.StatusCode.OK:
            # grpcio takes it for a mistake too.
            code, details = grpc.StatusCode.UNKNOWN, "a handler aborted with OK"
        self._code, self._details = code, details
        self._trailing = self._trailing + tuple(trailing_metadata)
        raise grpc.aio.AbortError(details)
