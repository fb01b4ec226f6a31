"""Charging's journal read over gRPC, for what the bus did not bring."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

import grpc
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc

from services.common.runtime.following import FollowedRecord


class SourceUnavailableError(Exception):
    """The journal cannot be read now. Trying again later can help."""


class JournalSource(Protocol):
    """Reads one journal; the follower's answer to a gap."""

    def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """Records after a sequence, ascending, without gaps, up to the present head.

        Raises SourceUnavailableError.
        """


class GrpcJournalSource:
    """`tidemark.charging.v1.JournalService` behind a channel, which stays the caller's to close."""

    def __init__(self, channel: grpc.aio.Channel, timeout_seconds: float = 60) -> None:
        self._stub = journal_api_pb2_grpc.JournalServiceStub(channel)
        self._timeout_seconds = timeout_seconds

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As `JournalSource.read`. One call reads for `timeout_seconds` at most."""
        request = journal_api_pb2.ReadJournalRequest(partition=partition, after_sequence=after_sequence)
        try:
            async for row in self._stub.ReadJournal(request, timeout=self._timeout_seconds):
                yield FollowedRecord(row.partition, row.sequence, row.payload, row.hash)
        except grpc.aio.AioRpcError as error:
            raise SourceUnavailableError(f"{error.code().name}: {error.details()}") from error
