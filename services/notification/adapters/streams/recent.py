"""The newest entries of all inboxes in memory, so that watchers who keep up need no database."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from services.notification.domain.notifications import Notification


class RecentEntries:
    """Entries in the order of their cursors, without gaps from `floor` (exclusive) to `head`.

    Cursors have no gaps, so one that is missing was committed and not told of yet. Then nothing is known
    that is certain: it begins anew behind the one that came, and `epoch` grows. What is older is read from
    the database, which has everything up to any cursor that was told.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: deque[Notification] = deque()
        self._by_recipient: dict[str, deque[Notification]] = {}
        self.floor = 0
        self.head = 0
        self.epoch = 0

    def begin(self, last_cursor: int) -> None:
        """So many cursors were given before anything was told."""
        self._clear(max(self.head, last_cursor))

    def add(self, entry: Notification) -> None:
        """Entries of one commit come in the order of their cursors."""
        if entry.cursor <= self.head:
            return
        if entry.cursor > self.head + 1:
            self.epoch += 1
            self._clear(entry.cursor)
            return
        self.head = entry.cursor
        self._entries.append(entry)
        self._by_recipient.setdefault(entry.recipient.key, deque()).append(entry)
        if len(self._entries) > self._most:
            self._drop_oldest()

    def after(self, recipient_key: str, cursor: int) -> Sequence[Notification] | None:
        """A recipient's entries beyond a cursor; None: the database has to be asked."""
        if not self.floor <= cursor <= self.head:
            return None
        return [one for one in self._by_recipient.get(recipient_key, ()) if one.cursor > cursor]

    def forget(self) -> None:
        """Entries have changed: all that there is now has to be read anew."""
        self._clear(self.head)

    def _clear(self, cursor: int) -> None:
        self._entries.clear()
        self._by_recipient.clear()
        self.floor = self.head = cursor

    def _drop_oldest(self) -> None:
        oldest = self._entries.popleft()
        self.floor = oldest.cursor
        key = oldest.recipient.key
        mine = self._by_recipient[key]
        mine.popleft()
        if not mine:
            del self._by_recipient[key]
