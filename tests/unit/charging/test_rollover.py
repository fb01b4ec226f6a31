"""Units left over at the end of a period, and allowances that a whole account shares."""

from __future__ import annotations

from tidemark.catalog.v1 import pricing_pb2

from services.charging.domain.events import BucketClosed, BucketMoved, MovementReason, ThresholdCrossed
from services.charging.domain.subscriptions import commands as subscription_commands
from tests.support.charging_catalog import DATA, allowance, offering, tariff
from tests.support.charging_world import at, report
from tests.support.subscribed import (
    JANUARY,
    MONTHLY,
    NEXT_PERIOD,
    Shop,
    days,
    plan,
    use,
)


def test_what_is_left_rolls_over_up_to_its_cap() -> None:
    shop = Shop(plan(rollover=pricing_pb2.Rollover(maximum_units=300, periods=2)))
    shop.open("plan", when=JANUARY)
    shop.clock.time = at("2026-01-15 00:00")
    use(shop, 600)
    shop.move_to(at("2026-02-01 00:00"))
    # 1,000 - 600 = 400 are left, 300 of them go on; 100 are forfeited with the old bucket.
    rolled = "sub-1/plan/gigabyte>1"
    assert (shop.units()["sub-1/plan/gigabyte"], shop.units()[rolled]) == (100, 300)
    assert shop.bucket(rolled).valid_until == at("2026-03-01 00:00")
    assert shop.bucket(rolled).rollover_periods == 1
    moved = [event for event in shop.last_events if isinstance(event, BucketMoved) and "/" in event.bucket_id]
    assert [(item.reason, item.delta) for item in moved if item.unit == "octets"] == [
        (MovementReason.ROLLED_OVER, -300)
    ]
    shop.clock.time = at("2026-02-02 00:00")
    shop.do(subscription_commands.CloseBuckets("acme"))
    assert shop.last_events == (BucketClosed("acme", "sub-1/plan/gigabyte", "octets", 100, 300),)
    # In February 520 are used: first the 300, then 220 of the 1,000.
    use(shop, 520)
    assert (shop.units()["sub-1/plan/gigabyte@1"], shop.units()[rolled]) == (780, 0)
    # Of the 780 left the cap lets 300 go on.
    shop.move_to(at("2026-03-01 00:00"))
    assert shop.units()["sub-1/plan/gigabyte@1>2"] == 300


def test_what_rolls_over_lasts_so_many_periods() -> None:
    shop = Shop(plan(rollover=pricing_pb2.Rollover(periods=2)))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    assert _rolled(shop) == {"sub-1/plan/gigabyte>1": 1_000}
    shop.clock.time = at("2026-02-15 00:00")
    use(shop, 400)
    shop.move_to(at("2026-03-01 00:00"))
    # January's 600 go on for the second and last time, February's 1,000 for the first.
    assert _rolled(shop) == {"sub-1/plan/gigabyte>1>2": 600, "sub-1/plan/gigabyte@1>2": 1_000}
    shop.move_to(at("2026-04-01 00:00"))
    assert _rolled(shop) == {"sub-1/plan/gigabyte@1>2>3": 1_000, "sub-1/plan/gigabyte@2>3": 1_000}


def test_what_has_rolled_over_is_used_before_the_units_of_the_period() -> None:
    shop = Shop(plan("0.10", period=days(1), rollover=pricing_pb2.Rollover(periods=1)))
    shop.open("plan", when=JANUARY)
    for number in range(1, 13):
        shop.move_to(at(f"2026-01-{number + 1:02} 12:00"))
        use(shop, 300)
        source = f"sub-1/plan/gigabyte@{number - 1}" if number > 1 else "sub-1/plan/gigabyte"
        left = shop.units()
        assert (left[f"{source}>{number}"], left[f"sub-1/plan/gigabyte@{number}"]) == (700, 1_000)


def _rolled(shop: Shop) -> dict[str, int]:
    """What went on and is valid now."""
    now = shop.clock.now()
    return {
        name: units
        for name, units in shop.units().items()
        if ">" in name and (shop.bucket(name).valid_until or 0) > now
    }


def test_what_a_session_holds_does_not_roll_over() -> None:
    shop = Shop(plan(rollover=pricing_pb2.Rollover(periods=1)))
    shop.open("plan", when=JANUARY)
    shop.clock.time = at("2026-01-31 23:00")
    session = shop.session(report(DATA, want=400), when=shop.clock.now())
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.units()["sub-1/plan/gigabyte"] == 400
    assert shop.units()["sub-1/plan/gigabyte>1"] == 600
    session.release(report(DATA, 400, want=None), when=at("2026-02-01 00:05"))
    assert shop.units()["sub-1/plan/gigabyte"] == 0, "used in an interval that began in January"


def test_a_late_report_finds_what_has_rolled_over() -> None:
    shop = Shop(plan(rollover=pricing_pb2.Rollover(periods=1)))
    shop.open("plan", when=JANUARY, money="20.00")
    shop.clock.time = at("2026-01-31 23:00")
    session = shop.session(report(DATA, want=None), when=shop.clock.now())
    shop.move_to(at("2026-02-01 00:00"))
    session.release(report(DATA, 250, want=None), when=at("2026-01-31 23:30"))
    assert shop.units()["sub-1/plan/gigabyte>1"] == 750
    assert shop.money() == 0


def test_a_shared_allowance_renews_once_whoever_s_period_it_is() -> None:
    family = offering("family", period=MONTHLY, allowances=[allowance("pot", 900, shared=True, renews=True)])
    shop = Shop(tariff(family, offering("single")), now=at("2026-03-11 00:00"))
    shop.open_account(offerings=["single"], subscribers=["sub-1", "sub-2", "sub-3"])
    for number, day in enumerate((12, 20, 25), start=1):
        shop.move_to(at(f"2026-03-{day} 00:00"))
        shop.take("family", subscriber=f"sub-{number}")
    assert shop.units() == {"acme/family/pot": 900}, "the first has filled it for all"
    shop.move_to(at("2026-04-30 00:00"))
    live = [bucket for bucket in shop.state.buckets.values() if bucket.valid_until == at("2026-05-12 00:00")]
    assert [bucket.bucket_id for bucket in live] == ["acme/family/pot@1"]
    shop.cancel("family", subscriber="sub-1")
    shop.move_to(at("2026-05-24 00:00"))
    # The first has gone; the second's period fills it from 20 May on.
    assert shop.bucket("acme/family/pot@2").valid_until == at("2026-06-20 00:00")
    assert len(shop.units()) == 1, "those of the past are gone"


def test_of_what_may_go_on_longest_most_goes_on() -> None:
    shop = Shop(plan(rollover=pricing_pb2.Rollover(maximum_units=300, periods=2)))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-03-01 00:00"))
    # January's 300 could go on once more, February's 1,000 twice: the cap is filled with February's.
    assert _rolled(shop) == {"sub-1/plan/gigabyte@1>2": 300}


def test_units_go_on_by_the_terms_they_were_given_under() -> None:
    shop = Shop(plan(rollover=pricing_pb2.Rollover(periods=1)))
    shop.open("plan", when=JANUARY)
    shop.adopt(plan(version=2, effective_from=at("2026-01-10 00:00"), existing=NEXT_PERIOD))
    shop.move_to(at("2026-02-01 00:00"))
    assert _rolled(shop) == {"sub-1/plan/gigabyte>1": 1_000}
    shop.move_to(at("2026-03-01 00:00"))
    assert _rolled(shop) == {}, "the new version lets nothing go on"


def test_what_rolls_over_ends_with_its_offering_and_tells_no_thresholds_again() -> None:
    pack = offering(
        "pack",
        period=MONTHLY,
        days=45,
        allowances=[
            allowance("gb", 100, renews=True, thresholds=(50,), rollover=pricing_pb2.Rollover(periods=1))
        ],
    )
    shop = Shop(tariff(pack))
    shop.open("pack", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    rolled = shop.bucket("sub-1/pack/gb>1")
    assert (rolled.valid_until, rolled.thresholds_percent) == (at("2026-02-15 00:00"), ())
    assert not any(isinstance(event, ThresholdCrossed) for event in shop.last_events), "nothing was used"


def test_a_shared_allowance_outlives_the_one_whose_offering_filled_it() -> None:
    family = offering("family", days=30, allowances=[allowance("pot", 900, shared=True)])
    shop = Shop(tariff(family), now=at("2026-03-10 00:00"))
    shop.open_account(offerings=["family"], subscribers=["sub-1", "sub-2"])
    shop.take("family", subscriber="sub-2")
    assert shop.units() == {"acme/family/pot": 900, f"acme/family/pot#0-{len(shop.entries)}-1": 900}, (
        "what is bought is given, though the first is not used up"
    )
    shop.move_to(at("2026-03-31 00:00"))
    assert not shop.has("family") and shop.has("family", "sub-2")
    assert shop.bucket("acme/family/pot").valid_until is None
