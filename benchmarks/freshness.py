"""From a usage event to a recommendation that has seen it: the whole suite, over the bus.

Each turn reports usage to charging, then asks for a recommendation again and again until it says
(`feature_seq`) that it has seen the record of that usage, and says so in its reason. Measured from sending
the report, so charging's own answer is in it. Once with nothing beside, once beside other subscribers'
Updates at a fixed rate; there the head of the journal is of others too, so the figure is rather too high.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc
from tidemark.offers.v1 import (
    offer_api_pb2,
    offer_api_pb2_grpc,
    policy_api_pb2,
    policy_api_pb2_grpc,
    profile_api_pb2,
    profile_api_pb2_grpc,
)

from benchmarks.charging import journal_status, measure_updates
from benchmarks.element import (
    OCTETS_PER_UPDATE,
    MeasuredAccount,
    UpdateCall,
    open_session,
    release_session,
)
from benchmarks.figures import Figure, percentile
from services.cli.suite import CHARGING, Suite
from services.cli.tokens import operator_token
from services.common.runtime.grpc_client import connect

_BESIDE_RATE = 200.0
_POLL_SECONDS = 0.002
_MILLISECONDS = 1_000
_GIVE_UP_SECONDS = 10.0
_CALL_SECONDS = 10.0
_POLICIES = """
policies: benchmark
name: Benchmark
currency: EUR
time_zone: UTC
languages: [en]
placements: {home: {name: Home}}
channels: {app: {name: App}}
usage_classes: {data: {rating_groups: [1], unit: octets}}
offers:
  thanks:
    name: {en: Thanks}
    action: {reward: "1.00"}
    placements: [home]
    channels: [app]
    value: "1.00"
    reasons: [{text: {en: "{usage.data.hour} octets in the last hour."}}]
"""


class StaleError(RuntimeError):
    """A recommendation did not see usage in time."""


@dataclass(frozen=True, slots=True)
class FreshnessPace:
    """How many turns with nothing beside, and how long the Updates of others last beside the rest."""

    turns: int = 300
    beside_seconds: float = 8.0


async def measure_freshness(
    suite: Suite, accounts: Sequence[MeasuredAccount], pace: FreshnessPace
) -> list[Figure]:
    """Reports usage of the first account again and again; beside the second half the others are charged.

    Raises StaleError, AioRpcError, WrongAnswerError.
    """
    async with _channels(suite) as (charging, offers):
        subscriber_id = await _subscriber(charging, accounts[0])
        await _offered(offers, subscriber_id)
        call = await open_session(charging, accounts[0], "freshness")
        stub = offer_api_pb2_grpc.OfferServiceStub(offers)
        alone = [await _turn(charging, stub, call, subscriber_id) for _ in range(pace.turns)]
        load = asyncio.ensure_future(
            measure_updates(
                suite.addresses.charging,
                suite.pid(CHARGING),
                accounts[1:],
                0.5,
                pace.beside_seconds,
                _BESIDE_RATE,
            )
        )
        beside = []
        while not load.done():
            beside.append(await _turn(charging, stub, call, subscriber_id))
        await load
        await release_session(call)
        call.check_answers()
    return [*_figures("offers.freshness", alone), *_figures("offers.freshness.beside_updates", beside)]


def _figures(name: str, seconds: Sequence[float]) -> list[Figure]:
    return [
        Figure(
            f"{name}.p{percent}_ms", percentile(list(seconds), percent) * _MILLISECONDS, "ms", len(seconds)
        )
        for percent in (50, 99)
    ]


async def _turn(charging: grpc.aio.Channel, offers: Any, call: UpdateCall, subscriber_id: str) -> float:
    begun = time.perf_counter()
    await call()
    # The record of this usage, or one after it.
    head = (await journal_status(charging)).head_sequence
    request = offer_api_pb2.RecommendRequest(subscriber_id=subscriber_id, placement="home", channel="app")
    while time.perf_counter() - begun < _GIVE_UP_SECONDS:
        answer = await offers.Recommend(request, timeout=_CALL_SECONDS)
        seen = time.perf_counter() - begun
        if answer.feature_seq >= head:
            octets = call.account.reported_octets + call.sequence_number * OCTETS_PER_UPDATE
            said = f"{octets} octets in the last hour."
            if list(answer.offers[0].reasons) != [said]:
                raise StaleError(f"{said!r} was expected, {answer.offers[0].reasons} said")
            return seen
        await asyncio.sleep(_POLL_SECONDS)
    raise StaleError(f"journal record {head} was not seen within {_GIVE_UP_SECONDS:g} s")


async def _subscriber(charging: grpc.aio.Channel, account: MeasuredAccount) -> str:
    request = account_api_pb2.ResolveSubscriberRequest(subscriber_identifier=account.subscriber_identifier)
    stub = account_api_pb2_grpc.AccountServiceStub(charging)
    return str((await stub.ResolveSubscriber(request, timeout=_CALL_SECONDS)).subscriber_id)


async def _offered(offers: grpc.aio.Channel, subscriber_id: str) -> None:
    """Publishes the one offer, and lets the subscriber be looked at."""
    policies = policy_api_pb2_grpc.OfferPolicyServiceStub(offers)
    source = policy_api_pb2.PolicySource(
        files=[policy_api_pb2.PolicyFile(name="benchmark.yaml", content=_POLICIES)]
    )
    await policies.PublishPolicies(
        policy_api_pb2.PublishPoliciesRequest(request_id="benchmark", source=source, actor="benchmark"),
        timeout=_CALL_SECONDS,
    )
    profiles = profile_api_pb2_grpc.OfferProfileServiceStub(offers)
    consent = profile_api_pb2.ConsentChange(purpose=profile_api_pb2.PURPOSE_PERSONALISED_OFFERS, given=True)
    await profiles.SetConsents(
        profile_api_pb2.SetConsentsRequest(
            request_id="benchmark",
            subscriber=profile_api_pb2.SubscriberRef(subscriber_id=subscriber_id),
            changes=[consent],
            evidence="benchmark",
        ),
        timeout=_CALL_SECONDS,
    )


@asynccontextmanager
async def _channels(suite: Suite) -> AsyncIterator[tuple[grpc.aio.Channel, grpc.aio.Channel]]:
    async with contextlib.AsyncExitStack() as stack:
        charging = await stack.enter_async_context(grpc.aio.insecure_channel(suite.addresses.charging))
        token = await asyncio.to_thread(operator_token, suite.data_dir)
        offers = connect(suite.addresses.offers, token=token)
        stack.push_async_callback(offers.close, None)
        yield charging, offers
