"""tidemark.charging.v1.SubscriptionService: decode and check, hand over, answer."""

from __future__ import annotations

import asyncio
from typing import Any

from tidemark.charging.v1 import subscription_api_pb2, subscription_api_pb2_grpc

from services.charging.adapters.grpc_counters import CounterCalls
from services.charging.adapters.messages import accounts, subscriptions
from services.charging.adapters.repeatable_request import repeatable
from services.charging.application.charge_usage import Repeatable, known
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Identities
from services.charging.application.read_counters import ReadCounters
from services.charging.application.watch_counters import WatchCounters
from services.charging.domain.commands import Command

_WHOSE = "subscriber_identifier"


class SubscriptionServicer(CounterCalls, subscription_api_pb2_grpc.SubscriptionServiceServicer):
    """Shops, care desks and PCFs talk to this."""

    def __init__(
        self,
        writer: PartitionWriter,
        identities: Identities,
        counters: ReadCounters,
        watch: WatchCounters,
        stopping: asyncio.Event,
    ) -> None:
        self._writer = writer
        self._identities = identities
        self._open_counters(writer, counters, watch, stopping)

    async def SubscribeOffering(
        self, request: subscription_api_pb2.SubscribeOfferingRequest, _context: Any
    ) -> subscription_api_pb2.SubscribeOfferingResponse:
        """Takes an offering."""
        again = repeatable(request.request_id, request, subscriptions.subscribed)
        subscriber_id = self._subscriber_id(request.subscriber_identifier)
        command = subscriptions.subscribe(request, subscriber_id)
        answer = await self._execute(command, again)
        return subscription_api_pb2.SubscribeOfferingResponse.FromString(answer)

    async def CancelSubscription(
        self, request: subscription_api_pb2.CancelSubscriptionRequest, _context: Any
    ) -> subscription_api_pb2.CancelSubscriptionResponse:
        """Ends a subscription."""
        again = repeatable(request.request_id, request, subscriptions.cancelled)
        command = subscriptions.cancel(request, self._subscriber_id(request.subscriber_identifier))
        answer = await self._execute(command, again)
        return subscription_api_pb2.CancelSubscriptionResponse.FromString(answer)

    async def SetSubscriberProfile(
        self, request: subscription_api_pb2.SetSubscriberProfileRequest, _context: Any
    ) -> subscription_api_pb2.SetSubscriberProfileResponse:
        """Sets segment, customer value and device class."""
        again = repeatable(request.request_id, request, subscriptions.profile_set)
        command = subscriptions.set_profile(request, self._subscriber_id(request.subscriber_identifier))
        answer = await self._execute(command, again)
        return subscription_api_pb2.SetSubscriberProfileResponse.FromString(answer)

    async def BarSubscriber(
        self, request: subscription_api_pb2.BarSubscriberRequest, _context: Any
    ) -> subscription_api_pb2.BarSubscriberResponse:
        """Puts a subscriber on the stop list, or takes them off it."""
        again = repeatable(request.request_id, request, subscriptions.barred)
        command = subscriptions.bar(request, self._subscriber_id(request.subscriber_identifier))
        answer = await self._execute(command, again)
        return subscription_api_pb2.BarSubscriberResponse.FromString(answer)

    def _subscriber_id(self, identifier: str) -> str:
        return known(
            self._writer, self._identities, accounts.subscriber_identifier(identifier, _WHOSE), _WHOSE
        )

    async def _execute(self, command: Command, again: Repeatable) -> bytes:
        return await self._writer.execute(Submission(command, again.key, again.digest, again.encode))
