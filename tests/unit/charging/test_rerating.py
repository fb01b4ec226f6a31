"""Re-rating: what charges come to by another version, cumulated anew."""

from __future__ import annotations

from tidemark.catalog.v1 import pricing_pb2

from services.charging.domain.commands import ExpireSession
from services.charging.domain.corrections.commands import RepricedCharge
from services.charging.domain.corrections.rerating import NotRepriced
from services.charging.domain.tariffs import Tariffs
from tests.support.charging_catalog import (
    DATA,
    FREE,
    TEXT,
    group,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_world import NOON, at, eur, later, report
from tests.support.rerated_world import (
    correct,
    corrections,
    repriced,
    version,
    world_of,
)


def test_units_that_an_allowance_covered_stay_covered() -> None:
    """Of 100 octets 30 were included; 70 at 0.02 were 1.40, at 0.01 they are 0.70."""
    world = world_of(version(1, per("0.02"), small=30), version(2, per("0.01"), small=500))
    world.session(report(DATA)).release(report(DATA, 100, want=None))
    assert world.money() == eur("8.60")
    correct(world, 2)
    assert world.money() == eur("9.30")
    assert world.bucket("sub-1/basic/small").balance == 0


def test_units_covered_beyond_smaller_increments_cover_what_comes_next() -> None:
    """40 octets counted as 50, all included; 30 more as 50 more, of which 10 were included.

    By single octets 70 count in all and 60 were included: 10 are paid, at 0.01.
    """
    world = world_of(version(1, per("0.01"), step=50, small=60), version(2, per("0.01"), small=60))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    session.release(report(DATA, 30, want=None))
    assert [charge.amount for charge in world.charges()] == [0, eur("0.40")]
    correct(world, 2)
    assert world.money() == eur("9.90")


def test_steps_are_reached_anew_over_all_reports_of_a_session() -> None:
    """3 x 40 octets: 60 at 0.02 and 60 at 0.01 are 1.80, report by report 0.80, 0.60, 0.40."""
    world = world_of(version(1, per("0.05")), version(2, tiers((60, "0.02"), (None, "0.01"))))
    session = world.session(report(DATA))
    for _ in range(3):
        session.update(report(DATA, 40))
    correct(world, 2)
    after = [
        original.amount + item.amount
        for original, item in zip(world.charges(), corrections(world), strict=True)
    ]
    assert after == [eur("0.80"), eur("0.60"), eur("0.40")]


def test_a_monthly_price_counts_over_sessions_and_begins_anew_with_the_month() -> None:
    """50 on 31 March, 50 and 50 in April: 50 x 0.02; 50 x 0.02; 10 x 0.02 and 40 x 0.01."""
    monthly = tiers((60, "0.02"), (None, "0.01"), month=True)
    world = world_of(version(1, per("0.05")), version(2, monthly))
    for when in ("2026-03-31 23:00", "2026-04-01 10:00", "2026-04-02 10:00"):
        world.clock.time = at(when)
        world.do(world.event(report(DATA, 50, want=None), when=at(when)))
    correct(world, 2)
    after = [
        original.amount + item.amount
        for original, item in zip(world.charges(), corrections(world), strict=True)
    ]
    assert after == [eur("1.00"), eur("1.00"), eur("0.60")]


def test_charges_before_the_period_still_count_for_the_steps() -> None:
    """Only the second report is in the period: 40 were used before, so 20 at 0.02 and 20 at 0.01."""
    world = world_of(version(1, per("0.05")), version(2, tiers((60, "0.02"), (None, "0.01"))))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    session.update(report(DATA, 40))
    (found,) = repriced(world, 2, world.charges()[1:])
    assert isinstance(found, RepricedCharge)
    assert found.amount == eur("0.60")


def test_a_peak_is_priced_anew_over_the_month() -> None:
    """Two sessions at a time: 1.00 each at first, then one at 1.50 and the next at 0.50."""
    kind = pricing_pb2.CONCURRENCY_SESSIONS
    versions = [
        tariff(
            offering("basic", price("data", DATA, FREE), price("peak", DATA, model, concurrency=kind)),
            version=number,
        )
        for number, model in ((1, per("1.00")), (2, tiers((1, "1.50"), (None, "0.50"))))
    ]
    world = world_of(*versions)
    world.session(report(DATA))
    world.session(report(DATA))
    assert [charge.amount for charge in world.charges()] == [eur("1.00"), eur("1.00")]
    correct(world, 2)
    assert [item.amount for item in corrections(world)] == [eur("0.50"), -eur("0.50")]


def test_what_the_version_cannot_price_is_named_and_left_alone() -> None:
    """Version 2 sells neither texts nor in EUR what `other` offers; version 9 is not known."""
    world = world_of(
        version(1, per("0.02")), tariff(offering("basic", price("data", DATA, per("0.01"))), version=2)
    )
    world.do(world.event(report(TEXT, 1)))
    (found,) = repriced(world, 2)
    assert isinstance(found, NotRepriced)
    assert found.detail == "basic has no price for rating group 30 in zone home"
    (found,) = repriced(world, 9)
    assert isinstance(found, NotRepriced)
    assert found.detail == "catalog version 9 is not at hand in EUR"
    world.adopt(tariff(offering("other", price("data", DATA, per("0.01"))), version=3))
    (found,) = repriced(world, 3)
    assert isinstance(found, NotRepriced)
    assert found.detail == "catalog version 3 does not sell basic"


def test_a_month_whose_count_was_forgotten_is_priced_as_it_was() -> None:
    """Two months are counted; what comes for an older one begins at the first step again."""
    monthly = tiers((60, "0.02"), (None, "0.01"), month=True)
    world = world_of(version(1, monthly))
    for when in ("2026-03-10 10:00", "2026-04-10 10:00", "2026-05-10 10:00", "2026-03-10 11:00"):
        world.do(world.event(report(DATA, 60, want=None), when=at(when)))
    assert [charge.amount for charge in world.charges()] == [eur("1.20")] * 4
    assert correct(world, 1).corrections == ()


def test_a_late_report_cumulates_where_its_session_stands() -> None:
    """40 in time, 40 after the session had expired: 60 at 0.02 and 20 at 0.01, as in one piece."""
    world = world_of(version(1, per("0.05")), version(2, tiers((60, "0.02"), (None, "0.01"))))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    world.clock.advance(20_000)
    world.do(ExpireSession(session.ref))
    session.update(report(DATA, 40), when=later(NOON, 30))
    assert [charge.late for charge in world.charges()] == [False, True]
    correct(world, 2)
    assert world.money() == eur("8.60")


def test_a_month_s_count_says_nothing_about_a_price_for_the_session() -> None:
    """70 in the month, 40 of them in this session; its next 40 begin at 40 of the session's 60.

    So 20 at 0.02 and 20 at 0.01, though the month's own count stood at 70.
    """
    by_month = tiers((60, "0.05"), (None, "0.04"), month=True)
    world = world_of(version(1, by_month), version(2, tiers((60, "0.02"), (None, "0.01"))))
    world.do(world.event(report(DATA, 30)))
    session = world.session(report(DATA))
    session.update(report(DATA, 40))
    session.update(report(DATA, 40))
    (found,) = repriced(world, 2, world.charges()[2:])
    assert isinstance(found, RepricedCharge)
    assert found.amount == eur("0.60")


def test_another_unit_another_time_and_what_no_account_can_hold_are_not_priced() -> None:
    """Version 2 counts data in seconds, version 3 costs some 5 x 10^18 millionths of a cent an octet."""
    world = world_of(version(1, per("0.01")))
    world.adopt(
        tariff(
            offering("basic", price("data", DATA, per("0.01"))),
            groups=[group(DATA, unit="seconds")],
            version=2,
        )
    )
    world.adopt(version(3, per("50000000000")))
    world.do(world.event(report(DATA, 10)))
    details = []
    for number in (2, 3):
        (found,) = repriced(world, number)
        assert isinstance(found, NotRepriced)
        details.append(found.detail)
    assert details == [
        "rating group 10 is counted in seconds, not octets",
        "the amount is beyond what money can hold",
    ]
    world.tariffs = Tariffs([version(4, per("0.01"))])
    (found,) = repriced(world, 4)
    assert isinstance(found, NotRepriced)
    assert found.detail == "catalog version 1 is not at hand"
