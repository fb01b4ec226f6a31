"""NotificationService over gRPC: inboxes, streams, wishes, endpoints, deliveries."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_api_pb2_grpc

from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.common.runtime.callers import Callers
from services.notification.adapters import notification_messages as messages
from services.notification.adapters.asked import LONGEST_ID, is_id, place
from services.notification.adapters.streams.hub import StreamHub
from services.notification.adapters.tools.whose import Accounts
from services.notification.adapters.whose import Recipients
from services.notification.application.delivery_ports import DeliveryLog, Endpoints
from services.notification.application.ports import Inbox, PreferenceStore
from services.notification.domain import reasons

Context = Any

_PAGE = 50
_LONGEST_PAGE = 500
_MOST_MARKED = 500
_LONGEST_ADDRESS = 4_096


class NotificationServicer(notification_api_pb2_grpc.NotificationServiceServicer):
    """Asks who calls and about whom, translates, calls one port, translates back."""

    def __init__(
        self,
        inbox: Inbox,
        hub: StreamHub,
        preferences: PreferenceStore,
        endpoints: Endpoints,
        deliveries: DeliveryLog,
        accounts: Accounts,
        callers: Callers,
    ) -> None:
        self._inbox = inbox
        self._hub = hub
        self._preferences = preferences
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._recipients = Recipients(accounts)
        self._callers = callers

    async def ListNotifications(
        self, request: api.ListNotificationsRequest, context: Context
    ) -> api.ListNotificationsResponse:
        """A page of an inbox."""
        recipient = await self._recipients.named(request, self._callers.of(context))
        page = await self._inbox.page(
            recipient,
            place(request.after_cursor, "after_cursor"),
            _size(request.page_size),
            request.include_hidden,
        )
        return api.ListNotificationsResponse(
            notifications=map(messages.notification_message, page.notifications),
            next_cursor=page.next_cursor,
            unread=page.unread,
        )

    async def WatchNotifications(
        self, request: api.WatchNotificationsRequest, context: Context
    ) -> AsyncIterator[api.WatchNotificationsResponse]:
        """An inbox as it grows, and what was asked for beside it."""
        recipient = await self._recipients.named(request, self._callers.of(context))
        after = place(request.after_cursor, "after_cursor") if request.HasField("after_cursor") else None
        updates = self._hub.watch(recipient, after, request.with_balance, request.with_conversations)
        async with contextlib.aclosing(updates):
            # Headers at once, so that the caller knows it is watching though there is nothing to tell.
            await context.send_initial_metadata(())
            async for update in updates:
                yield messages.update_message(update)

    async def MarkNotifications(
        self, request: api.MarkNotificationsRequest, context: Context
    ) -> api.MarkNotificationsResponse:
        """Read, or dismissed. Without a subscriber: the caller's own."""
        caller = self._callers.of(context)
        recipient = await (
            self._recipients.subscriber(request.subscriber_id, caller)
            if request.subscriber_id
            else self._recipients.oneself(caller)
        )
        mark = messages.mark_of(request.mark)
        unread = await self._inbox.mark(recipient, _ids(request.notification_ids), mark)
        return api.MarkNotificationsResponse(unread=unread)

    async def GetPreferences(
        self, request: api.GetPreferencesRequest, context: Context
    ) -> api.GetPreferencesResponse:
        """What a subscriber wishes."""
        whose = await self._recipients.subscriber(request.subscriber_id, self._callers.of(context))
        found = await self._preferences.get(whose.subscriber_id)
        return api.GetPreferencesResponse(preferences=messages.preferences_message(found))

    async def SetPreferences(
        self, request: api.SetPreferencesRequest, context: Context
    ) -> api.SetPreferencesResponse:
        """Replaces all wishes."""
        whose = await self._recipients.subscriber(request.subscriber_id, self._callers.of(context))
        wanted = messages.preferences_of(request.preferences)
        found = await self._preferences.put(whose.subscriber_id, wanted)
        return api.SetPreferencesResponse(preferences=messages.preferences_message(found))

    async def RegisterEndpoint(
        self, request: api.RegisterEndpointRequest, context: Context
    ) -> api.RegisterEndpointResponse:
        """An address to deliver to."""
        recipient = await self._recipients.named(request, self._callers.of(context))
        channel = messages.channel_of(request.channel)
        if not 1 <= len(request.address) <= _LONGEST_ADDRESS or "\x00" in request.address:
            raise _refused(reasons.ADDRESS_INVALID, f"1 to {_LONGEST_ADDRESS} characters", "address")
        found = await self._endpoints.register(recipient, channel, request.address)
        return api.RegisterEndpointResponse(
            endpoint=messages.endpoint_message(found.endpoint), signing_secret=found.signing_secret
        )

    async def RemoveEndpoint(
        self, request: api.RemoveEndpointRequest, context: Context
    ) -> api.RemoveEndpointResponse:
        """Nothing is sent there any more. Another's sounds like one that there is not."""
        caller = self._callers.of(context)
        (endpoint_id,) = _ids([request.endpoint_id], "endpoint_id")
        endpoint = await self._endpoints.get(endpoint_id)
        if endpoint is None or not await self._recipients.may_ask(endpoint.recipient, caller):
            raise _refused(reasons.ENDPOINT_UNKNOWN, "there is no such endpoint", "endpoint_id")
        await self._endpoints.remove(endpoint_id)
        return api.RemoveEndpointResponse()

    async def ListEndpoints(
        self, request: api.ListEndpointsRequest, context: Context
    ) -> api.ListEndpointsResponse:
        """Where a recipient is reached."""
        recipient = await self._recipients.named(request, self._callers.of(context))
        return api.ListEndpointsResponse(
            endpoints=map(messages.endpoint_message, await self._endpoints.of(recipient)),
            vapid_public_key=self._endpoints.vapid_public_key(),
        )

    async def ListDeliveries(
        self, request: api.ListDeliveriesRequest, context: Context
    ) -> api.ListDeliveriesResponse:
        """What became of attempts to deliver, newest first."""
        recipient = await self._recipients.named(request, self._callers.of(context))
        (notification_id,) = _ids([request.notification_id], "notification_id", may_be_empty=True)
        found = await self._deliveries.of(recipient, notification_id, _size(request.page_size))
        return messages.deliveries_message(found)


def _size(page_size: int) -> int:
    return min(page_size or _PAGE, _LONGEST_PAGE)


def _ids(ids: Sequence[str], field: str = "notification_ids", may_be_empty: bool = False) -> Sequence[str]:
    if len(ids) > _MOST_MARKED:
        raise _refused(reasons.FIELD_INVALID, f"at most {_MOST_MARKED} at once", field)
    for one in ids:
        if not (is_id(one) or (may_be_empty and not one)):
            raise _refused(reasons.FIELD_INVALID, f"1 to {LONGEST_ID} printable characters each", field)
    return ids


def _refused(reason: Reason, words: str, field: str) -> RefusedError:
    return RefusedError(Refused(reason, words, field))
