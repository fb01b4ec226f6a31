"""Entries from the database for watchers that are behind: those who ask together are answered together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlmodel import Session

from services.common.runtime.database import Database
from services.notification.adapters.inbox.entries import last_cursor
from services.notification.adapters.inbox.reading import entries_after, require_cursor
from services.notification.domain.notifications import Notification

PAGE = 20
"""Entries that a watcher holds at most: they are what memory goes to where many are slow."""
_AT_ONCE = 100
"""Watchers that one transaction answers; between two of them others have their turn."""


class Page(NamedTuple):
    """What follows a cursor; where there is less than a page of it, nothing more up to `through`."""

    entries: Sequence[Notification]
    through: int


@dataclass(eq=False, slots=True)
class _Asked:
    recipient_key: str
    cursor: int
    answer: asyncio.Future[Page]


class StoredEntries:
    """Reads pages. Nothing needs to run beside it: whoever comes first starts the reading."""

    def __init__(self, database: Database, page: int = PAGE) -> None:
        self._database = database
        self._waiting: deque[_Asked] = deque()
        self._reading: asyncio.Task[None] | None = None
        self.page = page

    async def last_cursor(self) -> int:
        """The last one that was given."""
        return await self._database.run(last_cursor)

    async def after(self, recipient_key: str, cursor: int) -> Page:
        """What follows a cursor.

        Raises RefusedError CURSOR_INVALID for a cursor that was not given yet, and what the database raises.
        """
        answer: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(recipient_key, cursor, answer))
        if self._reading is None or self._reading.done():
            self._reading = asyncio.ensure_future(self._read_all())
        page = await answer
        require_cursor(cursor, page.through)
        return page

    async def _read_all(self) -> None:
        # One turn of the loop, so that those who are woken together ask together.
        await asyncio.sleep(0)
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            asked = [one for one in some if not one.answer.done()]
            try:
                pages = await self._database.run(partial(_pages, asked=asked, size=self.page))
            except Exception as error:
                for one in asked:
                    if not one.answer.done():
                        one.answer.set_exception(error)
                continue
            for one, page in zip(asked, pages, strict=True):
                if not one.answer.done():
                    one.answer.set_result(page)


def _pages(session: Session, asked: Sequence[_Asked], size: int) -> list[Page]:
    # First the end, then the entries: what was given a cursor up to there is committed, and seen.
    last = last_cursor(session)
    return [_page(session, one, last, size) for one in asked]


def _page(session: Session, asked: _Asked, last: int, size: int) -> Page:
    if asked.cursor >= last:
        return Page((), last)
    found = entries_after(session, asked.recipient_key, asked.cursor, size)
    if len(found) == size:
        return Page(found, found[-1].cursor)
    return Page(found, max([last, *(one.cursor for one in found[-1:])]))
