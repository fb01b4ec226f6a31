"""`tidemark account` for subscriptions: what is sent, and how periods, rests and terms are shown."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2 as accounts
from tidemark.charging.v1 import subscription_api_pb2 as api

from services.charging.domain import reasons
from services.common.kernel.outcome import Refused
from tests.support.accounts import acme, euros
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

SIM = "msisdn-491700000001"
OTHER = "msisdn-491700000002"


def _cells(text: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in text.splitlines()]


def test_subscribe_sends_the_order_and_shows_its_fees(tidemark: Tidemark, services: FakeServices) -> None:
    answer = api.SubscribeOfferingResponse(
        account=acme(), charge_ids=["f-0-9-1-1"], amount=euros(1_200_000_000), reauthorised_sessions=1
    )
    services.answer("SubscribeOffering", answer)
    result = tidemark(
        *("account", "subscribe", SIM, "bundle=music+news", "--reference", "order-17"),
        *("--effective-from", "2026-03-02T09:00:00+01:00", "--request-id", "r-1"),
    )
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    assert request.request_id == "r-1"
    assert request.subscription.offering_code == "bundle"
    assert list(request.subscription.chosen_offerings) == ["music", "news"]
    assert request.effective_from.ToJsonString() == "2026-03-02T08:00:00Z"
    assert request.reference == "order-17"
    assert "fees: 12.00 EUR (f-0-9-1-1)" in result.stdout
    assert "1 session(s) were told to come back" in result.stdout


def test_an_order_without_a_time_is_for_now(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("SubscribeOffering", api.SubscribeOfferingResponse(account=acme()))
    result = tidemark("account", "subscribe", SIM, "video-pass")
    assert not services.requests[0].HasField("effective_from")
    assert "fees" not in result.stdout


def test_a_refused_order_is_one_line_that_says_why(tidemark: Tidemark, services: FakeServices) -> None:
    refused = Refused(reasons.BALANCE_INSUFFICIENT, "the account's money does not cover the first fees")
    services.answer("SubscribeOffering", refused)
    result = tidemark("account", "subscribe", SIM, "video-pass")
    assert result.exit_code == 1
    assert "does not cover the first fees" in result.stderr
    assert tidemark("account", "subscribe", SIM, "Video Pass").exit_code == 2


def test_cancel_says_when_and_why(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("CancelSubscription", api.CancelSubscriptionResponse(account=acme()))
    tidemark("account", "cancel", SIM, "video-pass", "--at-period-end", "--reason", "moving")
    tidemark("account", "cancel", SIM, "video-pass")
    later, now = services.requests
    assert (later.offering_code, later.at_period_end, later.reason) == ("video-pass", True, "moving")
    assert not now.at_period_end


def test_profile_and_bar_send_what_was_asked_for(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("SetSubscriberProfile", api.SetSubscriberProfileResponse(account=acme()))
    services.answer("BarSubscriber", api.BarSubscriberResponse(account=acme(), aborted_sessions=2))
    tidemark("account", "profile", SIM, "--segment", "gold", "--customer-value", "800")
    barred = tidemark("account", "bar", SIM, "--reason", "stolen", "--actor", "fraud-desk")
    tidemark("account", "bar", SIM, "--reason", "found", "--actor", "fraud-desk", "--lift")
    profile, bar, lift = services.requests
    assert profile.profile == accounts.SubscriberProfile(segment="gold", customer_value=800)
    assert (bar.barred, bar.reason, bar.actor) == (True, "stolen", "fraud-desk")
    assert not lift.barred
    assert "2 session(s) were told to end" in barred.stdout
    assert tidemark("account", "bar", SIM).exit_code == 2, "without a reason nobody is barred"


def test_a_gift_and_a_credit_limit_are_exact(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer(
        "GiftUnits",
        accounts.GiftUnitsResponse(from_account=acme(), to_account=acme(), bucket_id="sub-2/gift/0-9-1"),
    )
    services.answer("SetCreditLimit", accounts.SetCreditLimitResponse(account=acme()))
    result = tidemark("account", "gift", SIM, "b-video", "500MB", "--to", OTHER)
    tidemark(
        *("account", "credit-limit", "acme", "50.00", "--reason", "pays on time", "--actor", "care-desk")
    )
    gift, limit = services.requests
    assert (gift.from_subscriber_identifier, gift.to_subscriber_identifier) == (SIM, OTHER)
    assert (gift.bucket_id, gift.units) == ("b-video", 500_000_000)
    assert "given as bucket sub-2/gift/0-9-1" in result.stdout
    assert limit.credit_limit == euros(5_000_000_000)


def test_periods_rests_profiles_and_terms_are_shown(tidemark: Tidemark, services: FakeServices) -> None:
    account = acme()
    subscriber = account.subscribers[0]
    subscriber.barred = True
    subscriber.profile.CopyFrom(accounts.SubscriberProfile(segment="gold", customer_value=800))
    subscriber.subscriptions.add(
        offering_code="plan",
        catalog_version=3,
        period_start=Timestamp(seconds=1_772_323_200),
        period_end=Timestamp(seconds=1_775_001_600),
        period_number=4,
    )
    subscriber.subscriptions.add(
        offering_code="tv", catalog_version=3, state=accounts.SUBSCRIPTION_STATE_SUSPENDED
    )
    account.buckets[1].giftable = True
    account.buckets[1].member_limit_units = 1_000_000_000
    account.buckets[1].days_from_first_use = 7
    services.answer("GetAccount", accounts.GetAccountResponse(account=account))
    cells = _cells(tidemark("account", "get", "acme").stdout)
    told = " / ".join(cells)
    assert "gold, value 800" in told
    assert "barred" in told
    assert "plan sub-1 active 5 2026-03-01 00:00:00Z 2026-04-01 00:00:00Z" in cells
    assert "tv sub-1 suspended, a fee is not covered" in cells
    assert "7 day(s) from the first use" in told
    assert "at most 1.00 GB each" in told
    assert "giftable" in told
