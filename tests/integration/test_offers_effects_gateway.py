"""What charging's answers mean to an acceptance: given, refused, or not known."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, subscription_api_pb2
from tidemark.type.v1 import money_pb2

from services.charging.domain import reasons
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import Reason, Refused
from services.offers.adapters.effects.charging_gateway import ChargingGateway
from services.offers.application.ports import ChargingUnreachableError
from services.offers.domain.acceptance import Answer, AnswerState, ChargingRefusal, Given
from services.offers.domain.policies import Action, ActionKind
from tests.support.fake_services import FakeServices, fake_services
from tests.support.live_charging import open_channel
from tests.support.offers_effects import EURO, REWARD, TRIAL

AT = Instant(1_772_438_400 * SECOND)
SUBSCRIBED = subscription_api_pb2.SubscribeOfferingResponse(
    charge_ids=["c-1"], amount=money_pb2.Money(currency_code="EUR", minor_micros=2 * EURO)
)


@pytest.fixture
async def charging() -> AsyncIterator[tuple[FakeServices, ChargingGateway]]:
    """Charging with scripted answers, and the gateway to it."""
    with fake_services() as services:
        channel = open_channel(services.address)
        yield services, ChargingGateway(channel, call_seconds=5, within_seconds=0.3)
        await channel.close(None)


def answer(action: Action) -> Answer:
    """A yes that waits for charging."""
    return Answer("d-1", "the-offer", AnswerState.PENDING, "s-1", "acme-1", "app", AT, action, 1)


BUNDLE = Action(ActionKind.SUBSCRIBE, "bundle", chosen_offerings=("music", "news"))


async def test_an_order_names_key_subscriber_members_and_decision(
    charging: tuple[FakeServices, ChargingGateway],
) -> None:
    services, gateway = charging
    services.answer("SubscribeOffering", SUBSCRIBED)
    assert await gateway.give(answer(BUNDLE)) == Given(("c-1",), 2 * EURO, "EUR")
    (request,) = services.requests
    assert request.request_id == "offers:d-1:the-offer"
    assert request.subscriber_identifier == "subscriber-s-1"
    assert request.subscription.offering_code == "bundle"
    assert list(request.subscription.chosen_offerings) == ["music", "news"]
    assert request.reference == "d-1"


async def test_a_trials_end_is_that_of_the_subscriber_who_accepted(
    charging: tuple[FakeServices, ChargingGateway],
) -> None:
    services, gateway = charging
    ends = {"s-0": 5, "s-1": 7}
    subscribers = [
        account_api_pb2.Subscriber(
            subscriber_id=subscriber_id,
            subscriptions=[
                account_api_pb2.Subscription(offering_code="video-trial", trial_end=Timestamp(seconds=end))
            ],
        )
        for subscriber_id, end in ends.items()
    ]
    account = account_api_pb2.Account(subscribers=subscribers)
    services.answer("SubscribeOffering", subscription_api_pb2.SubscribeOfferingResponse(account=account))
    assert await gateway.give(answer(TRIAL)) == Given(trial_end=Instant(7 * SECOND))


@pytest.mark.parametrize(
    "reason",
    [
        reasons.BALANCE_INSUFFICIENT,
        reasons.ALREADY_SUBSCRIBED,
        reasons.SUBSCRIBER_BARRED,
        reasons.USER_UNKNOWN,
        reasons.OFFERING_UNKNOWN,
    ],
)
async def test_what_charging_refuses_did_not_happen(
    charging: tuple[FakeServices, ChargingGateway], reason: Reason
) -> None:
    services, gateway = charging
    services.answer("SubscribeOffering", Refused(reason, "why not"))
    assert await gateway.give(answer(BUNDLE)) == ChargingRefusal(reason.name, "why not")


@pytest.mark.parametrize(
    "failure",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        # Not charging's word, but that of something between.
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.PERMISSION_DENIED,
        Refused(reasons.COMMIT_FAILED, "not now"),
        Refused(reasons.DUPLICATE_DIFFERS, "something happened under this key"),
    ],
    ids=str,
)
async def test_after_any_other_failure_it_is_not_known(
    charging: tuple[FakeServices, ChargingGateway], failure: grpc.StatusCode | Refused
) -> None:
    services, gateway = charging
    services.answer("SubscribeOffering", failure)
    with pytest.raises(ChargingUnreachableError):
        await gateway.give(answer(BUNDLE))


async def test_for_a_moment_the_same_request_is_sent_again(
    charging: tuple[FakeServices, ChargingGateway],
) -> None:
    services, gateway = charging
    services.answer("SubscribeOffering", grpc.StatusCode.UNAVAILABLE, SUBSCRIBED)
    assert isinstance(await gateway.give(answer(BUNDLE)), Given)
    first, second = services.requests
    assert first == second


async def test_a_reward_goes_to_the_money_that_is_for_everybody_and_everything(
    charging: tuple[FakeServices, ChargingGateway],
) -> None:
    services, gateway = charging
    euros = money_pb2.Money(currency_code="EUR", minor_micros=0)
    buckets = [
        account_api_pb2.Bucket(bucket_id="for-one", money=euros, subscriber_ids=["s-2"]),
        account_api_pb2.Bucket(bucket_id="for-calls", money=euros, rating_groups=[10]),
        account_api_pb2.Bucket(bucket_id="own", money=euros),
    ]
    account = account_api_pb2.Account(buckets=buckets)
    services.answer("GetAccount", account_api_pb2.GetAccountResponse(account=account))
    services.answer("AdjustBalance", account_api_pb2.AdjustBalanceResponse())
    assert await gateway.give(answer(REWARD)) == Given()
    _, request = services.requests
    assert (request.account_id, request.bucket_id) == ("acme-1", "own")
    assert request.money == money_pb2.Money(currency_code="EUR", minor_micros=5 * EURO)
    assert request.request_id == "offers:d-1:the-offer"
