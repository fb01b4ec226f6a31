"""Subscribers as people name them, and the opaque ids by which every service but charging knows them."""

from __future__ import annotations

from tidemark.charging.v1 import account_api_pb2 as api
from tidemark.charging.v1 import account_api_pb2_grpc

from services.cli.invocation import CALL_SECONDS, Invocation
from services.cli.supervision.plan import CHARGING
from services.common.kernel.identifiers import is_subscriber_identifier


async def resolve(invocation: Invocation, subscriber: str) -> api.ResolveSubscriberResponse:
    """The opaque ids of a subscriber and its account, from its id or one of its identifiers."""
    named = subscriber if is_subscriber_identifier(subscriber) else f"subscriber-{subscriber}"
    async with invocation.channel(CHARGING) as channel:
        stub = account_api_pb2_grpc.AccountServiceStub(channel)
        request = api.ResolveSubscriberRequest(subscriber_identifier=named)
        return await stub.ResolveSubscriber(request, timeout=CALL_SECONDS)


async def subscriber_id_of(invocation: Invocation, subscriber: str) -> str:
    """The opaque id. An identifier is taken to charging, which alone may hear it; anything else is an id."""
    if not is_subscriber_identifier(subscriber):
        return subscriber
    return (await resolve(invocation, subscriber)).subscriber_id
