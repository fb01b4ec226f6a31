"""`tidemark inbox`: what somebody was told, live if wanted; where it is sent, and what became of that."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_api_pb2_grpc

from services.cli.commands.arguments import Subscriber
from services.cli.customer_page import page_link
from services.cli.failures import CommandFailedError
from services.cli.inbox_view import show_deliveries, show_endpoints, show_inbox, update_line
from services.cli.invocation import CALL_SECONDS, Invocation, command_group, register
from services.cli.subscribers import resolve, subscriber_id_of
from services.cli.supervision.plan import NOTIFICATION

Recipient = Annotated[
    str,
    typer.Argument(
        metavar="WHO", help="A subscriber id or identifier; `party:CODE` for a partner; `operator`."
    ),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Notification ids.")]
_PARTY = "party:"
_OPERATOR = "operator"
_MINUTES, _MOST_MINUTES = 60, 1_440


class ChannelName(StrEnum):
    """Ways to reach somebody."""

    WEBHOOK = "webhook"
    WEB_PUSH = "web-push"
    EMAIL = "email"
    SMS = "sms"
    OPERATOR = "operator"


_CHANNELS = {
    ChannelName.WEBHOOK: api.CHANNEL_WEBHOOK,
    ChannelName.WEB_PUSH: api.CHANNEL_WEB_PUSH,
    ChannelName.EMAIL: api.CHANNEL_EMAIL,
    ChannelName.SMS: api.CHANNEL_SMS,
    ChannelName.OPERATOR: api.CHANNEL_OPERATOR,
}


def add_to(app: typer.Typer) -> None:
    """Registers the group."""
    group = command_group(
        app,
        "inbox",
        "What customers and partners were told, and through which channels.",
        "tidemark inbox watch SUBSCRIBER",
        "Tell customers, answer them",
    )
    register(group, "list", "tidemark inbox list SUBSCRIBER")(list_entries)
    register(group, "watch", "tidemark inbox watch SUBSCRIBER --balance --conversations")(watch)
    register(group, "read", "tidemark inbox read SUBSCRIBER ID")(read)
    register(group, "dismiss", "tidemark inbox dismiss SUBSCRIBER ID")(dismiss)
    register(group, "deliveries", "tidemark inbox deliveries SUBSCRIBER")(deliveries)
    register(group, "endpoints", "tidemark inbox endpoints SUBSCRIBER")(endpoints)
    register(group, "send-to", "tidemark inbox send-to SUBSCRIBER webhook https://example.org/hook")(send_to)
    register(group, "page", "tidemark inbox page SUBSCRIBER")(page)
    register(group, "forget", "tidemark inbox forget ENDPOINT")(forget)


async def list_entries(
    invocation: Invocation,
    who: Recipient,
    after: Annotated[int, typer.Option(min=0, help="Only entries after this cursor.")] = 0,
    everything: Annotated[bool, typer.Option("--all", help="Dismissed and superseded ones too.")] = False,
) -> None:
    """Lists an inbox, oldest first. Entries are kept for 30 days."""
    request = api.ListNotificationsRequest(
        after_cursor=after, include_hidden=everything, **await _inbox_of(invocation, who)
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        answer = await stub.ListNotifications(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.notifications:
        show_inbox(invocation.output, answer.notifications)
        invocation.output.line(f"{answer.unread} unread; go on with --after {answer.next_cursor}")
    else:
        invocation.output.line("nothing was told")


async def watch(
    invocation: Invocation,
    who: Recipient,
    after: Annotated[int | None, typer.Option(min=0, help="Begin after this cursor, else from now.")] = None,
    balance: Annotated[bool, typer.Option("--balance", help="The account's balance as it moves.")] = False,
    conversations: Annotated[bool, typer.Option("--conversations", help="What is said, too.")] = False,
) -> None:
    """Shows what is told as it happens, until Ctrl-C."""
    request = api.WatchNotificationsRequest(
        after_cursor=after,
        with_balance=balance,
        with_conversations=conversations,
        **await _inbox_of(invocation, who),
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        async for update in stub.WatchNotifications(request):
            invocation.output.json_line(update)
            invocation.output.line(update_line(update))


async def read(invocation: Invocation, subscriber: Subscriber, ids: Ids) -> None:
    """Marks entries as read."""
    await _mark(invocation, subscriber, ids, api.MARK_READ)


async def dismiss(invocation: Invocation, subscriber: Subscriber, ids: Ids) -> None:
    """Takes entries out of sight."""
    await _mark(invocation, subscriber, ids, api.MARK_DISMISSED)


async def deliveries(
    invocation: Invocation,
    who: Recipient,
    entry: Annotated[str, typer.Option(help="Only of this entry: a notification id.")] = "",
) -> None:
    """Lists what became of each delivery, newest first."""
    request = api.ListDeliveriesRequest(notification_id=entry, **await _recipient_of(invocation, who))
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        answer = await stub.ListDeliveries(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.deliveries:
        show_deliveries(invocation.output, answer.deliveries)
    else:
        invocation.output.line("nothing was sent")


async def endpoints(invocation: Invocation, who: Recipient) -> None:
    """Lists where somebody is reached."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        request = api.ListEndpointsRequest(**await _recipient_of(invocation, who))
        answer = await stub.ListEndpoints(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    if answer.endpoints:
        show_endpoints(invocation.output, answer.endpoints)
    else:
        invocation.output.line("no endpoints; the inbox and its streams are always there")


async def send_to(
    invocation: Invocation,
    who: Recipient,
    channel_name: Annotated[ChannelName, typer.Argument(metavar="CHANNEL", help="How to reach them.")],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="URL, e-mail address, +49..., or JSON.")],
) -> None:
    """Registers an endpoint. The same address again is the same endpoint."""
    request = api.RegisterEndpointRequest(
        channel=_CHANNELS[channel_name], address=address, **await _recipient_of(invocation, who)
    )
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        answer = await stub.RegisterEndpoint(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"registered {answer.endpoint.endpoint_id}")
    if answer.signing_secret:
        invocation.output.line(f"deliveries are signed with {answer.signing_secret} (shown this once)")


async def page(
    invocation: Invocation,
    subscriber: Subscriber,
    minutes: Annotated[int, typer.Option(min=1, max=_MOST_MINUTES, help="How long it holds.")] = _MINUTES,
) -> None:
    """Makes the link that opens a customer's own page, where they see all of this and ask back.

    Whoever has it is that customer, until the suite of the folder is stopped. In production your identity
    provider issues the token behind `#token=`.
    """
    found = await resolve(invocation, subscriber)
    data_dir, seconds = invocation.target.data_dir, minutes * 60
    link = page_link(data_dir, found.account_id, seconds, found.subscriber_id)
    invocation.output.document({"link": link, "account_id": found.account_id, "seconds": seconds})
    invocation.output.line(link)


async def forget(
    invocation: Invocation,
    endpoint: Annotated[str, typer.Argument(metavar="ENDPOINT", help="Endpoint id.")],
) -> None:
    """Removes an endpoint: nothing is sent there any more."""
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        answer = await stub.RemoveEndpoint(
            api.RemoveEndpointRequest(endpoint_id=endpoint), timeout=CALL_SECONDS
        )
    invocation.output.document(answer)
    invocation.output.line(f"removed {endpoint}")


async def _mark(invocation: Invocation, subscriber: str, ids: list[str], mark: api.Mark.ValueType) -> None:
    subscriber_id = await subscriber_id_of(invocation, subscriber)
    request = api.MarkNotificationsRequest(subscriber_id=subscriber_id, notification_ids=ids, mark=mark)
    async with invocation.channel(NOTIFICATION) as channel:
        stub = notification_api_pb2_grpc.NotificationServiceStub(channel)
        answer = await stub.MarkNotifications(request, timeout=CALL_SECONDS)
    invocation.output.document(answer)
    invocation.output.line(f"{answer.unread} unread")


async def _inbox_of(invocation: Invocation, who: str) -> dict[str, Any]:
    """Whose inbox: the operator's own is asked for by naming nobody."""
    return {} if who == _OPERATOR else await _recipient_of(invocation, who)


async def _recipient_of(invocation: Invocation, who: str) -> dict[str, Any]:
    if who == _OPERATOR:
        return {"operator": True}
    if who.startswith(_PARTY):
        return {"party_code": who.removeprefix(_PARTY)}
    if not who:
        raise CommandFailedError("whose? a subscriber, party:CODE or operator")
    return {"subscriber_id": await subscriber_id_of(invocation, who)}
