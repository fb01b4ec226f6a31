"""Who watches what: tells streams that there is something, and gives them what there is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from services.common.kernel.outcome import Refused, RefusedError
from services.notification.adapters.streams.reading import Page
from services.notification.adapters.streams.recent import RecentEntries
from services.notification.adapters.streams.watcher import Watcher
from services.notification.application.ports import Balances, Update
from services.notification.domain import reasons
from services.notification.domain.conversations import Message
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Notification

MOST_RECENT = 4_096


class PresentBalances(Protocol):
    """What a stream with balances begins with; a part of `Directory`."""

    async def balances(self, account_id: str) -> Balances | None:
        """None: the account is not known."""


class Stored(Protocol):
    """What inboxes hold."""

    @property
    def page(self) -> int:
        """Entries that are read at once."""

    async def last_cursor(self) -> int:
        """The last one that was given."""

    async def after(self, recipient_key: str, cursor: int) -> Page:
        """What follows a cursor."""


class StreamHub:
    """Fulfils `Watching`, and the mirror's `Watchers`. All on one event loop; what is told costs only those
    whom it concerns.

    `stopping`, the server's, ends every stream. Notifications are read from memory by whoever keeps up, from
    the database by everybody else; nothing is queued for a slow reader but one balance and some messages.
    """

    def __init__(
        self,
        stored: Stored,
        balances: PresentBalances,
        most_streams: int,
        stopping: asyncio.Event,
        most_recent: int = MOST_RECENT,
    ) -> None:
        self._stored = stored
        self._balances = balances
        self._most_streams = most_streams
        self._stopping = stopping
        self._recent = RecentEntries(most_recent)
        self._by_inbox: dict[str, set[Watcher]] = {}
        self._by_account: dict[str, set[Watcher]] = {}
        self._by_subscriber: dict[str, set[Watcher]] = {}
        self._ending: asyncio.Task[None] | None = None
        self.streams = 0
        """How many are open."""

    async def start(self) -> None:
        """Finds out where inboxes end, before anybody watches."""
        self._recent.begin(await self._stored.last_cursor())

    def watch(
        self,
        recipient: Recipient,
        after_cursor: int | None,
        with_balance: bool = False,
        with_conversations: bool = False,
    ) -> Watch:
        """A stream from now on; it hears of everything before anybody iterates over it.

        With the balance it begins with the present one. Raises RefusedError TOO_MANY_STREAMS; the iteration
        raises CURSOR_INVALID for a cursor that was not given yet.
        """
        if self.streams >= self._most_streams:
            words = f"{self._most_streams} streams are open, and no more are served at once; try again later"
            raise RefusedError(Refused(reasons.TOO_MANY_STREAMS, words))
        watcher = Watcher(
            recipient.key,
            self._recent.head if after_cursor is None else after_cursor,
            self._recent.epoch,
            recipient.account_id if with_balance else "",
            recipient.subscriber_id if with_conversations else "",
        )
        watcher.ended = self._stopping.is_set()
        for index, key in self._places(watcher):
            index.setdefault(key, set()).add(watcher)
        self.streams += 1
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end_all())
        return Watch(self, watcher, asyncio.get_running_loop())

    def told(self, notifications: Sequence[Notification]) -> None:
        """New entries were committed; all of one commit together."""
        for entry in sorted(notifications, key=_cursor):
            self._recent.add(entry)
            for watcher in self._by_inbox.get(entry.recipient.key, ()):
                watcher.told(entry.cursor, self._recent.epoch)

    def notified(self, recipient_keys: Sequence[str]) -> None:
        """Inboxes have changed in a way that `told` does not say: they are read from the database."""
        self._recent.forget()
        for key in recipient_keys:
            for watcher in self._by_inbox.get(key, ()):
                watcher.told(0, self._recent.epoch)

    def moved(self, balances: Balances) -> None:
        """An account's buckets moved."""
        for watcher in self._by_account.get(balances.account_id, ()):
            watcher.moved(balances)

    def said(self, subscriber_id: str, message: Message) -> None:
        """Something was said in a conversation of the subscriber."""
        for watcher in self._by_subscriber.get(subscriber_id, ()):
            watcher.said(message)

    def watches(self, account_id: str) -> bool:
        """Whether somebody looks at the balances of an account. From any thread."""
        return account_id in self._by_account

    async def following(self, watcher: Watcher) -> Update | None:
        """What goes out next to a watcher, waiting for it; None: its stream has ended."""
        while not watcher.ended:
            if watcher.wants_present_balance:
                present = await self._balances.balances(watcher.account_id)
                watcher.stands(present)
            if (update := watcher.at_hand()) is not None:
                return update
            if watcher.is_behind:
                await self._catch_up(watcher)
            elif not watcher.ended:
                await watcher.rest()
        return None

    def release(self, watcher: Watcher) -> None:
        """Lets a watcher go; again: no change. On the event loop."""
        for index, key in self._places(watcher):
            watchers = index.get(key, set())
            if watcher in watchers:
                watchers.discard(watcher)
                self.streams -= index is self._by_inbox
                if not watchers:
                    del index[key]
        watcher.end()

    async def _catch_up(self, watcher: Watcher) -> None:
        """Reads what follows, from memory where that is known to have all of it."""
        watcher.begin_reading()
        epoch, size = self._recent.epoch, self._stored.page
        cursor = watcher.through
        recent = self._recent.after(watcher.recipient_key, cursor)
        if recent is not None:
            some, is_all = recent[:size], len(recent) <= size
            watcher.has_read(some, self._recent.head if is_all else some[-1].cursor, epoch, is_all)
            return
        try:
            page = await self._stored.after(watcher.recipient_key, cursor)
        except BaseException:
            watcher.has_not_read()
            raise
        watcher.has_read(page.entries, page.through, epoch, len(page.entries) < size)

    def _places(self, watcher: Watcher) -> Iterable[tuple[dict[str, set[Watcher]], str]]:
        yield self._by_inbox, watcher.recipient_key
        if watcher.account_id:
            yield self._by_account, watcher.account_id
        if watcher.subscriber_id:
            yield self._by_subscriber, watcher.subscriber_id

    async def _end_all(self) -> None:
        await self._stopping.wait()
        for watchers in self._by_inbox.values():
            for watcher in watchers:
                watcher.end()


class Watch:
    """One stream's updates. Whoever has it closes it; one that is lost is closed by and by."""

    __slots__ = ("_hub", "_loop", "_watcher")

    def __init__(self, hub: StreamHub, watcher: Watcher, loop: asyncio.AbstractEventLoop) -> None:
        self._hub = hub
        self._watcher = watcher
        self._loop = loop

    def __aiter__(self) -> Watch:
        return self

    async def __anext__(self) -> Update:
        """What comes next. Giving up waiting for it loses nothing."""
        update = await self._hub.following(self._watcher)
        if update is None:
            raise StopAsyncIteration
        return update

    async def aclose(self) -> None:
        """Ends it."""
        self._hub.release(self._watcher)

    def __del__(self) -> None:
        # Garbage is collected anywhere, in other threads and amid a loop over watchers.
        if not self._watcher.ended:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and all is over
                self._loop.call_soon_threadsafe(self._hub.release, self._watcher)


def _cursor(entry: Notification) -> int:
    return entry.cursor
