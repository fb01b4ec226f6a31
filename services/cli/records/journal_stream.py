"""Charging's journal as it lies on the bus: reading it costs charging nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from types import TracebackType

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext, api

from services.common.runtime.bus import Bus, BusUnavailableError
from services.common.runtime.bus_messages import translated
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_messages import (
    JOURNAL_STREAM,
    JOURNAL_SUBJECT,
    SEQUENCE_HEADER,
    followed,
)

BATCH = 100
_FORGOTTEN_AFTER_SECONDS = 60.0
_LOOKS = 32


class JournalStream:
    """One partition's messages, read without acknowledging: the reader knows itself how far it has come.

    Messages may repeat (a relay that was rewound) and may be missing (older than the stream keeps).
    """

    def __init__(self, bus: Bus, partition: int) -> None:
        self._bus = bus
        self._partition = partition
        self._subject = f"{JOURNAL_SUBJECT}.{partition}"
        self._subscription: JetStreamContext.PullSubscription | None = None

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
        return _journal_sequence(message) if message is not None else 0

    async def _last(self) -> api.RawStreamMsg | None:
        try:
            return await self._bus.jetstream.get_last_msg(JOURNAL_STREAM, self._subject)
        except nats.js.errors.NotFoundError:
            return None

    async def next_records(
        self, after_sequence: int, wait_seconds: float, at_most: int = BATCH
    ) -> Sequence[FollowedRecord]:
        """The next messages: as soon as there are so many, else those that came in so many seconds.

        The first call, and the first after a failure, begins at or before the journal record that follows
        `after_sequence`; later ones go on where the last one ended. Raises BusUnavailableError.
        """
        try:
            if self._subscription is None:
                self._subscription = await translated(self._subscribe(after_sequence))
            messages = await translated(self._fetch(self._subscription, wait_seconds, at_most))
        except BusUnavailableError:
            await self._let_go()
            raise
        return [_record(message) for message in messages]

    async def _subscribe(self, after_sequence: int) -> JetStreamContext.PullSubscription:
        config = api.ConsumerConfig(
            ack_policy=api.AckPolicy.NONE,
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=await self._position_of(after_sequence + 1),
            inactive_threshold=_FORGOTTEN_AFTER_SECONDS,
            mem_storage=True,
        )
        return await self._bus.jetstream.pull_subscribe(self._subject, stream=JOURNAL_STREAM, config=config)

    async def _position_of(self, sequence: int) -> int:
        """A place in the stream from which a journal record follows, if the stream has it.

        Records lie in their order, so it is at least as many places before the last one as it is records
        older; more, where other partitions lie between.
        """
        message = await self._last()
        if message is None:
            return 1
        place = message.seq or 1
        if _journal_sequence(message) < sequence:
            return place + 1
        for _ in range(_LOOKS):
            newer = _journal_sequence(message) - sequence
            if newer <= 0 or place == 1:
                return place
            place = max(1, place - newer)
            message = await self._at_or_after(place)
        return 1

    async def _at_or_after(self, place: int) -> api.RawStreamMsg:
        return await self._bus.jetstream.get_msg(JOURNAL_STREAM, place, self._subject, next=True)

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


def _journal_sequence(message: api.RawStreamMsg) -> int:
    return int((message.headers or {})[SEQUENCE_HEADER])


def _record(message: Msg) -> FollowedRecord:
    return followed(message.headers or {}, message.data)
