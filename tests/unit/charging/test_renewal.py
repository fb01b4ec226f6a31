"""What comes by itself: periods, suspension and resumption, rollover, moves to another version, catch-up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.domain import commands, subscription_commands
from services.charging.domain.events import BucketClosed, BucketMoved, MovementReason
from services.charging.domain.rating.tariff import Tariff
from services.common.kernel.clock import DAY, EPOCH, HOUR, Instant
from tests.support.charging_catalog import DATA, allowance, offering, per, price, tariff
from tests.support.charging_world import at, eur, later, report
from tests.support.subscribed import CALENDAR, MONTHLY, Shop, days, fee, sums

NEXT_PERIOD = catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_NEXT_PERIOD
AT_ONCE = catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE
JANUARY = at("2026-01-01 00:00")


def _plan(
    amount: str = "10.00",
    suspends: bool = True,
    period: pricing_pb2.Period = MONTHLY,
    existing: catalog_pb2.ExistingSubscribers.ValueType = catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
    units: int = 1_000,
    rollover: pricing_pb2.Rollover | None = None,
    prorated: bool = False,
    version: int = 1,
    effective_from: Instant = EPOCH,
) -> Tariff:
    plan = offering(
        "plan",
        price("data", DATA, per("0.01")),
        fees=[fee("monthly", amount, suspends=suspends, prorated=prorated)],
        period=period,
        existing=existing,
        allowances=[
            allowance("gigabyte", units, renews=True, rollover=rollover),
            allowance("welcome", 50, priority=20),
        ],
    )
    return tariff(plan, version=version, effective_from=effective_from)


def test_each_period_is_charged_and_filled_anew() -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.paid() == sums(["10.00", "10.00"])
    assert shop.units() == {
        "sub-1/plan/gigabyte": 1_000,
        "sub-1/plan/welcome": 50,
        "sub-1/plan/gigabyte@1": 1_000,
    }
    fresh = shop.bucket("sub-1/plan/gigabyte@1")
    assert (fresh.valid_from, fresh.valid_until) == (at("2026-02-01 00:00"), at("2026-03-01 00:00"))
    assert shop.bucket("sub-1/plan/gigabyte").valid_until == at("2026-02-01 00:00")


def test_a_bucket_of_the_last_period_is_there_for_late_reports_and_then_taken_away() -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    close = subscription_commands.CloseBuckets("acme")
    shop.clock.time = Instant(at("2026-02-02 00:00") - 1)
    assert shop.decide(close).events == ()  # type: ignore[union-attr]
    shop.clock.time = at("2026-02-02 00:00")
    shop.do(close)
    assert shop.last_events == (BucketClosed("acme", "sub-1/plan/gigabyte", "octets", 1_000, 0),)


def test_nothing_is_done_before_it_is_due() -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY)
    shop.clock.time = Instant(at("2026-02-01 00:00") - 1)
    for subscriber, code in (("sub-1", "plan"), ("sub-1", "nothing"), ("nobody", "plan")):
        outcome = shop.decide(subscription_commands.RenewSubscription(subscriber, code))
        assert outcome.events == ()  # type: ignore[union-attr]


def test_a_version_that_is_not_known_here_is_waited_for() -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY)
    shop.clock.time = at("2026-02-01 00:00")
    known, shop.tariffs = shop.tariffs, Shop().tariffs
    renew = subscription_commands.RenewSubscription("sub-1", "plan")
    assert shop.refusal(renew) == "CATALOG_NOT_PUBLISHED"
    shop.tariffs = known
    shop.do(renew)
    assert shop.held("plan").period_number == 1


def test_without_money_a_subscription_rests_until_there_is_some() -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY, money="15.00")
    shop.move_to(at("2026-02-01 00:00"))
    held = shop.held("plan")
    assert held.suspended and not held.in_force(at("2026-02-01 00:00"))
    assert shop.money() == eur("5.00"), "nothing is charged while it rests"
    shop.move_to(at("2026-02-20 09:00"))
    assert shop.changes("plan") == ["suspended"], "it waits for money, not for the next period"
    shop.top_up("4.99")
    assert shop.held("plan").suspended
    shop.top_up("0.01")
    # 5.00 + 4.99 + 0.01 = 10.00 pays a period that begins now and is counted from now.
    held = shop.held("plan")
    assert not held.suspended and shop.money() == 0
    assert (held.period_start, held.period_end, held.period_number) == (
        at("2026-02-20 08:59:50"),
        at("2026-03-20 08:59:50"),
        1,
    ), "ten seconds ago, for elements whose clocks are behind"
    assert shop.bucket("sub-1/plan/gigabyte@1").balance == 1_000


def test_months_of_the_calendar_stay_so_after_a_rest() -> None:
    shop = Shop(_plan("28.00", period=CALENDAR, prorated=True))
    shop.open("plan", when=JANUARY, money="28.00")
    shop.move_to(at("2026-02-15 00:00"))
    assert shop.held("plan").suspended
    shop.top_up("14.00")
    # 14 of 28 days of February: 28.00 x 14/28 = 14.00
    assert shop.paid() == sums(["28.00", "14.00"])
    assert shop.held("plan").period_end == at("2026-03-01 00:00")


def test_a_subscription_whose_first_fee_is_not_covered_begins_when_it_is() -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY, money="9.99")
    held = shop.held("plan")
    assert held.suspended and held.period_end is None
    assert shop.units() == {} and shop.paid() == []
    assert shop.refusal(shop.order("plan")) == "ALREADY_SUBSCRIBED"
    shop.clock.time = at("2026-01-05 08:00")
    shop.top_up("0.01")
    held = shop.held("plan")
    assert (held.started_at, held.period_end) == (at("2026-01-05 07:59:50"), at("2026-02-05 07:59:50"))
    assert shop.units() == {"sub-1/plan/gigabyte": 1_000, "sub-1/plan/welcome": 50}


@pytest.mark.parametrize(
    "money_comes",
    [
        lambda: commands.Adjust("acme", "acme/money", "EUR", True, eur("10.00"), "goodwill", "care-1"),
        lambda: commands.Transfer("donor", "acme", "EUR", eur("10.00"), "present"),
        lambda: subscription_commands.SetCreditLimit("acme", "EUR", eur("10.00"), "trusted", "care-1"),
    ],
    ids=["adjustment", "transfer", "credit"],
)
def test_money_is_money_whichever_way_it_comes(money_comes: Callable[[], commands.Command]) -> None:
    shop = Shop(_plan())
    shop.open("plan", when=JANUARY, money="0")
    shop.do(commands.ProvisionAccount("donor", "EUR", 0, eur("10.00"), (), JANUARY))
    assert shop.held("plan").suspended
    shop.do(money_comes())
    assert not shop.held("plan").suspended


def test_what_was_suspended_first_resumes_first() -> None:
    cheap = offering("cheap", fees=[fee("monthly", "4.00", suspends=True)], period=MONTHLY)
    dear = offering("dear", fees=[fee("monthly", "6.00", suspends=True)], period=days(10))
    shop = Shop(tariff(cheap, dear))
    shop.open("dear", "cheap", when=JANUARY, money="10.00")
    shop.move_to(at("2026-02-05 00:00"))
    assert shop.held("dear").suspended and shop.held("cheap").suspended
    shop.top_up("7.00")
    assert not shop.held("dear").suspended, "since 11 January"
    assert shop.held("cheap").suspended, "since 1 February, and 1.00 is left"
    shop.top_up("3.00")
    assert not shop.held("cheap").suspended


def test_an_allowance_without_renewal_rests_with_its_offering() -> None:
    bonus = offering(
        "bonus",
        fees=[fee("monthly", "10.00", suspends=True)],
        period=MONTHLY,
        allowances=[allowance("welcome", 50), allowance("gigabyte", 1_000, renews=True)],
    )
    shop = Shop(tariff(offering("basic", price("data", DATA, per("0.01"))), bonus))
    shop.open("basic", "bonus", when=JANUARY, money="19.00")
    shop.move_to(at("2026-02-02 00:00"))
    assert shop.held("bonus").suspended
    _use(shop, 30)
    assert shop.money() == eur("9.00") - eur("0.30"), "paid in money, with the allowance at rest"
    shop.top_up("5.00")
    _use(shop, 1_030)
    assert shop.units()["sub-1/bonus/welcome"] + shop.units()["sub-1/bonus/gigabyte@1"] == 20
    assert shop.money() == eur("3.70"), "9.00 - 0.30 + 5.00 - 10.00"


def _use(shop: Shop, units: int) -> None:
    shop.do(shop.event(report(DATA, units), when=shop.clock.now()))


def test_what_is_left_rolls_over_up_to_its_cap() -> None:
    shop = Shop(_plan(rollover=pricing_pb2.Rollover(maximum_units=300, periods=2)))
    shop.open("plan", when=JANUARY)
    shop.clock.time = at("2026-01-15 00:00")
    _use(shop, 600)
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
    _use(shop, 520)
    assert (shop.units()["sub-1/plan/gigabyte@1"], shop.units()[rolled]) == (780, 0)
    # Of the 780 left the cap lets 300 go on.
    shop.move_to(at("2026-03-01 00:00"))
    assert shop.units()["sub-1/plan/gigabyte@1>2"] == 300


def test_what_rolls_over_lasts_so_many_periods() -> None:
    shop = Shop(_plan(rollover=pricing_pb2.Rollover(periods=2)))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-02-01 00:00"))
    assert _rolled(shop) == {"sub-1/plan/gigabyte>1": 1_000}
    shop.clock.time = at("2026-02-15 00:00")
    _use(shop, 400)
    shop.move_to(at("2026-03-01 00:00"))
    # January's 600 go on for the second and last time, February's 1,000 for the first.
    assert _rolled(shop) == {"sub-1/plan/gigabyte>1>2": 600, "sub-1/plan/gigabyte@1>2": 1_000}
    shop.move_to(at("2026-04-01 00:00"))
    assert _rolled(shop) == {"sub-1/plan/gigabyte@1>2>3": 1_000, "sub-1/plan/gigabyte@2>3": 1_000}


def _rolled(shop: Shop) -> dict[str, int]:
    """What went on and is valid now."""
    now = shop.clock.now()
    return {
        name: units
        for name, units in shop.units().items()
        if ">" in name and (shop.bucket(name).valid_until or 0) > now
    }


def test_what_a_session_holds_does_not_roll_over() -> None:
    shop = Shop(_plan(rollover=pricing_pb2.Rollover(periods=1)))
    shop.open("plan", when=JANUARY)
    shop.clock.time = at("2026-01-31 23:00")
    session = shop.session(report(DATA, want=400), when=shop.clock.now())
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.units()["sub-1/plan/gigabyte"] == 400
    assert shop.units()["sub-1/plan/gigabyte>1"] == 600
    session.release(report(DATA, 400, want=None), when=at("2026-02-01 00:05"))
    assert shop.units()["sub-1/plan/gigabyte"] == 0, "used in an interval that began in January"


def test_a_late_report_finds_what_has_rolled_over() -> None:
    shop = Shop(_plan(rollover=pricing_pb2.Rollover(periods=1)))
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


def test_the_next_period_begins_in_the_newer_version_where_the_offering_says_so() -> None:
    shop = Shop(_plan("10.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(
        _plan("12.00", units=2_000, version=2, effective_from=at("2026-01-10 00:00"), existing=NEXT_PERIOD)
    )
    shop.move_to(at("2026-01-31 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (1, sums(["10.00"]))
    shop.move_to(at("2026-02-01 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (2, sums(["10.00", "12.00"]))
    assert shop.units()["sub-1/plan/gigabyte@1"] == 2_000
    assert shop.changes("plan") == ["moved", "renewed"]


def test_who_may_keep_a_version_keeps_it() -> None:
    shop = Shop(_plan("10.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(_plan("12.00", version=2, effective_from=at("2026-01-10 00:00")))
    shop.move_to(at("2026-02-01 00:00"))
    assert (shop.held("plan").catalog_version, shop.paid()) == (1, sums(["10.00", "10.00"]))


def test_a_version_that_takes_over_at_once_is_charged_for_the_rest_of_the_period() -> None:
    shop = Shop(_plan("31.00"))
    shop.open("plan", when=JANUARY, money="200.00")
    shop.adopt(
        _plan("62.00", units=2_000, version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE)
    )
    shop.move_to(at("2026-01-11 00:00"))
    # 21 of 31 days are left: 31.00 x 21/31 = 21.00 back, 62.00 x 21/31 = 42.00 for them.
    assert shop.paid() == sums(["31.00", "-21.00", "42.00"])
    back, new = shop.fees()[1:]
    assert (back.catalog_version, new.catalog_version) == (1, 2)
    assert (back.part, back.whole) == (new.part, new.whole) == (21 * DAY, 31 * DAY)
    assert shop.held("plan").catalog_version == 2
    assert shop.units()["sub-1/plan/gigabyte"] == 1_000, "the new amount comes with the next period"
    shop.move_to(at("2026-02-01 00:00"))
    assert shop.paid()[3:] == sums(["62.00"])
    assert shop.units()["sub-1/plan/gigabyte@1"] == 2_000


def test_a_part_that_was_moved_once_is_moved_again_by_what_is_left_of_it() -> None:
    shop = Shop(_plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(_plan("62.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.adopt(_plan("15.50", version=3, effective_from=at("2026-01-21 00:00"), existing=AT_ONCE))
    shop.move_to(at("2026-01-31 00:00"))
    # 11 days are left on the 21st: 62.00 x 11/31 = 22.00 back, 15.50 x 11/31 = 5.50 for them.
    assert shop.paid() == sums(["31.00", "-21.00", "42.00", "-22.00", "5.50"])


def test_a_move_that_is_not_covered_gives_back_and_suspends() -> None:
    shop = Shop(_plan("31.00"))
    shop.open("plan", when=JANUARY, money="31.00")
    shop.adopt(_plan("62.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.move_to(at("2026-01-11 00:00"))
    assert shop.held("plan").suspended
    assert shop.paid() == sums(["31.00", "-21.00"])
    shop.top_up("41.00")
    # 21.00 + 41.00 = 62.00 pays a new period from now.
    assert shop.paid() == sums(["31.00", "-21.00", "62.00"])
    assert shop.held("plan").period_end == at("2026-02-11 00:00")


def test_a_version_published_late_moves_from_when_it_took_effect_within_the_period() -> None:
    shop = Shop(_plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.move_to(at("2026-01-20 00:00"))
    shop.adopt(_plan("62.00", version=2, effective_from=at("2026-01-11 00:00"), existing=AT_ONCE))
    shop.renew_due()
    assert shop.paid() == sums(["31.00", "-21.00", "42.00"])


def test_a_trial_is_not_paid_for_because_a_version_changes() -> None:
    trial = pricing_pb2.Trial(days=14)
    old = offering("plan", fees=[fee("monthly", "31.00", prorated=True)], period=MONTHLY, trial=trial)
    new = offering(
        "plan",
        fees=[fee("monthly", "62.00", prorated=True)],
        period=MONTHLY,
        trial=trial,
        existing=AT_ONCE,
    )
    shop = Shop(tariff(old))
    shop.open("plan", when=JANUARY)
    shop.adopt(tariff(new, version=2, effective_from=at("2026-01-11 00:00")))
    shop.move_to(at("2026-01-14 00:00"))
    assert shop.paid() == [] and shop.held("plan").catalog_version == 2
    shop.move_to(at("2026-01-15 00:00"))
    # 17 of 31 days: 62.00 x 17/31 = 34.00
    assert shop.paid() == sums(["34.00"])


def test_another_kind_of_period_begins_with_the_next_one() -> None:
    shop = Shop(_plan("31.00"))
    shop.open("plan", when=JANUARY)
    shop.adopt(
        _plan("7.00", period=days(7), version=2, effective_from=at("2026-01-10 00:00"), existing=NEXT_PERIOD)
    )
    shop.move_to(at("2026-02-01 00:00"))
    # Weeks are counted from 1 January: the one that holds 1 February ends on the 5th.
    held = shop.held("plan")
    assert (held.period_start, held.period_end) == (at("2026-02-01 00:00"), at("2026-02-05 00:00"))
    shop.move_to(at("2026-02-05 00:00"))
    assert shop.held("plan").period_end == at("2026-02-12 00:00")


def _lived(shop: Shop, renew: bool) -> None:
    """Two offerings, a new version, a suspension; seen to every day, or not before the end."""
    shop.open("plan", "extra", when=JANUARY, money="75.00")
    for day in range(1, 120):
        shop.move_to(later(JANUARY, day * 86_400), renew)
    shop.move_to(later(JANUARY, 120 * 86_400))


def test_catching_up_comes_to_the_same_as_having_been_in_time() -> None:
    extra = offering("extra", fees=[fee("weekly", "1.00", suspends=True)], period=days(7))
    versions = [
        tariff(
            offering(
                "plan",
                fees=[fee("monthly", amount, suspends=True)],
                period=MONTHLY,
                existing=AT_ONCE,
                allowances=[allowance("gb", 100, renews=True, rollover=pricing_pb2.Rollover(periods=2))],
            ),
            extra,
            version=version,
            effective_from=since,
        )
        for version, (amount, since) in enumerate(
            [("10.00", EPOCH), ("20.00", at("2026-02-14 00:00")), ("30.00", at("2026-03-10 00:00"))], start=1
        )
    ]
    in_time, late = Shop(*versions), Shop(*versions)
    _lived(in_time, renew=True)
    _lived(late, renew=False)
    assert late.paid() == in_time.paid()
    assert late.money() == in_time.money()
    assert late.state.subscribers == in_time.state.subscribers
    assert "suspended" in in_time.changes("plan") + in_time.changes("extra")
    assert late.state.buckets == in_time.state.buckets
    assert _bucket_life(late) == _bucket_life(in_time)
    assert any(isinstance(event, BucketMoved) for event in _bucket_life(late))


def _bucket_life(shop: Shop) -> list[BucketClosed | BucketMoved]:
    """What rolled over and what was forfeited, in order."""
    return [
        event
        for entry in shop.entries
        for event in entry.events
        if isinstance(event, BucketClosed)
        or (isinstance(event, BucketMoved) and event.reason is MovementReason.ROLLED_OVER)
    ]


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "take", "cancel", "cancel later", "publish", "top up"]),
        st.integers(min_value=0, max_value=20 * 24),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(
    steps=_STEPS,
    period=st.sampled_from([MONTHLY, CALENDAR, days(10)]),
    prorated=st.booleans(),
    money=st.sampled_from(["0", "25.00", "1000.00"]),
)
def test_no_second_of_a_subscription_is_ever_charged_twice(
    steps: list[tuple[str, int]], period: pricing_pb2.Period, prorated: bool, money: str
) -> None:
    def version(number: int, since: Instant) -> Tariff:
        kinds = (catalog_pb2.EXISTING_SUBSCRIBERS_KEEP, NEXT_PERIOD, AT_ONCE)
        return _plan(
            f"{5 + number}.00",
            period=period,
            prorated=prorated,
            version=number,
            effective_from=since,
            existing=kinds[number % 3],
        )

    shop = Shop(version(1, EPOCH))
    shop.open("plan", when=JANUARY, money=money)
    lives: list[list[tuple[int, int, int]]] = [[]]
    seen = 0
    for action, hours in steps:
        had = shop.has("plan")
        shop.move_to(Instant(max(shop.clock.now(), JANUARY) + hours * HOUR))
        if action == "take" and not shop.has("plan") and shop.money() >= eur("40.00"):
            shop.take("plan")
        elif action.startswith("cancel") and shop.has("plan"):
            shop.cancel("plan", at_period_end=action == "cancel later")
        elif action == "publish":
            newest = shop.tariffs.newest_version
            shop.adopt(version(newest + 1, shop.clock.now()))
            shop.renew_due()
        elif action == "top up":
            shop.top_up("12.00")
        if not had and shop.has("plan"):
            lives.append([])
        for item in shop.fees()[seen:]:
            sign = 1 if item.amount > 0 else -1
            lives[-1].append((item.period_from, item.period_until, sign))
        seen = len(shop.fees())
    for life in lives:
        _never_twice(life)
    assert shop.money() == eur(money) + shop.topped_up() - sum(shop.paid())


def _never_twice(charged: list[tuple[int, int, int]]) -> None:
    """What is charged, less what is given back, covers each instant once or not at all."""
    edges = sorted({edge for start, end, _ in charged for edge in (start, end)})
    for edge in edges:
        times = sum(sign for start, end, sign in charged if start <= edge < end)
        assert times in {0, 1}, (edge, charged)
