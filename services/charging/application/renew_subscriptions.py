"""What is due by itself for subscriptions and buckets is done when it is due, or as soon as charging is up.

A heap of due instants, by the server's clock. What an instant means is not
kept here: when it comes, memory is asked again what is due, and the decision
does the earliest of it. After an outage everything is done in the order in
which it would have been; an account has at most one thing done at a time.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.charging.application.partition_writer import PartitionWriter, Phase, Submission
from services.charging.application.recovery import Committed
from services.charging.domain import events as ev
from services.charging.domain.answers import Answer
from services.charging.domain.rating.tariff import ExistingSubscribers, Tariff
from services.charging.domain.state import Bucket
from services.charging.domain.subscriptions.allowance_buckets import closing_due
from services.charging.domain.subscriptions.commands import CloseBuckets, RenewSubscription
from services.charging.domain.subscriptions.periods import next_due
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import HOUR, MINUTE, SECOND, Clock, Instant
from services.common.kernel.outcome import RefusedError

LOOK_SECONDS = 0.25
"""How often due things are looked for."""

AT_A_TIME = 64
"""So many accounts are worked on together: their entries share a commit."""

HELD_AGAIN = HOUR
"""A bucket that is past but still holds a reservation is looked at again after this."""

UNKNOWN_VERSION_AGAIN = MINUTE
"""A subscription whose catalog version is not known here is looked at again after this."""

_SCANNED_AT_ONCE = 1_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """A subscription, or where `offering_code` is '' the buckets of an account."""

    account_id: str
    subscriber_id: str = ""
    offering_code: str = ""


class RenewSubscriptions:
    """Keeps watch over subscriptions, the buckets of accounts, and versions that take effect."""

    def __init__(self, writer: PartitionWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._due: list[tuple[int, _Key]] = []
        self._known: dict[_Key, int] = {}
        self._tariffs = Tariffs()
        self._moves: list[int] = []
        """When versions take effect that move subscribers at once; a heap."""
        writer.on_commit(self._committed)

    def open(self) -> None:
        """Takes up everything there is after a replay."""
        self._follow_tariffs()
        for subscriber in self._writer.state.subscribers.values():
            for item in subscriber.subscriptions:
                self._watch_subscription(subscriber.subscriber_id, item.offering_code)
        for bucket in self._writer.state.buckets.values():
            self._watch_bucket(bucket)

    async def run(self) -> None:
        """Does what is due until cancelled."""
        while True:
            if self._writer.phase is Phase.SERVING:
                await self.renew_due()
            await asyncio.sleep(LOOK_SECONDS)

    async def renew_due(self) -> int:
        """Does everything that is due now, in order. How many entries that took."""
        self._follow_tariffs()
        await self._look_for_moves()
        done = 0
        while batch := list(self._next_accounts(self._clock.now())):
            done += sum(await asyncio.gather(*(self._settle(key) for key in batch)))
            if self._writer.phase is not Phase.SERVING:
                break
        return done

    def _next_accounts(self, now: Instant) -> Iterator[_Key]:
        """Due keys in order, one for each account: what an account does next may depend on what it did."""
        accounts: set[str] = set()
        while self._due and self._due[0][0] <= now and len(accounts) < AT_A_TIME:
            due, key = self._due[0]
            if self._known.get(key) != due:
                heapq.heappop(self._due)
                continue
            if key.account_id in accounts:
                return
            heapq.heappop(self._due)
            del self._known[key]
            accounts.add(key.account_id)
            yield key

    async def _settle(self, key: _Key) -> int:
        """Submits what is due for a key, and watches for what is due after it."""
        command = (
            RenewSubscription(key.subscriber_id, key.offering_code)
            if key.offering_code
            else CloseBuckets(key.account_id)
        )
        before = self._next(key)
        if before is None or before > self._clock.now():
            self._watch(key, before)
            return 0
        try:
            await self._writer.execute(Submission(command, b"", b"", _no_answer))
        except RefusedError as error:
            again = UNKNOWN_VERSION_AGAIN if self._writer.phase is Phase.SERVING else SECOND
            _log.warning("%s was not renewed, it is tried again: %s", key, error)
            self._watch(key, Instant(self._clock.now() + again))
            return 0
        self._watch(key, self._next(key))
        return 1

    def _next(self, key: _Key) -> Instant | None:
        """What memory says is due next for a key."""
        state = self._writer.state
        if not key.offering_code:
            account = state.accounts.get(key.account_id)
            buckets = () if account is None else map(state.buckets.__getitem__, account.bucket_ids)
            return _first_to_close(buckets, self._clock.now())
        subscriber = state.subscribers.get(key.subscriber_id)
        subscription = None if subscriber is None else subscriber.subscription(key.offering_code)
        if subscriber is None or subscription is None:
            return None
        currency = state.accounts[subscriber.account_id].currency_code
        return next_due(subscription, self._writer.tariffs, currency)

    def _watch_subscription(self, subscriber_id: str, offering_code: str) -> None:
        subscriber = self._writer.state.subscribers.get(subscriber_id)
        if subscriber is not None:
            key = _Key(subscriber.account_id, subscriber_id, offering_code)
            self._watch(key, self._next(key))

    def _watch_bucket(self, bucket: Bucket) -> None:
        self._watch(_Key(bucket.account_id), closing_due(bucket))

    def _watch(self, key: _Key, due: Instant | None) -> None:
        """The earliest instant known for a key is the one that counts; looking too early does no harm."""
        if due is None or self._known.get(key, due + 1) <= due:
            return
        self._known[key] = due
        heapq.heappush(self._due, (due, key))

    def _committed(self, committed: Committed) -> None:
        for entry in committed.entries:
            for event in entry.events:
                self._take_up(event)

    def _take_up(self, event: ev.Event) -> None:
        if isinstance(event, ev.SubscriptionChanged):
            self._watch_subscription(event.subscriber_id, event.subscription.offering_code)
        elif isinstance(event, ev.SubscriberAdded):
            for item in event.subscriptions:
                self._watch_subscription(event.subscriber_id, item.offering_code)
        elif isinstance(event, ev.BucketOpened):
            self._watch_bucket(event.bucket)
        elif isinstance(event, ev.BucketStarted):
            bucket = self._writer.state.buckets.get(event.bucket_id)
            if bucket is not None:
                self._watch_bucket(bucket)

    def _follow_tariffs(self) -> None:
        """Notes when new versions take effect that move subscribers at once; some have done so already."""
        tariffs, before = self._writer.tariffs, self._tariffs
        if tariffs is before:
            return
        self._tariffs = tariffs
        for version in range(before.newest_version + 1, tariffs.newest_version + 1):
            for tariff in tariffs.editions(version):
                if _moves_at_once(tariff):
                    heapq.heappush(self._moves, tariff.effective_from)

    async def _look_for_moves(self) -> None:
        """When a version takes effect, whoever it moves is due; the scan gives way to requests."""
        now, found = self._clock.now(), False
        while self._moves and self._moves[0] <= now:
            heapq.heappop(self._moves)
            found = True
        if not found:
            return
        for index, subscriber_id in enumerate(list(self._writer.state.subscribers)):
            if index % _SCANNED_AT_ONCE == 0:
                await asyncio.sleep(0)
            subscriber = self._writer.state.subscribers.get(subscriber_id)
            for item in () if subscriber is None else subscriber.subscriptions:
                self._watch_subscription(subscriber_id, item.offering_code)


def _first_to_close(buckets: Iterable[Bucket], now: Instant) -> Instant | None:
    """When the first bucket is to be taken away; one that is still held then is looked at again."""
    dues = []
    for bucket in buckets:
        due = closing_due(bucket)
        if due is not None:
            dues.append(Instant(now + HELD_AGAIN) if bucket.reserved and due <= now else due)
    return min(dues, default=None)


def _moves_at_once(tariff: Tariff) -> bool:
    return any(item.existing is ExistingSubscribers.AT_ONCE for item in tariff.offerings.values())


def _no_answer(_answer: Answer) -> bytes:
    return b""
