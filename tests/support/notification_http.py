"""A world behind the HTTP host, in memory: the real hub over inboxes, balances and talk of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.common.kernel.clock import HOUR, MINUTE, Instant
from services.common.kernel.money import Money, currency
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.system_clock import SystemClock
from services.common.runtime.token_keys import SHARED_ALGORITHM, TokenKey
from services.notification.adapters.http.app import HttpParts
from services.notification.adapters.streams.hub import StreamHub
from services.notification.adapters.streams.reading import Page
from services.notification.application.ports import Balances, Bill, ChargeLine, InboxPage, UsageSlice
from services.notification.domain.customers import Bucket, Customer, Present
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import AlertSeverity, Category, Mark, Notification
from services.notification.domain.preferences import Preferences
from services.notification.domain.reasons import CURSOR_INVALID
from tests.support.notification_http_talk import Talk

SECRET = b"a secret of these tests, long enough to sign with"
EUR = currency("EUR")
CENT = 1_000_000
ACCOUNT, OTHER_ACCOUNT = "acc-harbour", "acc-other"
ANNA, BEN, STRANGER = "sub-anna", "sub-ben", "sub-stranger"


def token_of(account: str, role: Role = Role.SUBSCRIBER, lifetime_seconds: int = 3_600) -> str:
    """A subscriber's token, or another one's."""
    return mint_token(
        SECRET,
        role,
        f"{role.value} of {account}",
        account=account if role is Role.SUBSCRIBER else "",
        party="partner" if role is Role.PARTNER else "",
        lifetime_seconds=lifetime_seconds,
    )


class FickleCallers(Callers):
    """Callers whose keys can be taken away while somebody is signed in."""

    def trust_nobody(self) -> None:
        """No token is good any more."""
        self._keys = (TokenKey(SHARED_ALGORITHM, b"another secret, as long as the first one was"),)


class AheadClock:
    """The system's clock, moved forward by so many microseconds."""

    ahead = 0

    def now(self) -> Instant:
        """The present instant, or a later one."""
        return Instant(SystemClock().now() + self.ahead)


class MemoryInbox:
    """Inboxes of all recipients, and what the hub reads of them."""

    def __init__(self) -> None:
        self.entries: list[Notification] = []

    async def page(
        self, recipient: Recipient, after_cursor: int, size: int, include_hidden: bool = False
    ) -> InboxPage:
        """As `Inbox.page`."""
        own = [one for one in self.entries if one.recipient.key == recipient.key]
        found = [one for one in own if one.cursor > after_cursor and (include_hidden or not one.hidden)]
        some = tuple(found[:size])
        return InboxPage(some, some[-1].cursor if some else after_cursor, self._unread(recipient))

    async def mark(self, recipient: Recipient, notification_ids: Sequence[str], mark: Mark) -> int:
        """As `Inbox.mark`."""
        now = SystemClock().now()
        change = {"read_at": now} if mark is Mark.READ else {"read_at": now, "dismissed_at": now}
        for place, one in enumerate(self.entries):
            if one.notification_id in notification_ids and one.recipient.key == recipient.key:
                self.entries[place] = replace(one, **change)  # type: ignore[arg-type]
        return self._unread(recipient)

    def _unread(self, recipient: Recipient) -> int:
        own = [one for one in self.entries if one.recipient.key == recipient.key]
        return sum(one.read_at is None and not one.hidden for one in own)


class StoredInMemory:
    """What the hub reads when a watcher is behind."""

    page = 20

    def __init__(self, inbox: MemoryInbox) -> None:
        self._inbox = inbox

    async def last_cursor(self) -> int:
        """The last one that was given."""
        return self._inbox.entries[-1].cursor if self._inbox.entries else 0

    async def after(self, recipient_key: str, cursor: int) -> Page:
        """What follows a cursor."""
        last = await self.last_cursor()
        if cursor > last:
            raise RefusedError(Refused(CURSOR_INVALID, "no such cursor was given yet", "after_cursor"))
        own = [one for one in self._inbox.entries if one.recipient.key == recipient_key]
        found = [one for one in own if one.cursor > cursor][: self.page]
        return Page(found, found[-1].cursor if len(found) == self.page else last)


@dataclass
class MemoryDirectory:
    """One account with two subscribers, and one of somebody else."""

    now: Instant
    slow_seconds: float = 0
    stands: dict[str, Balances] = field(default_factory=dict)
    slices: list[UsageSlice] = field(default_factory=list)
    billed: list[Bill] = field(
        default_factory=lambda: [Bill(ACCOUNT, "2026-11", Money(1_999 * CENT, EUR), 12, False)]
    )

    async def customer(self, subscriber_id: str) -> Customer | None:
        """As `Directory.customer`."""
        account = await self.account_of(subscriber_id)
        return None if account is None else Customer(subscriber_id, account, "EUR", "Europe/Berlin")

    async def account_of(self, subscriber_id: str) -> str | None:
        """As `Directory.account_of`."""
        await asyncio.sleep(self.slow_seconds)
        return {ANNA: ACCOUNT, BEN: ACCOUNT, STRANGER: OTHER_ACCOUNT}.get(subscriber_id)

    async def subscribers_of(self, account_id: str) -> Sequence[str]:
        """As `Directory.subscribers_of`."""
        return {ACCOUNT: (ANNA, BEN), OTHER_ACCOUNT: (STRANGER,)}.get(account_id, ())

    async def balances(self, account_id: str) -> Balances | None:
        """As `Directory.balances`."""
        return self.stands.get(account_id)

    async def present(self, recipient: Recipient) -> Present:
        """Nobody here asks."""
        return Present()

    async def charges(
        self, account_id: str, subscriber_id: str = "", before: Instant | None = None, limit: int = 20
    ) -> Sequence[ChargeLine]:
        """As `Directory.charges`."""
        if account_id != ACCOUNT:
            return ()
        at = Instant(self.now - HOUR)
        line = ChargeLine(
            "chg-1", ANNA, at, "usage", "plan", 10, "home", "octets", 5_000_000, Money(120 * CENT, EUR)
        )
        return (line,) if before is None or at < before else ()

    async def bills(self, account_id: str) -> Sequence[Bill]:
        """As `Directory.bills`."""
        return [one for one in self.billed if one.account_id == account_id]

    async def usage(self, subscriber_id: str, since: Instant, slice_minutes: int) -> Sequence[UsageSlice]:
        """As `Directory.usage`."""
        return [one for one in self.slices if one.begins_at >= since - slice_minutes * MINUTE]


class MemoryPreferences:
    """Preferences by subscriber."""

    def __init__(self) -> None:
        self.kept: dict[str, Preferences] = {}

    async def get(self, subscriber_id: str) -> Preferences:
        """As `PreferenceStore.get`."""
        return self.kept.get(subscriber_id, Preferences())

    async def put(self, subscriber_id: str, preferences: Preferences) -> Preferences:
        """As `PreferenceStore.put`."""
        self.kept[subscriber_id] = preferences
        return preferences


class HttpWorld:
    """Everything behind the app. `keys`: with them callers need tokens. Made on the event loop."""

    def __init__(self, keys: bool = True, most_streams: int = 100) -> None:
        self.clock = AheadClock()
        self.stopping = asyncio.Event()
        self.inbox = MemoryInbox()
        self.directory = MemoryDirectory(self.clock.now())
        self.hub = StreamHub(StoredInMemory(self.inbox), self.directory, most_streams, self.stopping)
        self.preferences = MemoryPreferences()
        self.talk = Talk(self.clock, self.hub, ANNA, ACCOUNT)
        self.callers = FickleCallers((TokenKey(SHARED_ALGORITHM, SECRET),) if keys else ())
        self._seq = 0
        self.move(money=2_450, data_left=6_200_000_000, minutes_left=4_200)
        self.directory.slices = list(_slices(self.clock.now()))

    @property
    def parts(self) -> HttpParts:
        """What the app is built over."""
        return HttpParts(
            self.inbox,
            self.hub,
            self.talk.tools,
            self.talk,
            self.directory,
            self.preferences,
            self.talk.desk,
            self.callers,
            self.clock,
            self.stopping,
        )

    def move(self, money: int, data_left: int, minutes_left: int = 4_200) -> Balances:
        """The account's balance is another one now; money in cents."""
        self._seq += 1
        now = self.clock.now()
        until = Instant(now + 12 * 24 * HOUR)
        private = frozenset({BEN})
        buckets = (
            Bucket("b-money", ACCOUNT, "Main balance", True, "EUR", money * CENT),
            Bucket("b-data", ACCOUNT, "Surf 10 GB", False, "octets", data_left, 10_000_000_000, until),
            Bucket("b-voice", ACCOUNT, "Minutes", False, "seconds", minutes_left, 6_000, until),
            Bucket("b-sms", ACCOUNT, "Messages", False, "messages", 8, 100, until),
            Bucket("b-ben", ACCOUNT, "Ben's own", False, "octets", 5, 10, until, "", private),
        )
        balances = Balances(ACCOUNT, self._seq, now, buckets)
        self.directory.stands[ACCOUNT] = balances
        self.hub.moved(balances)
        return balances

    def notify(
        self,
        title: str,
        body: str = "Words.",
        severity: AlertSeverity = AlertSeverity.INFO,
        collapse_key: str = "",
        data: Mapping[str, str] | None = None,
        minutes_ago: int = 0,
        subscriber_id: str = ANNA,
    ) -> Notification:
        """A new entry of an inbox; streams are told."""
        at = Instant(self.clock.now() - minutes_ago * MINUTE)
        cursor = len(self.inbox.entries) + 1
        entry = Notification(
            f"n-{cursor}",
            cursor,
            Recipient(subscriber_id=subscriber_id, account_id=ACCOUNT),
            "allowance-80",
            1,
            Category.SERVICE,
            severity,
            "en",
            title,
            body,
            title,
            data or {},
            at,
            at,
            collapse_key,
        )
        self.inbox.entries.append(entry)
        self.hub.told([entry])
        return entry


def _slices(now: Instant) -> Sequence[UsageSlice]:
    """A day as people have one: little at night, most in the evening."""
    begin = now - now % (30 * MINUTE)
    shape = json.loads("[3,2,1,1,0,0,1,4,9,12,8,7,10,14,9,8,11,16,22,31,28,19,12,6]")
    made = []
    for back in range(47, -1, -1):
        weight = shape[(23 - back // 2) % 24] + back % 2
        at = Instant(begin - back * 30 * MINUTE)
        if weight > 1:
            made.append(UsageSlice(at, 10, "octets", weight * 9_300_000, Money(weight * CENT // 2, EUR)))
        if weight > 8 and back % 3 == 0:
            made.append(UsageSlice(at, 20, "seconds", weight * 17, Money(weight * CENT, EUR)))
    return made
