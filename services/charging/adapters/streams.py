"""Endless streams end in good order when the server drains."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def until(stopping: asyncio.Event, source: AsyncGenerator[T, None]) -> AsyncIterator[T]:
    """The items of a source, until it ends or `stopping` is set. The source is closed either way."""
    stop = asyncio.ensure_future(stopping.wait())
    try:
        async with contextlib.aclosing(source) as items:
            while not stopping.is_set():
                following = asyncio.ensure_future(anext(items))
                try:
                    await asyncio.wait({following, stop}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not following.done():
                        following.cancel()
                        with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                            await following
                if following.cancelled():
                    return
                try:
                    yield following.result()
                except StopAsyncIteration:
                    return
    finally:
        stop.cancel()
