"""One watcher: how far it has read, and what waits for it, which is bounded however slow it is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import Enum

from services.notification.application.ports import Balances, Update
from services.notification.domain.conversations import Message
from services.notification.domain.notifications import Notification

MOST_MESSAGES = 16


class _Inbox(Enum):
    """How a watcher stands to its inbox."""

    BEHIND = 1
    READING = 2
    AT_THE_END = 3


class Watcher:
    """State of one stream. Notifications are pulled; of a balance only the newest waits.

    Of conversations' messages the newest `MOST_MESSAGES` wait. Where there were more, a message's `sequence`
    is not the last one's plus one: the reader then reads the conversation after the last one that it has.
    The newest message of each conversation is kept before others, so that every gap shows.
    """

    __slots__ = (
        "_balance",
        "_balance_seq",
        "_balance_was_last",
        "_entries",
        "_epoch",
        "_inbox",
        "_messages",
        "_waiter",
        "account_id",
        "ended",
        "recipient_key",
        "subscriber_id",
        "through",
        "wants_present_balance",
    )

    def __init__(
        self, recipient_key: str, through: int, epoch: int, account_id: str, subscriber_id: str
    ) -> None:
        self.recipient_key = recipient_key
        self.through = through
        """Everything up to there was read."""
        self.account_id = account_id
        """Whose balance is wanted; empty: none."""
        self.subscriber_id = subscriber_id
        """Whose conversations are wanted; empty: none."""
        self.wants_present_balance = bool(account_id)
        self.ended = False
        self._epoch = epoch
        self._inbox = _Inbox.BEHIND
        self._entries: deque[Notification] | None = None
        self._balance: Balances | None = None
        self._balance_seq = -1
        self._balance_was_last = False
        self._messages: deque[Message] | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_behind(self) -> bool:
        """True where there may be entries that were not read."""
        return self._inbox is _Inbox.BEHIND

    def at_hand(self) -> Update | None:
        """Takes what goes out next; None: nothing is here.

        A balance goes first, but not twice in a row while there may be something else.
        """
        others = bool(self._messages or self._entries or self.is_behind)
        if self._balance is not None and not (others and self._balance_was_last):
            found, self._balance, self._balance_was_last = self._balance, None, True
            return found
        update: Update | None = None
        if self._messages:
            update = self._messages.popleft()
            self._messages = self._messages or None
        elif self._entries:
            update = self._entries.popleft()
            self._entries = self._entries or None
        if update is not None:
            self._balance_was_last = False
        return update

    def begin_reading(self) -> None:
        """What is told from here on may not be in what is read."""
        self._inbox = _Inbox.READING

    def has_read(self, entries: Sequence[Notification], through: int, epoch: int, is_all: bool) -> None:
        """Its entries up to `through` were read. `epoch`: that of when the reading began."""
        self._entries = deque(entries) if entries else None
        self.through, self._epoch = through, epoch
        if self._inbox is _Inbox.READING:
            self._inbox = _Inbox.AT_THE_END if is_all else _Inbox.BEHIND

    def has_not_read(self) -> None:
        """The reading failed, or was given up."""
        self._inbox = _Inbox.BEHIND

    def told(self, cursor: int, epoch: int) -> None:
        """There is an entry for it.

        One that was at the end, and has heard of everything since, has nothing between that and the cursor.
        """
        if self._inbox is _Inbox.AT_THE_END and self._epoch == epoch:
            self.through = max(self.through, cursor - 1)
        self._inbox = _Inbox.BEHIND
        self.wake()

    def moved(self, balances: Balances) -> None:
        """The balance it wants is another one; an older one is none."""
        if balances.feature_seq >= self._balance_seq:
            self._balance, self._balance_seq = balances, balances.feature_seq
            self.wake()

    def stands(self, balances: Balances | None) -> None:
        """The balance as it was found; one that moved meanwhile counts."""
        self.wants_present_balance = False
        if balances is not None and balances.feature_seq > self._balance_seq:
            self.moved(balances)

    def said(self, message: Message) -> None:
        """Something was said in a conversation it wants to hear."""
        if self._messages is None:
            self._messages = deque()
        self._messages.append(message)
        if len(self._messages) > MOST_MESSAGES:
            del self._messages[_superfluous(self._messages)]
        self.wake()

    def end(self) -> None:
        """Nothing more goes out."""
        self.ended = True
        self._entries = self._messages = self._balance = None
        self.wake()

    def wake(self) -> None:
        """Ends a rest."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def rest(self) -> None:
        """Waits until something happens. Looks at nothing: whatever is here already has to be taken first."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


def _superfluous(messages: Sequence[Message]) -> int:
    """The oldest one that another of its conversation follows; the oldest, where none does."""
    newest = {message.conversation_id: place for place, message in enumerate(messages)}
    for place, message in enumerate(messages):
        if newest[message.conversation_id] != place:
            return place
    return 0
