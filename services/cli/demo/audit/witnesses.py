"""What charging, its journal and the bus say, asked over their public interfaces."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import grpc
import nats
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    journal_api_pb2,
    journal_api_pb2_grpc,
    journal_pb2,
)

from services.common.runtime.grpc_errors import error_info

STREAM = "CHARGING_JOURNAL"
SUBJECT = journal_pb2.JournalRecord.DESCRIPTOR.full_name
_CALL_SECONDS = 30.0
_POLL_SECONDS = 0.05
_FETCH = 256


class WitnessSilentError(Exception):
    """A part of the suite did not give evidence in time. The message says which."""


@dataclass(frozen=True, slots=True)
class JournalEvidence:
    """One partition: where it stands, its rows as serialized records, and what its verifier says."""

    status: journal_api_pb2.GetJournalStatusResponse
    rows: tuple[bytes, ...]
    verdict: journal_api_pb2.VerifyJournalResponse


async def ask_accounts(
    channel: grpc.aio.Channel, account_ids: Iterable[str]
) -> dict[str, account_api_pb2.Account]:
    """Accounts as charging reports them; one it does not know is left out."""
    stub = account_api_pb2_grpc.AccountServiceStub(channel)
    found: dict[str, account_api_pb2.Account] = {}
    for account_id in account_ids:
        request = account_api_pb2.GetAccountRequest(account_id=account_id)
        try:
            found[account_id] = (await stub.GetAccount(request, timeout=_CALL_SECONDS)).account
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
    return found


async def ask_status(channel: grpc.aio.Channel) -> list[journal_api_pb2.GetJournalStatusResponse]:
    """Every partition that is served, from 0 on."""
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    found: list[journal_api_pb2.GetJournalStatusResponse] = []
    while True:
        request = journal_api_pb2.GetJournalStatusRequest(partition=len(found))
        try:
            found.append(await stub.GetJournalStatus(request, timeout=_CALL_SECONDS))
        except grpc.aio.AioRpcError as error:
            info = error_info(error)
            if info is None or info.reason != "PARTITION_UNKNOWN":
                raise
            return found


async def ask_journal(channel: grpc.aio.Channel, deadline_seconds: float = 60.0) -> list[JournalEvidence]:
    """Every partition's journal, once all of it is on the bus. Raises WitnessSilentError."""
    try:
        async with asyncio.timeout(deadline_seconds):
            statuses = await _all_published(channel)
    except TimeoutError:
        raise WitnessSilentError(
            f"the relay did not publish the whole journal within {deadline_seconds:g} s; is NATS up?"
        ) from None
    return [await _partition(channel, status) for status in statuses]


async def _all_published(channel: grpc.aio.Channel) -> list[journal_api_pb2.GetJournalStatusResponse]:
    while True:
        statuses = await ask_status(channel)
        if all(status.relayed_sequence >= status.head_sequence for status in statuses):
            return statuses
        await asyncio.sleep(_POLL_SECONDS)


async def _partition(
    channel: grpc.aio.Channel, status: journal_api_pb2.GetJournalStatusResponse
) -> JournalEvidence:
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    request = journal_api_pb2.ReadJournalRequest(partition=status.partition)
    rows = [row.payload async for row in stub.ReadJournal(request, timeout=_CALL_SECONDS * 10)]
    verify = journal_api_pb2.VerifyJournalRequest(partition=status.partition)
    verdict = await stub.VerifyJournal(verify, timeout=_CALL_SECONDS * 10)
    return JournalEvidence(status, tuple(rows), verdict)


async def ask_bus(nats_url: str, partition: int) -> tuple[bytes, ...]:
    """Every message of a partition on the stream, in the stream's order. Raises WitnessSilentError."""
    subject = f"{SUBJECT}.{partition}"
    try:
        client = await nats.connect(nats_url, connect_timeout=10, max_reconnect_attempts=3)
    except (OSError, NatsTimeoutError, nats.errors.Error) as error:
        raise WitnessSilentError(f"NATS at {nats_url} does not answer: {error}") from error
    try:
        stream = client.jetstream()
        state = (await stream.stream_info(STREAM, subjects_filter=subject)).state
        expected = (state.subjects or {}).get(subject, 0)
        reader = await stream.pull_subscribe(
            subject,
            stream=STREAM,
            config=ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL),
        )
        found: list[bytes] = []
        while len(found) < expected:
            found += [message.data for message in await reader.fetch(_FETCH, timeout=10)]
        return tuple(found)
    except (NatsTimeoutError, nats.errors.Error) as error:
        raise WitnessSilentError(f"stream {STREAM} cannot be read: {error!r}") from error
    finally:
        await client.close()


def entries(rows: Sequence[bytes]) -> Iterable[journal_pb2.Event]:
    """Every event of some records, in order."""
    for row in rows:
        for entry in journal_pb2.JournalRecord.FromString(row).entries:
            yield from entry.events
