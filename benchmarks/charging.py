"""Measures charging: durable Updates, memory, recovery, and the audit at the end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc, journal_api_pb2, journal_api_pb2_grpc

from benchmarks.audit import AccountSums
from benchmarks.element import (
    OPENING_MINOR_MICROS,
    PRICE_MINOR_MICROS_PER_OCTET,
    MeasuredAccount,
    UpdateCall,
    open_session,
    provision,
    release_session,
)
from benchmarks.figures import Load
from benchmarks.load import close_channels, closed_loop, open_channels
from benchmarks.open_loop import open_loop
from benchmarks.processor import cpu_share
from services.common.runtime.grpc_errors import error_info

CATALOG_FILE = Path(__file__).with_name("catalog.yaml")
_EFFECTIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
_CATALOG_DEADLINE_SECONDS = 20
_POLL_SECONDS = 0.05
_CALL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class MeasuredUpdates:
    """A load of Updates, and how many cores charging and this process used meanwhile."""

    load: Load
    server_cores: float
    client_cores: float


async def publish_catalog(address: str) -> None:
    """Publishes the price list of the measurements."""
    effective_from = Timestamp()
    effective_from.FromDatetime(_EFFECTIVE_FROM)
    source = catalog_api_pb2.CatalogSource(
        files=[
            catalog_api_pb2.SourceFile(
                name=CATALOG_FILE.name, content=CATALOG_FILE.read_text(encoding="utf-8")
            )
        ]
    )
    async with grpc.aio.insecure_channel(address) as channel:
        await catalog_api_pb2_grpc.CatalogServiceStub(channel).PublishCatalog(
            catalog_api_pb2.PublishCatalogRequest(
                request_id="benchmark", source=source, effective_from=effective_from, actor="benchmark"
            ),
            timeout=_CALL_SECONDS,
        )


async def provision_when_priced(channel: grpc.aio.Channel, accounts: Sequence[MeasuredAccount]) -> None:
    """Opens the accounts as soon as the published catalog has reached charging."""
    async with asyncio.timeout(_CATALOG_DEADLINE_SECONDS):
        while True:
            try:
                return await provision(channel, accounts)
            except grpc.aio.AioRpcError as error:
                info = error_info(error)
                if info is None or info.reason not in {"CATALOG_NOT_PUBLISHED", "OFFERING_UNKNOWN"}:
                    raise
            await asyncio.sleep(_POLL_SECONDS)


async def measure_updates(
    address: str,
    pid: int,
    accounts: Sequence[MeasuredAccount],
    warm_up_seconds: float,
    seconds: float,
    rate: float | None = None,
) -> MeasuredUpdates:
    """One session for each account, each with its next call in flight, or so many calls a second altogether.

    Answers are checked when the clock has stopped.
    """
    channels = open_channels(address, len(accounts))
    try:
        calls = await _open_sessions(channels, accounts)
        await _load(calls, warm_up_seconds, rate)
        with cpu_share(pid) as server, cpu_share(os.getpid()) as client:
            load = await _load(calls, seconds, rate)
        for call in calls:
            await release_session(call)
            call.check_answers()
        return MeasuredUpdates(load, server.cores, client.cores)
    finally:
        await close_channels(channels)


async def journal_status(channel: grpc.aio.Channel) -> journal_api_pb2.GetJournalStatusResponse:
    """Where the journal stands."""
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    return await stub.GetJournalStatus(journal_api_pb2.GetJournalStatusRequest(), timeout=_CALL_SECONDS)


async def chain_fault(channel: grpc.aio.Channel) -> str:
    """What is wrong with the journal's chain of hashes; empty where it is intact."""
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    verdict = await stub.VerifyJournal(journal_api_pb2.VerifyJournalRequest(), timeout=_CALL_SECONDS)
    return "" if verdict.intact else f"journal record {verdict.fault_sequence}: {verdict.detail}"


async def account_sums(channel: grpc.aio.Channel, account: MeasuredAccount) -> AccountSums:
    """The account as charging reports it, beside what the element knows."""
    stub = account_api_pb2_grpc.AccountServiceStub(channel)
    answer = await stub.GetAccount(
        account_api_pb2.GetAccountRequest(account_id=account.account_id), timeout=_CALL_SECONDS
    )
    return AccountSums(
        account_id=account.account_id,
        priced=account.reported_octets * PRICE_MINOR_MICROS_PER_OCTET,
        answered=account.answered_minor_micros,
        opening=OPENING_MINOR_MICROS,
        remaining=sum(bucket.money.minor_micros for bucket in answer.account.buckets),
        reserved=sum(bucket.money_reserved.minor_micros for bucket in answer.account.buckets),
    )


async def _load(calls: Sequence[UpdateCall], seconds: float, rate: float | None) -> Load:
    return await (closed_loop(calls, seconds) if rate is None else open_loop(calls, seconds, rate))


async def _open_sessions(
    channels: Sequence[grpc.aio.Channel], accounts: Sequence[MeasuredAccount]
) -> list[UpdateCall]:
    purpose = f"{len(accounts)}-{time.time_ns()}"
    return [
        await open_session(channels[i % len(channels)], account, purpose)
        for i, account in enumerate(accounts)
    ]
