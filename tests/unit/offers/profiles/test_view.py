"""A profile, buckets and consents as the customer that decisions look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.domain.customer import AllowanceState, CustomerView
from services.offers.domain.policies import Purpose, UsageClass
from services.offers.domain.profiles.account import Bucket, balances
from services.offers.domain.profiles.facts import Added, Fact, Located, Refused, Subscribed, Used
from services.offers.domain.profiles.fold import folded
from services.offers.domain.profiles.profile import HeldOffering
from services.offers.domain.profiles.view import Known, customer_view
from tests.support.offers_profiles import BEGIN, DATA, VOICE, policies

MONEY = Bucket("m", "EUR", True, 5_000_000, reserved=1_000_000, floor=-2_000_000)
GIGABYTE = Bucket("g", "octets", False, 600, reserved=100, given=1_000, rating_groups=frozenset({10}))


def viewed(
    facts: Iterable[Fact] = (Refused(1),), buckets: Iterable[Bucket] = (), now: int = BEGIN
) -> CustomerView:
    known = Known("anna", "acme", "p", 7, folded(None, list(facts)))
    return customer_view(
        known, frozenset({Purpose.OUTBOUND}), buckets, frozenset({"arena"}), policies(), Instant(now)
    )


def allowance(*buckets: Bucket, usage_class: UsageClass = DATA, zone: str = "") -> AllowanceState:
    found = balances(buckets, "anna", frozenset({"resting"}), [usage_class], zone, BEGIN)
    return found.allowances[usage_class.code]


def test_who_is_in_a_protected_segment_is_seen_as_in_none() -> None:
    of = policies()
    protecting = replace(of, policies=replace(of.policies, protected_segments=("youth",)))
    known = Known("anna", "acme", "p", 7, folded(None, [Added(1, "UTC", "youth", 0, "", ())]))
    nothing: tuple[frozenset[Purpose], tuple[Bucket, ...], frozenset[str]] = (frozenset(), (), frozenset())
    assert customer_view(known, *nothing, of, BEGIN).segment == "youth"
    assert customer_view(known, *nothing, protecting, BEGIN).segment == ""


def test_a_customer_who_has_used_nothing_has_every_class_and_no_zone() -> None:
    view = viewed()
    assert set(view.usage) == set(view.allowances) == {"data", "voice"}
    assert view.usage["voice"].unit == "seconds"
    assert view.usage["data"].last_used_at is None
    assert (view.zone, view.roaming, view.hour_permille) == ("", False, (0,) * 24)
    assert view.consents == {Purpose.OUTBOUND}
    assert view.fences == {"arena"}


def test_the_rating_groups_of_a_class_add_up_and_others_stay_out() -> None:
    facts = [
        Used(BEGIN, 10, "octets", 700, 5),
        Used(BEGIN - 2 * HOUR, 11, "octets", 300, 6),
        Used(BEGIN, 99, "octets", 10**9, 10**9),
        Used(BEGIN, 20, "octets", 10**9, 10**9),
    ]
    data = viewed(facts).usage["data"]
    assert data.units == (700, 700, 1_000, 1_000, 1_000)
    assert data.spend_minor_micros == (5, 5, 11, 11, 11)
    assert data.last_used_at == BEGIN
    # Rating group 20 is of a class that counts seconds.
    assert viewed(facts).usage["voice"].units == (0,) * 5


def test_roaming_is_any_known_zone_but_the_home_zone() -> None:
    assert viewed([Located(BEGIN, "eu")]).roaming
    assert not viewed([Located(BEGIN, "home")]).roaming


def test_without_a_home_zone_nobody_roams() -> None:
    known = Known("anna", "acme", "p", 7, folded(None, [Located(BEGIN, "eu")]))
    none: frozenset[str] = frozenset()
    assert not customer_view(known, frozenset(), (), none, policies(home_zone=""), BEGIN).roaming


def test_a_refusal_counts_for_a_day() -> None:
    assert viewed([Refused(BEGIN)], now=BEGIN + DAY - 1).refused_recently
    assert not viewed([Refused(BEGIN)], now=BEGIN + DAY).refused_recently
    assert not viewed([Located(BEGIN, "eu")]).refused_recently


def test_offerings_count_until_they_end_suspended_ones_too() -> None:
    facts = [
        Subscribed(BEGIN, HeldOffering("ended", ends_at=BEGIN)),
        Subscribed(BEGIN, HeldOffering("ending", ends_at=BEGIN + 1)),
        Subscribed(BEGIN, HeldOffering("suspended", suspended=True)),
    ]
    assert viewed(facts).offering_codes == {"ending", "suspended"}


def test_hours_are_shares_of_all_reports() -> None:
    added = Added(BEGIN, "UTC", "", 0, "", ())
    reports: list[Fact] = [Used(BEGIN, 10, "octets", 1, 0)] * 3
    view = viewed([added, *reports, Used(BEGIN + HOUR, 10, "octets", 1, 0)])
    assert (view.hour_permille[12], view.hour_permille[13]) == (750, 250)


def test_money_is_what_no_session_holds_above_the_floor() -> None:
    view = viewed(buckets=[MONEY, replace(MONEY, bucket_id="n", balance=-9_000_000)])
    assert (view.currency_code, view.money_minor_micros) == ("EUR", 6_000_000)


def test_an_allowance_keeps_what_sessions_only_hold() -> None:
    assert allowance(GIGABYTE) == AllowanceState(600, 1_000)


def test_allowances_of_a_class_add_up_whatever_zone_is_not_known() -> None:
    everywhere = replace(GIGABYTE, rating_groups=frozenset(), balance=50, given=100)
    abroad = replace(GIGABYTE, zones=frozenset({"eu"}), balance=7, given=10)
    assert allowance(GIGABYTE, everywhere, abroad) == AllowanceState(657, 1_110)
    assert allowance(GIGABYTE, abroad, zone="home") == AllowanceState(600, 1_000)
    assert allowance(GIGABYTE, abroad, zone="eu") == AllowanceState(607, 1_010)


def test_more_than_was_given_is_what_was_given() -> None:
    assert allowance(replace(GIGABYTE, balance=1_500)) == AllowanceState(1_500, 1_500)


def test_allowances_that_may_not_be_used_are_left_out() -> None:
    nothing = AllowanceState(0, 0)
    for bucket in (
        replace(GIGABYTE, unit="seconds"),
        replace(GIGABYTE, rating_groups=frozenset({99})),
        replace(GIGABYTE, subscriber_ids=frozenset({"bert"})),
        replace(GIGABYTE, valid_from=BEGIN + 1),
        replace(GIGABYTE, valid_until=BEGIN),
        replace(GIGABYTE, offering_code="resting"),
        replace(GIGABYTE, is_money=True),
    ):
        assert allowance(bucket) == nothing
    assert allowance(GIGABYTE, usage_class=VOICE) == nothing


def test_what_a_suspended_offering_brought_rests() -> None:
    bucket = replace(GIGABYTE, offering_code="video")
    suspended = viewed([Subscribed(BEGIN, HeldOffering("video", suspended=True))], [bucket])
    assert suspended.allowances["data"] == AllowanceState(0, 0)
    assert viewed([Subscribed(BEGIN, HeldOffering("video"))], [bucket]).allowances["data"].left == 600
