"""Charging's journal as it lies on the bus: reading it costs charging nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api

from services.common.runtime.bus import Bus, BusUnavailableError
from services.common.runtime.bus_messages import translated
from services.common.runtime.follower import (
    HASH_HEADER,
    JOURNAL_STREAM,
    JOURNAL_SUBJECT,
    PARTITION_HEADER,
    SEQUENCE_HEADER,
)
from services.common.runtime.following import FollowedRecord

BATCH = 100
_FORGOTTEN_AFTER_SECONDS = 60.0


class JournalStream:
    """One partition's messages, read without acknowledging: the reader knows itself how far it has come.

    Messages may repeat (a relay that was rewound) and may be missing (older than the stream keeps).
    """

    def __init__(self, bus: Bus, partition: int) -> None:
        self._bus = bus
        self._partition = partition
        self._subject = f"{JOURNAL_SUBJECT}.{partition}"
        self._subscription: JetStreamContext.PullSubscription | None = None
        self._seen: datetime | None = None
        """When the last message that was read had been published, by the server's clock."""

    async def __aenter__(self) -> JournalStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._let_go()

    @property
    def connected(self) -> bool:
        """True while NATS can be reached."""
        return self._bus.connected

    async def last_sequence(self) -> int:
        """The journal record that was published last; 0: none is kept. Raises BusUnavailableError."""
        try:
            message = await translated(self._last())
        except BusUnavailableError:
            await self._let_go()
            raise
        return int((message.headers or {})[SEQUENCE_HEADER]) if message is not None else 0

    async def _last(self) -> api.RawStreamMsg | None:
        try:
            return await self._bus.jetstream.get_last_msg(JOURNAL_STREAM, self._subject)
        except nats.js.errors.NotFoundError:
            return None

    async def next_records(
        self, since: datetime | None, wait_seconds: float, at_most: int = BATCH
    ) -> Sequence[FollowedRecord]:
        """The next messages: as soon as there are so many, else those that came in so many seconds.

        The first call begins with what was published since an instant (None: with the oldest that is
        kept), the first after a failure where it broke off. Raises BusUnavailableError.
        """
        try:
            if self._subscription is None:
                self._subscription = await translated(self._subscribe(self._seen or since))
            messages = await translated(self._fetch(self._subscription, wait_seconds, at_most))
        except BusUnavailableError:
            await self._let_go()
            raise
        if messages:
            self._seen = messages[-1].metadata.timestamp
        return [_record(message) for message in messages]

    async def _subscribe(self, since: datetime | None) -> JetStreamContext.PullSubscription:
        config = api.ConsumerConfig(
            ack_policy=api.AckPolicy.NONE,
            deliver_policy=api.DeliverPolicy.ALL if since is None else api.DeliverPolicy.BY_START_TIME,
            opt_start_time=since,
            inactive_threshold=_FORGOTTEN_AFTER_SECONDS,
            mem_storage=True,
        )
        return await self._bus.jetstream.pull_subscribe(self._subject, stream=JOURNAL_STREAM, config=config)

    async def _fetch(
        self, subscription: JetStreamContext.PullSubscription, wait_seconds: float, at_most: int
    ) -> Sequence[Msg]:
        if not self._bus.connected:
            raise BusUnavailableError("NATS is not connected")
        try:
            return await subscription.fetch(min(at_most, BATCH), timeout=wait_seconds)
        except TimeoutError:
            # A consumer that the server has lost, in a restart, is silent in the same way.
            await subscription.consumer_info()
            return ()

    async def _let_go(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            with contextlib.suppress(nats.errors.Error, ValueError):
                await subscription.unsubscribe()


def _record(message: Msg) -> FollowedRecord:
    headers = message.headers or {}
    return FollowedRecord(
        int(headers[PARTITION_HEADER]),
        int(headers[SEQUENCE_HEADER]),
        message.data,
        bytes.fromhex(headers[HASH_HEADER]),
    )
