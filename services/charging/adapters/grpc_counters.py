"""The calls of tidemark.charging.v1.SubscriptionService that are about counters (TS 29.594)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tidemark.charging.v1 import subscription_api_pb2

from services.charging.adapters.messages import counters
from services.charging.adapters.repeatable_request import repeatable
from services.charging.adapters.streams import until
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.read_counters import ReadCounters
from services.charging.application.watch_counters import WatchCounters


class CounterCalls:
    """To be inherited by the servicer. Whoever does so calls `_open_counters` when it is built."""

    def _open_counters(
        self, writer: PartitionWriter, reader: ReadCounters, watch: WatchCounters, stopping: asyncio.Event
    ) -> None:
        self._counter_writer = writer
        self._counter_reader = reader
        self._counter_watch = watch
        self._counter_stopping = stopping

    async def GetCounters(
        self, request: subscription_api_pb2.GetCountersRequest, _context: Any
    ) -> subscription_api_pb2.GetCountersResponse:
        """Counters with thresholds and caps as they stand."""
        codes = counters.codes(request)
        subscriber_id = self._counter_reader.subscriber_id(counters.whose(request.subscriber_identifier))
        views, _ = await self._counter_reader.views(subscriber_id, codes)
        return subscription_api_pb2.GetCountersResponse(counters=map(counters.counter, views))

    async def WatchCounters(
        self, request: subscription_api_pb2.WatchCountersRequest, _context: Any
    ) -> AsyncIterator[subscription_api_pb2.WatchCountersResponse]:
        """First all counters, then those whose status, period or cap changed."""
        codes = counters.codes(request)
        subscriber_id = self._counter_reader.subscriber_id(counters.whose(request.subscriber_identifier))
        async for change in until(self._counter_stopping, self._counter_watch(subscriber_id, codes)):
            yield subscription_api_pb2.WatchCountersResponse(
                sequence=change.sequence, counters=map(counters.counter, change.views)
            )

    async def SetSpendCap(
        self, request: subscription_api_pb2.SetSpendCapRequest, _context: Any
    ) -> subscription_api_pb2.SetSpendCapResponse:
        """Sets or lifts the cap of a liftable counter for one subscriber."""
        again = repeatable(request.request_id, request, counters.cap_set)
        subscriber_id = self._counter_reader.subscriber_id(counters.whose(request.subscriber_identifier))
        command = counters.set_spend_cap(request, subscriber_id)
        submission = Submission(command, again.key, again.digest, again.encode)
        answer = await self._counter_writer.execute(submission)
        return subscription_api_pb2.SetSpendCapResponse.FromString(answer)
