"""Inboxes and balances in memory behind the real hub of streams."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.common.kernel.clock import Instant
from services.notification.adapters.streams.hub import StreamHub, Watch
from services.notification.adapters.streams.reading import Page
from services.notification.application.ports import Balances, Update
from services.notification.domain.conversations import Author, Message
from services.notification.domain.customers import Bucket
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Notification

AT = Instant(1_767_225_600_000_000)


def recipient(number: int = 1) -> Recipient:
    """Subscriber `s-<number>` of account `a-<number>`."""
    return Recipient(subscriber_id=f"s-{number}", account_id=f"a-{number}")


def notification(cursor: int, to: Recipient | None = None, collapse_key: str = "") -> Notification:
    """An entry of an inbox."""
    return Notification(
        notification_id=f"n-{cursor}",
        cursor=cursor,
        recipient=to or recipient(),
        alert_code="balance-low",
        rules_version=1,
        category=Category.SERVICE,
        severity=AlertSeverity.WARNING,
        language="en",
        title="Little is left",
        body="1.00 EUR is left.",
        text="1.00 EUR is left.",
        data={"bucket_id": "b-1"},
        occurred_at=AT,
        created_at=AT,
        collapse_key=collapse_key,
    )


def balances(feature_seq: int, number: int = 1, balance: int = 0) -> Balances:
    """What account `a-<number>` holds."""
    bucket = Bucket(f"b-{number}", f"a-{number}", "Money", True, "EUR", balance)
    return Balances(f"a-{number}", feature_seq, AT, (bucket,))


def message(sequence: int, conversation_id: str = "c-1") -> Message:
    """Something said."""
    return Message(conversation_id, sequence, Author.AGENT, f"words {sequence}", AT)


class MemoryInboxes:
    """Fulfils `Stored` and `PresentBalances`: what is committed, and what accounts hold."""

    def __init__(self, page: int = 3) -> None:
        self.page = page
        self.entries: list[Notification] = []
        self.present: dict[str, Balances] = {}
        self.reads = 0
        self.failure: Exception | None = None

    def commit(self, to: Recipient, count: int = 1) -> Sequence[Notification]:
        """New entries, as one transaction stores them."""
        first = len(self.entries) + 1
        new = [notification(cursor, to) for cursor in range(first, first + count)]
        self.entries.extend(new)
        return new

    async def last_cursor(self) -> int:
        """The last entry's."""
        return len(self.entries)

    async def after(self, recipient_key: str, cursor: int) -> Page:
        """As the database answers: what is committed in this moment, a little later."""
        self.reads += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        last = len(self.entries)
        found = [one for one in self.entries if one.recipient.key == recipient_key and one.cursor > cursor]
        some = tuple(found[: self.page])
        await asyncio.sleep(0)
        return Page(some, some[-1].cursor if len(some) == self.page else last)

    async def balances(self, account_id: str) -> Balances | None:
        """What an account holds."""
        await asyncio.sleep(0)
        return self.present.get(account_id)


class Streams:
    """A hub over inboxes in memory."""

    def __init__(self, page: int = 3, most_streams: int = 100, most_recent: int = 100) -> None:
        self.inboxes = MemoryInboxes(page)
        self.stopping = asyncio.Event()
        self.hub = StreamHub(self.inboxes, self.inboxes, most_streams, self.stopping, most_recent)

    def tell(self, to: Recipient | None = None, count: int = 1) -> None:
        """Commits entries, and tells."""
        self.hub.told(self.inboxes.commit(to or recipient(), count))


async def settled() -> None:
    """Lets everything run that can run without anything new happening."""
    for _ in range(10):
        await asyncio.sleep(0)


async def waiting(watch: Watch, most: int = 100) -> list[Update]:
    """What a watcher gets without anything new happening."""
    found: list[Update] = []
    while len(found) < most:
        pulled = asyncio.ensure_future(watch.__anext__())
        await settled()
        if not pulled.done():
            pulled.cancel()
            await asyncio.wait([pulled])
            break
        try:
            found.append(pulled.result())
        except StopAsyncIteration:
            break
    return found


def cursors(updates: Sequence[Update]) -> list[int]:
    """Of the notifications among updates."""
    return [update.cursor for update in updates if isinstance(update, Notification)]
