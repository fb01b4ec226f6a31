"""Who may call what: every method of the four services asks, whoever writes the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from tidemark.offers.v1 import learning_api_pb2, offer_api_pb2, policy_api_pb2, profile_api_pb2

from services.common.runtime.callers import Role, mint_token
from services.common.runtime.grpc_client import connect
from services.common.runtime.grpc_errors import error_info
from tests.support.live_charging import Node
from tests.support.offers_customer import EVERYTHING, MEGABYTE, PERSONALISED, VIDEO, Customer, customer
from tests.support.offers_live import CALL_SECONDS, OffersWorld, offers_world

SECRET = b"a secret of this story, as long as it has to be"
OK = "OK"
FILES = (learning_api_pb2, offer_api_pb2, policy_api_pb2, profile_api_pb2)
METHODS = {
    f"/{service.full_name}/{method.name}": method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
OFFERS, PROFILES = "/tidemark.offers.v1.OfferService/", "/tidemark.offers.v1.OfferProfileService/"
FOR_OPERATORS = frozenset(
    path for path in METHODS if path.split("/")[1].endswith(("OfferPolicyService", "OfferLearningService"))
) | {f"{PROFILES}GetProfileStatus"}
NOT_YOURS = "PERMISSION_DENIED NOT_YOUR_ACCOUNT"
UNKNOWN = "NOT_FOUND DECISION_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A customer with a decision that they asked for and one that was pushed."""

    customer: Customer
    asked: str
    pushed: str

    def requests(self, by_whom: str) -> Mapping[str, Message]:
        """A request about this customer to every method that is not for operators only."""
        return {
            **{OFFERS + name: request for name, request in self._to_offers(by_whom).items()},
            **{PROFILES + name: request for name, request in self._to_profiles(by_whom).items()},
        }

    def _to_offers(self, by_whom: str) -> Mapping[str, Message]:
        asked, for_all = self.asked, "social-pass-for-all"
        subscriber_id = self.customer.subscriber_id
        return {
            "Recommend": offer_api_pb2.RecommendRequest(
                subscriber_id=subscriber_id, placement="app-home", channel="app"
            ),
            "AcceptOffer": offer_api_pb2.AcceptOfferRequest(
                request_id=f"{by_whom}-yes", decision_id=asked, offer_code=for_all
            ),
            "DeclineOffer": offer_api_pb2.DeclineOfferRequest(
                request_id=f"{by_whom}-no", decision_id=self.pushed, offer_code="video-pass"
            ),
            "GiveFeedback": offer_api_pb2.GiveFeedbackRequest(
                request_id=f"{by_whom}-seen",
                decision_id=asked,
                offer_code=for_all,
                kind=offer_api_pb2.FEEDBACK_KIND_SEEN,
            ),
            "GetDecision": offer_api_pb2.GetDecisionRequest(decision_id=asked),
            "ListDecisions": offer_api_pb2.ListDecisionsRequest(subscriber_id=subscriber_id),
            "WatchOffers": offer_api_pb2.WatchOffersRequest(subscriber_id=subscriber_id, after_sequence=1),
        }

    def _to_profiles(self, by_whom: str) -> Mapping[str, Message]:
        ref = self.customer.ref
        return {
            "GetProfile": profile_api_pb2.GetProfileRequest(subscriber=ref),
            "SetConsents": profile_api_pb2.SetConsentsRequest(
                request_id=f"{by_whom}-consents",
                subscriber=ref,
                changes=[profile_api_pb2.ConsentChange(purpose=PERSONALISED, given=True)],
                evidence="story",
            ),
            "ReportLocations": profile_api_pb2.ReportLocationsRequest(
                reports=[profile_api_pb2.LocationReport(subscriber=ref, cell_id="26201-0000a1b20")]
            ),
            # Last, since nothing is left afterwards.
            "EraseProfile": profile_api_pb2.EraseProfileRequest(
                request_id=f"{by_whom}-erase", subscriber=ref, reason="story"
            ),
        }


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OffersWorld]:
    key_file = tmp_path / "secret"
    key_file.write_bytes(SECRET)
    async with (
        offers_world(tmp_path, monkeypatch, token_key_file=key_file) as running,
        called_by(running, Role.OPERATOR) as operator,
    ):
        running.operator = operator
        yield running


@asynccontextmanager
async def called_by(
    world: OffersWorld, role: Role | None, *, account: str = "", party: str = ""
) -> AsyncIterator[grpc.aio.Channel]:
    """A channel with a token; None: without."""
    assert isinstance(world.offers, Node)
    token = mint_token(SECRET, role, "somebody", account=account, party=party) if role else ""
    channel = connect(world.offers.address, token=token)
    try:
        yield channel
    finally:
        await channel.close(None)


async def somebody(world: OffersWorld, name: str) -> Somebody:
    """With both decisions."""
    found = await customer(world, name, consents=EVERYTHING)
    asked = (await found.asks()).decision_id
    await found.use(MEGABYTE, VIDEO)
    (pushed,) = await found.pushed()
    return Somebody(found, asked, pushed.decision_id)


async def answer(channel: grpc.aio.Channel, path: str, request: Message | None) -> str:
    """OK, or status and reason, of a method; None: an empty request."""
    octets = request.SerializeToString() if request else b""
    try:
        if METHODS[path].server_streaming:
            stream: Any = channel.unary_stream(path, bytes, bytes)(octets, timeout=CALL_SECONDS)
            async for _ in stream:
                stream.cancel()
                return OK
        else:
            await channel.unary_unary(path, bytes, bytes)(octets, timeout=CALL_SECONDS)
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        return f"{error.code().name} {info.reason if info else ''}"
    return OK


async def answers(channel: grpc.aio.Channel, requests: Mapping[str, Message | None]) -> dict[str, str]:
    """The answer of each method, in order."""
    return {path: await answer(channel, path, request) for path, request in requests.items()}


async def test_nobody_is_answered_without_a_token(world: OffersWorld) -> None:
    async with called_by(world, None) as channel:
        found = await answers(channel, dict.fromkeys(METHODS))
    assert set(found.values()) == {"UNAUTHENTICATED UNAUTHENTICATED"}, found


async def test_a_subscriber_sees_the_own_account_and_no_other(world: OffersWorld) -> None:
    anna, ben = await somebody(world, "anna"), await somebody(world, "ben")
    own, others = anna.requests("anna"), ben.requests("anna")
    assert set(own) | FOR_OPERATORS == set(METHODS), "what is not for operators only is asked for here"
    of_decisions = {"AcceptOffer", "DeclineOffer", "GiveFeedback", "GetDecision"}
    hidden = {path: UNKNOWN if path.removeprefix(OFFERS) in of_decisions else NOT_YOURS for path in others}
    before = await seen_of(ben.customer)
    async with called_by(world, Role.SUBSCRIBER, account="anna") as channel:
        assert await answers(channel, others) == hidden
        operators = await answers(channel, dict.fromkeys(FOR_OPERATORS))
        assert set(operators.values()) == {"PERMISSION_DENIED NOT_OPERATOR"}, operators
        # Everybody's decisions, and everybody's offers as they are pushed, are the operator's alone.
        everybody = {f"{OFFERS}WatchOffers": offer_api_pb2.WatchOffersRequest(after_sequence=1)}
        assert await answers(channel, everybody) == {f"{OFFERS}WatchOffers": "PERMISSION_DENIED NOT_OPERATOR"}
        assert await answer(channel, f"{OFFERS}ListDecisions", None) != OK
        mixed = profile_api_pb2.ReportLocationsRequest(
            reports=[
                profile_api_pb2.LocationReport(subscriber=one.customer.ref, cell_id="26201-0000a1b20")
                for one in (anna, ben)
            ]
        )
        assert await answer(channel, f"{PROFILES}ReportLocations", mixed) == NOT_YOURS
        assert await answers(channel, own) == dict.fromkeys(own, OK)
    assert await seen_of(ben.customer) == before


async def test_whoever_exists_or_not_sounds_the_same_to_others(world: OffersWorld) -> None:
    await customer(world, "anna")
    async with called_by(world, Role.SUBSCRIBER, account="anna") as channel:
        for ref in (
            profile_api_pb2.SubscriberRef(subscriber_id="nobody-at-all"),
            profile_api_pb2.SubscriberRef(subscriber_identifier="device-nobody"),
        ):
            request = profile_api_pb2.GetProfileRequest(subscriber=ref)
            assert await answer(channel, f"{PROFILES}GetProfile", request) == NOT_YOURS


async def test_a_partner_has_no_business_here(world: OffersWorld) -> None:
    anna = await somebody(world, "anna")
    everything: dict[str, Message | None] = {
        **dict.fromkeys(FOR_OPERATORS),
        **anna.requests("partner"),
    }
    assert set(everything) == set(METHODS)
    async with called_by(world, Role.PARTNER, party="melody") as channel:
        found = await answers(channel, everything)
    assert {code.partition(" ")[0] for code in found.values()} == {"PERMISSION_DENIED"}, found


async def seen_of(who: Customer) -> tuple[Message, Message]:
    """What the operator sees of a customer: account and profile, without what fades and what others move."""
    account = await who.account()
    account.ClearField("sequence")
    request = profile_api_pb2.GetProfileRequest(subscriber=who.ref)
    profile = await who.world.desk.profiles.GetProfile(request, timeout=CALL_SECONDS)
    for moving in ("features", "feature_seq", "usage"):
        profile.ClearField(moving)
    return account, profile
