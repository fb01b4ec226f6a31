"""What the demo asks of the offers service, as the operator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidemark.offers.v1 import (
    decision_pb2,
    offer_api_pb2,
    offer_api_pb2_grpc,
    policy_api_pb2,
    policy_api_pb2_grpc,
    profile_api_pb2,
    profile_api_pb2_grpc,
)

from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.tokens import operator_token
from services.common.runtime.grpc_client import connect

ACTOR = "demo"
_CALL_SECONDS = 30.0
_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.02
_PURPOSES = (
    profile_api_pb2.PURPOSE_PERSONALISED_OFFERS,
    profile_api_pb2.PURPOSE_OUTBOUND,
)


@dataclass(frozen=True, slots=True)
class OffersDesk:
    """Where offers listens, and the suite's folder, whose secret signs the tokens."""

    address: str
    data_dir: Path

    async def publish(self, request_id: str, files: Sequence[tuple[str, str]]) -> int:
        """Publishes policy files by name and content; returns their version."""
        request = policy_api_pb2.PublishPoliciesRequest(
            request_id=request_id,
            source=policy_api_pb2.PolicySource(
                files=[policy_api_pb2.PolicyFile(name=name, content=content) for name, content in files]
            ),
            actor=ACTOR,
        )
        async with self._channel() as channel:
            stub = policy_api_pb2_grpc.OfferPolicyServiceStub(channel)
            return int((await stub.PublishPolicies(request, timeout=_CALL_SECONDS)).version.version)

    async def consent(self, request_id: str, identifier: str) -> None:
        """Lets usage be looked at, and offers come unasked."""
        request = profile_api_pb2.SetConsentsRequest(
            request_id=request_id,
            subscriber=profile_api_pb2.SubscriberRef(subscriber_identifier=identifier),
            changes=[profile_api_pb2.ConsentChange(purpose=purpose, given=True) for purpose in _PURPOSES],
            evidence="demo",
        )
        async with self._channel() as channel:
            stub = profile_api_pb2_grpc.OfferProfileServiceStub(channel)
            await stub.SetConsents(request, timeout=_CALL_SECONDS)

    async def folded(self, sequence: int) -> None:
        """Returns once profiles have charging's journal up to a record. Raises WitnessSilentError."""
        async with self._channel() as channel:
            stub = profile_api_pb2_grpc.OfferProfileServiceStub(channel)
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    await _until_folded(stub, sequence)
            except TimeoutError:
                raise WitnessSilentError(
                    f"offers has not followed the journal within {_WAIT_SECONDS:g} s"
                ) from None

    async def pushed_to(self, identifier: str) -> decision_pb2.Decision:
        """The first decision that presented something to a subscriber unasked.

        Raises WitnessSilentError where there is none after half a minute.
        """
        async with self._channel() as channel:
            stub = offer_api_pb2_grpc.OfferServiceStub(channel)
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    return (await _until_presented(stub, identifier))[-1]
            except TimeoutError:
                raise WitnessSilentError(f"no offer came within {_WAIT_SECONDS:g} s") from None

    async def decisions(self, identifier: str) -> Sequence[decision_pb2.Decision]:
        """Everything that was decided about a subscriber, newest first."""
        async with self._channel() as channel:
            return await _decisions(offer_api_pb2_grpc.OfferServiceStub(channel), identifier)

    async def first_page(self, request_id: str, identifier: str) -> decision_pb2.Decision:
        """What the first page of the app shows a subscriber now, with all that it was chosen from."""
        request = offer_api_pb2.RecommendRequest(
            request_id=request_id,
            subscriber_identifier=identifier,
            placement="app-home",
            channel="app",
            limit=3,
        )
        async with self._channel() as channel:
            stub = offer_api_pb2_grpc.OfferServiceStub(channel)
            decision_id = (await stub.Recommend(request, timeout=_CALL_SECONDS)).decision_id
            asked = offer_api_pb2.GetDecisionRequest(decision_id=decision_id)
            answer: offer_api_pb2.GetDecisionResponse = await stub.GetDecision(asked, timeout=_CALL_SECONDS)
            return answer.decision

    async def accept(self, request_id: str, decision_id: str, offer_code: str) -> Any:
        """Takes an offer."""
        request = offer_api_pb2.AcceptOfferRequest(
            request_id=request_id, decision_id=decision_id, offer_code=offer_code, channel="push"
        )
        async with self._channel() as channel:
            stub = offer_api_pb2_grpc.OfferServiceStub(channel)
            return await stub.AcceptOffer(request, timeout=_CALL_SECONDS)

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[Any]:
        async with contextlib.AsyncExitStack() as stack:
            channel = connect(self.address, token=operator_token(self.data_dir))
            stack.push_async_callback(channel.close, None)
            yield channel


async def _until_folded(stub: Any, sequence: int) -> None:
    request = profile_api_pb2.GetProfileStatusRequest()
    while True:
        status = await stub.GetProfileStatus(request, timeout=_CALL_SECONDS)
        if min((partition.sequence for partition in status.partitions), default=0) >= sequence:
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _until_presented(stub: Any, identifier: str) -> Sequence[decision_pb2.Decision]:
    while True:
        decisions = await _decisions(stub, identifier, presented_only=True)
        if decisions:
            return decisions
        await asyncio.sleep(_POLL_SECONDS)


async def _decisions(
    stub: Any, identifier: str, *, presented_only: bool = False
) -> Sequence[decision_pb2.Decision]:
    request = offer_api_pb2.ListDecisionsRequest(
        subscriber_identifier=identifier, presented_only=presented_only, page_size=50
    )
    return list((await stub.ListDecisions(request, timeout=_CALL_SECONDS)).decisions)
