"""What inboxes hold, read and marked by their recipients. Fulfils `Inbox`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import ColumnElement, func, not_, select, update
from sqlmodel import Session

from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.notification.adapters.inbox.entries import last_cursor
from services.notification.adapters.inbox.rows import INBOX, entry_of, select_entries
from services.notification.application.ports import InboxPage
from services.notification.domain import reasons
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Mark, Notification

_MARKED = {Mark.READ: INBOX.c.read_at, Mark.DISMISSED: INBOX.c.dismissed_at}


class SqlInbox:
    """Inboxes of all recipients. `changed` hears the keys of those whose entries were marked."""

    def __init__(self, database: Database, clock: Clock, changed: Callable[[Sequence[str]], None]) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed

    async def page(
        self, recipient: Recipient, after_cursor: int, size: int, include_hidden: bool = False
    ) -> InboxPage:
        """Entries after a cursor, oldest first.

        Raises RefusedError CURSOR_INVALID for a cursor beyond the last one that was given.
        """
        return await self._database.run(
            lambda session: _page(session, recipient.key, after_cursor, size, include_hidden)
        )

    async def mark(self, recipient: Recipient, notification_ids: Sequence[str], mark: Mark) -> int:
        """Marks those that are the recipient's and not marked yet; returns how many are unread now."""
        ids = list(dict.fromkeys(notification_ids))
        marked, unread = await self._database.run(
            partial(_mark, key=recipient.key, ids=ids, mark=mark, now=self._clock.now())
        )
        if marked:
            self._changed([recipient.key])
        return unread


def entries_after(session: Session, recipient_key: str, cursor: int, size: int) -> list[Notification]:
    """Entries of a recipient beyond a cursor, those out of sight too, oldest first."""
    found = (
        select_entries()
        .where(INBOX.c.recipient_key == recipient_key, INBOX.c.cursor > cursor)
        .order_by(INBOX.c.cursor)
        .limit(size)
    )
    return [entry_of(row) for row in session.execute(found)]


def require_cursor(cursor: int, last: int) -> None:
    """Raises RefusedError CURSOR_INVALID where no such cursor was given yet."""
    if cursor > last:
        words = f"the last cursor given is {last}: begin anew from 0"
        raise RefusedError(Refused(reasons.CURSOR_INVALID, words, "after_cursor"))


def _page(session: Session, key: str, after_cursor: int, size: int, include_hidden: bool) -> InboxPage:
    require_cursor(after_cursor, last_cursor(session))
    wanted = select_entries().where(INBOX.c.recipient_key == key, INBOX.c.cursor > after_cursor)
    if not include_hidden:
        wanted = wanted.where(*_in_sight())
    rows = session.execute(wanted.order_by(INBOX.c.cursor).limit(size))
    found = tuple(entry_of(row) for row in rows)
    return InboxPage(found, found[-1].cursor if found else after_cursor, _unread(session, key))


def _mark(session: Session, key: str, ids: Sequence[str], mark: Mark, now: Instant) -> tuple[int, int]:
    """How many were marked, and how many are unread."""
    column = _MARKED[mark]
    marked = session.execute(
        update(INBOX)
        .where(INBOX.c.recipient_key == key, INBOX.c.notification_id.in_(ids), column.is_(None))
        .values({column: now})
    ).rowcount  # type: ignore[attr-defined]
    return marked, _unread(session, key)


def _unread(session: Session, key: str) -> int:
    wanted = select(func.count()).where(INBOX.c.recipient_key == key, INBOX.c.read_at.is_(None), *_in_sight())
    found: int = session.execute(wanted).scalar_one()
    return found


def _in_sight() -> tuple[ColumnElement[bool], ...]:
    return INBOX.c.dismissed_at.is_(None), not_(INBOX.c.superseded)
