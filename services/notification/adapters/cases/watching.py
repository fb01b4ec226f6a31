"""Cases as they come and change, for whoever watches the queue. Nobody waits for a watcher."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from services.notification.domain.cases import Case

_PAGE = 100

Since = Callable[[int, int], Awaitable[Sequence[Case]]]
"""Cases changed after a revision, at most so many."""


class CaseWatch:
    """Wakes watchers; each reads from where it stands, so that a slow one holds nobody up."""

    def __init__(self) -> None:
        self._woken: set[asyncio.Event] = set()
        self._ended = False

    def wake(self) -> None:
        """A case has changed."""
        for event in self._woken:
            event.set()

    def end(self) -> None:
        """The server stops: every watcher ends."""
        self._ended = True
        self.wake()

    async def following(self, since: Since, after_revision: int) -> AsyncIterator[Case]:
        """Each case in its newest state, from a revision on, until the end."""
        event = asyncio.Event()
        self._woken.add(event)
        try:
            while not self._ended:
                event.clear()
                while found := await since(after_revision, _PAGE):
                    for case in found:
                        yield case
                        after_revision = case.revision
                if not self._ended:
                    await event.wait()
        finally:
            self._woken.discard(event)
