"""The JetStream stream that charging's journal is copied to: one record, one message, in order.

Stream `CHARGING_JOURNAL`, subject `tidemark.charging.v1.JournalRecord.<partition>`;
the payload is the journal's, byte for byte. Several records go as one atomic
batch (NATS ADR-50), stored together or not at all. Each batch says which
message of its subject it follows (Nats-Expected-Last-Subject-Sequence), so a
batch that was stored although its answer was lost cannot be stored again,
however long the outage; `Nats-Msg-Id`, the record's hash, would only help
within the stream's duplicate window.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js.api import RawStreamMsg
from tidemark.charging.v1 import journal_pb2

from services.charging.domain.hash_chain import JournalRow
from services.common.runtime.bus import Bus, BusUnavailableError, StreamSpec
from services.common.runtime.bus_messages import translated

STREAM = "CHARGING_JOURNAL"
SUBJECT = journal_pb2.JournalRecord.DESCRIPTOR.full_name
DUPLICATE_WINDOW_SECONDS = 600
PUBLISH_SECONDS = 10.0

PARTITION = "Tidemark-Partition"
SEQUENCE = "Tidemark-Sequence"
EPOCH = "Tidemark-Epoch"
HASH = "Tidemark-Hash"
MESSAGE_ID = "Nats-Msg-Id"
EXPECTED = "Nats-Expected-Last-Subject-Sequence"

# Error codes of nats-server (server/errors.json).
_WRONG_LAST_SEQUENCE = frozenset({10071, 10164})
_DUPLICATE_IN_BATCH = 10201
_AWAY = (nats.errors.Error, TimeoutError, OSError)


class StreamMovedError(Exception):
    """The stream does not end where it was believed to. Nothing was stored; look again."""


class DuplicateIdError(Exception):
    """A message id was used before, further back in the stream. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class PublishedRecord:
    """The last message of a partition: its place in the stream, and which record it is."""

    stream_sequence: int
    sequence: int
    hash: bytes


def subject(partition: int) -> str:
    """The subject of a partition's records."""
    return f"{SUBJECT}.{partition}"


class JournalStream:
    """Looks at the end of the stream and publishes after it."""

    def __init__(self, bus: Bus, replicas: int | None = None) -> None:
        self._bus = bus
        self._spec = StreamSpec(
            STREAM,
            (f"{SUBJECT}.*",),
            duplicate_window_seconds=DUPLICATE_WINDOW_SECONDS,
            replicas=replicas,
            atomic_batches=True,
        )

    async def ready(self) -> None:
        """Returns when NATS can be reached and the stream exists."""
        await self._bus.wait_connected()
        await self._bus.ensure_stream(self._spec)

    async def last(self, partition: int) -> PublishedRecord | None:
        """The last record of a partition on the bus; None for none. Raises BusUnavailableError."""
        try:
            message = await translated(self._last_message(partition))
        except BusUnavailableError as error:
            raise BusUnavailableError(f"the end of {STREAM} cannot be read: {error}") from error
        if message is None:
            return None
        headers = message.headers or {}
        return PublishedRecord(
            message.seq or 0, int(headers.get(SEQUENCE, "0")), bytes.fromhex(headers.get(HASH, ""))
        )

    async def _last_message(self, partition: int) -> RawStreamMsg | None:
        try:
            return await self._bus.jetstream.get_last_msg(STREAM, subject(partition))
        except nats.js.errors.NotFoundError:
            return None

    async def publish(
        self, rows: Sequence[JournalRow], after_stream_sequence: int, *, once_more: bool = False
    ) -> int:
        """Stores rows of one partition, all or none, after the message its subject ends with (0: none yet).

        `once_more` gives the messages ids of their own, for records that were
        published before. Returns the stream sequence of the last one. Raises
        StreamMovedError, DuplicateIdError, BusUnavailableError.
        """
        suffix = f".{after_stream_sequence}" if once_more else ""
        headers = [_headers(row, suffix) for row in rows]
        headers[0][EXPECTED] = str(after_stream_sequence)
        if len(rows) > 1:
            _as_batch(headers)
        return _stored(await self._send(subject(rows[0].partition), rows, headers))

    async def _send(
        self, to: str, rows: Sequence[JournalRow], headers: Sequence[dict[str, str]]
    ) -> dict[str, Any]:
        """Sends all but the last without an answer; the last commits the batch and is answered."""
        client = self._bus.client
        try:
            for row, fields in zip(rows[:-1], headers[:-1], strict=True):
                await translated(client.publish(to, row.payload, headers=fields))
            request = client.request(to, rows[-1].payload, timeout=PUBLISH_SECONDS, headers=dict(headers[-1]))
            answer = await self._unless_lost(request)
        except _AWAY as error:
            raise BusUnavailableError(f"{to} was not acknowledged: {error!r}") from error
        decoded: dict[str, Any] = json.loads(answer.data)
        return decoded

    async def _unless_lost(self, request: Coroutine[Any, Any, Msg]) -> Msg:
        """Awaits an answer for as long as the link is up; nobody should sit out a timeout for nothing."""
        answer = asyncio.create_task(request)
        lost = asyncio.create_task(self._bus.wait_lost())
        try:
            await asyncio.wait((answer, lost), return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise BusUnavailableError("the link to NATS was lost before the answer came")
            return answer.result()
        finally:
            answer.cancel()
            lost.cancel()


def _headers(row: JournalRow, suffix: str) -> dict[str, str]:
    return {
        MESSAGE_ID: row.hash.hex() + suffix,
        PARTITION: str(row.partition),
        SEQUENCE: str(row.sequence),
        EPOCH: str(row.epoch),
        HASH: row.hash.hex(),
    }


def _as_batch(headers: Sequence[dict[str, str]]) -> None:
    batch = uuid.uuid4().hex
    for number, fields in enumerate(headers, start=1):
        fields["Nats-Batch-Id"] = batch
        fields["Nats-Batch-Sequence"] = str(number)
    headers[-1]["Nats-Batch-Commit"] = "1"


def _stored(answer: dict[str, Any]) -> int:
    error = answer.get("error")
    if error is None:
        if answer.get("duplicate"):
            raise DuplicateIdError
        return int(answer["seq"])
    if error.get("err_code") in _WRONG_LAST_SEQUENCE:
        raise StreamMovedError(error.get("description", ""))
    if error.get("err_code") == _DUPLICATE_IN_BATCH:
        raise DuplicateIdError
    raise BusUnavailableError(f"{STREAM} refused: {error.get('description', error)}")
