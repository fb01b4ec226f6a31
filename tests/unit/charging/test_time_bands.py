"""Prices by the wall clock: midnight, weekend, and the two nights when the clock itself is changed."""

from __future__ import annotations

import pytest

from services.charging.domain.rating.week import TimeBand, week_table
from services.common.kernel.clock import Instant
from tests.support.charging_catalog import (
    BERLIN,
    DATA,
    EVERY_DAY,
    VOICE,
    band,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_world import World, at, container, eur, report

NIGHT = band("night", (EVERY_DAY, "22:00", "24:00"), (EVERY_DAY, "00:00", "06:00"))
WEEKEND = band("weekend", ((6, 7), "00:00", "24:00"))
SMALL_HOURS = band("small-hours", (EVERY_DAY, "02:30", "05:00"))
DAY_PRICE = price("day", DATA, per("0.02"))
NIGHT_PRICE = price("night", DATA, per("0.01"), band="night")


def _world() -> World:
    world = World(tariff(offering("basic", DAY_PRICE, NIGHT_PRICE), bands=[NIGHT]))
    world.open_account(money=eur("1000.00"))
    return world


@pytest.mark.parametrize(
    ("when", "amount"),
    [
        ("2026-03-02 21:59:59.999999", "0.02"),
        ("2026-03-02 22:00", "0.01"),
        ("2026-03-02 23:59:59", "0.01"),
        ("2026-03-03 00:00", "0.01"),
        ("2026-03-03 05:59:59", "0.01"),
        ("2026-03-03 06:00", "0.02"),
    ],
)
def test_a_band_holds_from_its_first_minute_to_before_its_last(when: str, amount: str) -> None:
    world = _world()
    session = world.session(when=at(when))
    assert session.update(report(DATA, 1, want=None), when=at(when)).cost.amount == eur(amount)


@pytest.mark.parametrize(
    ("when", "amount"),
    [
        ("2026-03-06 23:59:59", "0.09"),
        ("2026-03-07 00:00", "0.05"),
        ("2026-03-08 23:59:59", "0.05"),
        ("2026-03-09 00:00", "0.09"),
    ],
)
def test_the_weekend_begins_and_ends_at_midnight(when: str, amount: str) -> None:
    prices = (price("week", VOICE, per("0.09")), price("weekend", VOICE, per("0.05"), band="weekend"))
    world = World(tariff(offering("basic", *prices), bands=[WEEKEND]))
    world.open_account()
    session = world.session(when=at(when))
    assert session.update(report(VOICE, 1, want=None), when=at(when)).cost.amount == eur(amount)


def test_the_subscriber_s_own_zone_says_what_time_it_is() -> None:
    world = _world()
    world.open_account("tokyo", subscribers=["sub-2"], time_zone="Asia/Tokyo")
    noon_in_berlin = at("2026-03-02 15:00")  # 23:00 in Tokyo
    session = world.session(when=noon_in_berlin, subscriber="sub-2")
    assert session.update(report(DATA, 1, want=None), when=noon_in_berlin).cost.amount == eur("0.01")


def test_usage_before_and_after_a_switch_comes_in_two_containers_each_at_its_price() -> None:
    world = _world()
    session = world.session(report(DATA), when=at("2026-03-02 21:50"))
    used = (container(DATA, 100, 1, at("2026-03-02 22:00")), container(DATA, 10, 2, at("2026-03-02 22:05")))
    answer = session.update(report(DATA, *used, want=None), when=at("2026-03-02 22:05"))
    assert answer.cost.amount == eur("2.00") + eur("0.10")


@pytest.mark.parametrize(
    ("when", "seconds"),
    [
        ("2026-03-02 21:50", 600),
        ("2026-03-02 21:59:59", 1),
        ("2026-03-02 21:00", 3_600),
        ("2026-03-02 12:00", 3_600),
    ],
)
def test_a_grant_ends_at_the_switch(when: str, seconds: int) -> None:
    answer = _world().session(report(DATA), when=at(when)).created
    grant = answer.groups[0].grant
    assert grant is not None
    assert grant.validity_seconds == seconds


def test_a_grant_ends_where_an_offering_with_precedence_takes_over() -> None:
    """The add-on has a price at night only; until then the plan's holds, and not a second longer."""
    world = World(
        tariff(
            offering("basic", DAY_PRICE),
            offering("night-owl", price("owl", DATA, per("0.001"), band="night"), precedence=1),
            bands=[NIGHT],
        )
    )
    world.open_account(money=eur("1000.00"), offerings=("basic", "night-owl"))
    evening = at("2026-03-02 21:50")
    session = world.session(report(DATA), when=evening)
    grant = session.created.groups[0].grant
    assert grant is not None
    assert grant.validity_seconds == 600
    answer = session.update(report(DATA, 10), when=at("2026-03-02 22:00"))
    assert answer.cost.amount == eur("0.20"), "used before"
    assert session.update(report(DATA, 10), when=at("2026-03-02 22:10")).cost.amount == eur("0.01")


def test_a_grant_at_a_monthly_price_ends_with_the_month() -> None:
    world = World(
        tariff(offering("basic", price("data", DATA, tiers((10, "1.00"), (None, "0.10"), month=True))))
    )
    world.open_account(money=eur("1000.00"))
    grant = world.session(report(DATA), when=at("2026-03-31 23:50")).created.groups[0].grant
    assert grant is not None
    assert grant.validity_seconds == 600


def test_usage_over_the_end_of_a_month_counts_in_the_month_it_began_in() -> None:
    """8 of the first 10 at 1.00 used in March; the next report lies in April, its usage began in March."""
    world = World(
        tariff(offering("basic", price("data", DATA, tiers((10, "1.00"), (None, "0.10"), month=True))))
    )
    world.open_account(money=eur("1000.00"))
    session = world.session(report(DATA), when=at("2026-03-31 23:50"))
    april = at("2026-04-01 00:05")
    assert session.update(report(DATA, 8), when=april).cost.amount == eur("8.00")
    assert session.update(report(DATA, 8), when=at("2026-04-01 00:10")).cost.amount == eur("8.00")
    counted = {(count.period, count.value) for counts in world.state.counters.values() for count in counts}
    assert counted == {("2026-03", 8), ("2026-04", 8)}


# 29 March 2026: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
TABLE = week_table(
    [minute + day * 1440 for day in range(7) for minute in (0, 150, 300)],
    ["early" if index % 3 == 0 else "small" if index % 3 == 1 else "day" for index in range(21)],
)


@pytest.mark.parametrize(
    ("moment", "value", "switch"),
    [
        # An hour is missing: the band that began within it begins when the clock jumps over its start.
        (at("2026-03-29 01:50"), "early", at("2026-03-29 03:00")),
        (at("2026-03-29 03:00"), "small", at("2026-03-29 05:00")),
        # An hour comes twice: at 03:00 the clock goes back before the start of the band.
        (at("2026-10-25 02:10"), "early", at("2026-10-25 02:30")),
        (at("2026-10-25 02:40"), "small", at("2026-10-25 02:00", fold=1)),
        (at("2026-10-25 02:10", fold=1), "early", at("2026-10-25 02:30", fold=1)),
        (at("2026-10-25 02:40", fold=1), "small", at("2026-10-25 05:00")),
    ],
)
def test_the_next_switch_when_the_clock_is_changed(moment: Instant, value: str, switch: Instant) -> None:
    assert (TABLE.at(moment, BERLIN), TABLE.next_switch(moment, BERLIN)) == (value, switch)


@pytest.mark.parametrize(
    ("night", "hours"), [("2026-03-28", 7), ("2026-03-29", 8), ("2026-10-24", 9), ("2026-10-25", 8)]
)
def test_a_night_is_as_long_as_its_clock_makes_it(night: str, hours: int) -> None:
    """From 22:00 to 06:00: seven hours when summer time begins, nine when it ends."""
    table = week_table([0, *_edges()], ["night", *(["day", "night"] * 7)])
    begin = at(f"{night} 22:00")
    end = begin
    while table.at(end, BERLIN) == "night":
        switch = table.next_switch(end, BERLIN)
        assert switch is not None
        assert switch > end
        end = switch
    assert end - begin == hours * 3_600 * 1_000_000


def _edges() -> list[int]:
    return [day * 1440 + minute for day in range(7) for minute in (360, 1320)]


def test_between_two_switches_the_value_never_changes_over_a_whole_year() -> None:
    """Walks a year from switch to switch; ten looks between two of them find one value."""
    moment, end = at("2026-01-01 00:00"), at("2027-01-01 00:00")
    while moment < end:
        switch = TABLE.next_switch(moment, BERLIN)
        assert switch is not None
        assert switch > moment
        span = switch - moment
        seen = {TABLE.at(Instant(moment + span * part // 10), BERLIN) for part in range(10)}
        assert len(seen) == 1, moment
        moment = switch


def test_a_band_covers_its_start_and_not_its_end() -> None:
    small = TimeBand("small", ((150, 300),))
    assert [small.covers(minute) for minute in (149, 150, 299, 300)] == [False, True, True, False]
