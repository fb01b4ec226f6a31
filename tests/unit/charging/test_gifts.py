"""Units given to somebody else: on the same terms, never more than is free, and counted as used."""

from __future__ import annotations

import pytest

from services.charging.domain import commands
from services.charging.domain.answers import AccountAnswer
from services.charging.domain.apply import member_counter
from services.charging.domain.events import BucketMoved, MovementReason
from services.charging.domain.subscriptions.commands import BarSubscriber, GiftUnits
from tests.support.charging_catalog import DATA, VIDEO, allowance, offering, per, price, tariff
from tests.support.charging_world import NOON, at, eur, later, report
from tests.support.subscribed import MONTHLY, Shop

BASIC = offering("basic", price("data", DATA, per("0.01")))
PACK = offering(
    "pack",
    period=MONTHLY,
    allowances=[
        allowance("data", 1_000, renews=True, giftable=True, thresholds=(50,), zones=("home",)),
        allowance("video", 500, rating_groups=(VIDEO,)),
    ],
)
FAMILY = offering("family", allowances=[allowance("pot", 900, shared=True, giftable=True, member_limit=300)])
OWN = "sub-1/pack/data"


def _shop() -> Shop:
    shop = Shop(tariff(BASIC, PACK, FAMILY))
    shop.open("basic", "pack", when=NOON)
    shop.open_account("bolt", money=0, offerings=["basic"], subscribers=["sub-2"])
    return shop


def _gift(units: int, bucket: str = OWN, giver: str = "sub-1", taker: str = "sub-2") -> GiftUnits:
    return GiftUnits(giver, bucket, units, taker)


def test_a_gift_is_a_bucket_of_the_other_s_own_on_the_same_terms() -> None:
    shop = _shop()
    shop.clock.time = later(NOON, 60)
    answer = shop.do(_gift(400))
    assert isinstance(answer, AccountAnswer)
    gift = shop.bucket(answer.bucket_id)
    assert answer.bucket_id == f"sub-2/gift/0-{len(shop.entries)}-1"
    assert [view.account.account_id for view in answer.views] == ["acme", "bolt"]
    assert (gift.account_id, gift.balance, gift.unit) == ("bolt", 400, "octets")
    source = shop.bucket(OWN)
    assert source.balance == 600
    assert (gift.valid_until, gift.conditions, gift.rating_groups, gift.priority) == (
        at("2026-04-02 12:00"),
        source.conditions,
        source.rating_groups,
        source.priority,
    )
    assert gift.subscriber_ids == {"sub-2"}
    moved = [event for event in shop.last_events if isinstance(event, BucketMoved)]
    assert [(item.bucket_id, item.reason, item.delta) for item in moved] == [
        (OWN, MovementReason.GIFTED, -400),
        (gift.bucket_id, MovementReason.GIFTED, 400),
    ]
    shop.do(shop.event(report(DATA, 150), subscriber="sub-2", when=later(NOON, 120)))
    assert shop.bucket(gift.bucket_id).balance == 250
    assert shop.money("bolt") == 0


def test_a_gift_outlives_the_giver_s_subscription() -> None:
    shop = _shop()
    answer = shop.do(_gift(400))
    assert isinstance(answer, AccountAnswer)
    shop.cancel("pack")
    assert shop.bucket(OWN).valid_until == NOON
    assert shop.bucket(answer.bucket_id).valid_until == at("2026-04-02 12:00")


def test_what_a_session_holds_cannot_be_given() -> None:
    shop = _shop()
    shop.session(report(DATA, want=300))
    assert shop.bucket(OWN).reserved == 300
    assert shop.refusal(_gift(701)) == "BALANCE_INSUFFICIENT"
    shop.do(_gift(700))
    assert (shop.bucket(OWN).balance, shop.bucket(OWN).reserved) == (300, 300)


def test_a_member_gives_no_more_than_their_own_limit_leaves() -> None:
    shop = Shop(tariff(BASIC, FAMILY))
    shop.open_account(offerings=["basic", "family"], subscribers=["sub-1", "sub-2"])
    pot = "acme/family/pot"
    shop.do(shop.event(report(DATA, 100)))
    assert shop.refusal(_gift(201, pot)) == "BALANCE_INSUFFICIENT"
    shop.do(_gift(200, pot))
    (count,) = shop.state.counters["sub-1", member_counter(pot)]
    assert count.value == 300
    assert shop.refusal(_gift(1, pot)) == "BALANCE_INSUFFICIENT"
    shop.do(_gift(300, pot, giver="sub-2", taker="sub-1"))
    assert shop.bucket(pot).balance == 300, "900 - 100 - 200 - 300"


@pytest.mark.parametrize(
    ("gift", "reason"),
    [
        (_gift(1, "sub-1/pack/video"), "NOT_GIFTABLE"),
        (_gift(1, "acme/money"), "NOT_GIFTABLE"),
        (_gift(1, "bolt/money"), "BUCKET_UNKNOWN"),
        (_gift(1, "nothing"), "BUCKET_UNKNOWN"),
        (_gift(1, taker="sub-1"), "FIELD_INVALID"),
        (_gift(1, taker="nobody"), "USER_UNKNOWN"),
        (_gift(1, giver="nobody"), "USER_UNKNOWN"),
        (_gift(1_001), "BALANCE_INSUFFICIENT"),
    ],
)
def test_a_gift_is_refused_with_its_reason(gift: GiftUnits, reason: str) -> None:
    assert _shop().refusal(gift) == reason


def test_nothing_is_given_after_its_time_or_by_or_to_who_is_barred() -> None:
    shop = _shop()
    shop.do(BarSubscriber("sub-2", True, "stolen", "fraud-desk"))
    assert shop.refusal(_gift(1)) == "SUBSCRIBER_BARRED"
    shop.do(BarSubscriber("sub-2", False, "found", "fraud-desk"))
    shop.do(BarSubscriber("sub-1", True, "stolen", "fraud-desk"))
    assert shop.refusal(_gift(1)) == "SUBSCRIBER_BARRED"
    shop.do(BarSubscriber("sub-1", False, "found", "fraud-desk"))
    shop.clock.time = at("2026-04-02 12:00")
    assert shop.refusal(_gift(1)) == "NOT_GIFTABLE"


def test_a_gift_calls_back_the_session_it_is_for() -> None:
    shop = _shop()
    shop.do(commands.TopUp("bolt", "EUR", eur("1.00"), "voucher"))
    dry = shop.session(report(DATA, want=100), subscriber="sub-2")
    dry.update(report(DATA, 100, want=100), when=NOON)
    answer = shop.do(_gift(50))
    assert isinstance(answer, AccountAnswer)
    assert answer.reauthorised_sessions == 1


def test_a_gift_may_be_given_on() -> None:
    shop = _shop()
    first = shop.do(_gift(400))
    assert isinstance(first, AccountAnswer)
    second = shop.do(_gift(100, first.bucket_id, giver="sub-2", taker="sub-1"))
    assert isinstance(second, AccountAnswer)
    assert shop.bucket(second.bucket_id).valid_until == at("2026-04-02 12:00")
    total = sum(bucket.balance for bucket in shop.state.buckets.values() if bucket.name == "data")
    assert total == 1_000
