"""What facts make of a profile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.offers.domain.profiles.facts import (
    Added,
    Described,
    Fact,
    Located,
    Refused,
    Repaid,
    Subscribed,
    Used,
)
from services.offers.domain.profiles.fold import Stirred, folded, stirred
from services.offers.domain.profiles.packed import (
    packed,
    unpacked_attributes,
    unpacked_group,
    unpacked_hours,
)
from services.offers.domain.profiles.profile import MOST_GROUPS, GroupUse, HeldOffering, Profile
from services.offers.domain.profiles.view import group_use
from tests.support.offers_profiles import BEGIN

ADDED = Added(BEGIN, "Europe/Berlin", "gold", 7, "phone", (HeldOffering("go"),))


def use_of(profile: Profile, group: int = 10) -> GroupUse:
    return unpacked_group(profile.groups[group])


def used(units: int, at: int = BEGIN, group: int = 10, paid: int = 0, zone: str = "") -> Used:
    return Used(at, group, "octets", units, paid, zone)


facts = st.lists(
    st.one_of(
        st.builds(
            Used,
            st.integers(BEGIN - 60 * DAY, BEGIN + 60 * DAY),
            st.integers(1, 30),
            st.sampled_from(["octets", "seconds"]),
            st.integers(0, 2**62),
            st.integers(-(2**62), 2**62),
            st.sampled_from(["", "home", "eu"]),
            st.booleans(),
        ),
        st.builds(Located, st.integers(BEGIN - DAY, BEGIN + DAY), st.sampled_from(["home", "eu"])),
        st.builds(Refused, st.integers(BEGIN - DAY, BEGIN + DAY)),
        st.builds(Repaid, st.just(BEGIN), st.integers(-(10**9), 10**9)),
        st.just(ADDED),
        st.builds(
            Subscribed,
            st.just(BEGIN),
            st.builds(HeldOffering, st.sampled_from(["a", "b"]), st.booleans(), st.integers(0, BEGIN)),
            st.booleans(),
        ),
    ),
    min_size=1,
    max_size=40,
)


@given(facts, st.data())
def test_facts_one_by_one_or_many_at_once_come_to_the_same_bytes(
    some: Sequence[Fact], data: st.DataObject
) -> None:
    at_once = folded(None, some)
    profile: Profile | None = None
    left = list(some)
    while left:
        count = data.draw(st.integers(1, len(left)))
        profile = folded(profile, left[:count])
        left = left[count:]
    assert profile == at_once
    assert profile is not None
    assert packed(profile) == packed(at_once)


@given(facts, facts)
def test_folding_changes_nothing_of_the_profile_before(some: Sequence[Fact], more: Sequence[Fact]) -> None:
    before = folded(None, some)
    as_it_was = packed(before)
    folded(before, more)
    assert packed(before) == as_it_was


def test_nothing_without_facts_is_no_profile() -> None:
    with pytest.raises(ValueError, match="nothing happened"):
        folded(None, [])


def test_usage_adds_up_in_its_rating_group_with_what_was_paid() -> None:
    profile = folded(None, [used(1_000, paid=5), used(500, BEGIN + MINUTE), used(7, group=11)])
    now = Instant(BEGIN + MINUTE)
    assert group_use(use_of(profile), now).units == (1_500,) * 5
    assert group_use(use_of(profile), now).spend_minor_micros == (5,) * 5
    assert group_use(use_of(profile, 11), now).units == (7,) * 5
    assert use_of(profile).at == BEGIN + MINUTE


def test_late_usage_neither_moves_the_clock_back_nor_is_lost() -> None:
    profile = folded(None, [used(1_000, BEGIN), used(500, BEGIN - 2 * HOUR)])
    assert use_of(profile).at == BEGIN
    assert group_use(use_of(profile), BEGIN).units == (1_000, 1_000, 1_500, 1_500, 1_500)


def test_usage_fades_with_a_half_life_of_a_day_whenever_it_is_told() -> None:
    in_order = folded(None, [used(800, BEGIN - DAY), used(100, BEGIN)])
    late = folded(None, [used(100, BEGIN), used(800, BEGIN - DAY)])
    assert use_of(in_order).decayed == use_of(late).decayed == 500
    assert group_use(use_of(late), Instant(BEGIN + DAY)).decayed_units == 250


def test_a_rating_group_that_changes_its_unit_begins_anew() -> None:
    profile = folded(None, [used(1_000), Used(BEGIN, 10, "seconds", 3, 0)])
    assert (use_of(profile).unit, use_of(profile).units[1]) == ("seconds", 3)


def test_the_rating_group_used_least_recently_makes_room() -> None:
    many = [used(1, BEGIN + number, number) for number in range(1, MOST_GROUPS + 1)]
    profile = folded(None, [*many, used(1, BEGIN + HOUR, 1), used(1, BEGIN + HOUR, 100)])
    assert len(profile.groups) == MOST_GROUPS
    assert {1, 100} <= profile.groups.keys()
    assert 2 not in profile.groups


def test_hours_are_those_on_the_subscribers_own_clock() -> None:
    # Noon in UTC is one o'clock in Berlin in November.
    profile = folded(None, [ADDED, used(1), used(1), used(1, BEGIN + 11 * HOUR)])
    hours = unpacked_hours(profile.hours)
    assert (hours[13], hours[0], sum(hours)) == (2, 1, 3)


def test_an_unknown_zone_of_a_clock_counts_as_utc() -> None:
    profile = folded(None, [ADDED._replace(time_zone="Mars/Olympus"), used(1)])
    assert unpacked_hours(profile.hours)[12] == 1


def test_old_habits_make_room_for_new_ones() -> None:
    profile = folded(None, [used(1)] * 5_000)
    before = unpacked_hours(profile.hours)[12]
    profile = folded(profile, [used(1, BEGIN + HOUR)] * 5_000)
    hours = unpacked_hours(profile.hours)
    assert before <= 4_096
    assert hours[13] > hours[12]


def test_the_newest_word_on_the_zone_counts() -> None:
    profile = folded(None, [used(1, BEGIN, zone="home"), Located(BEGIN + 1, "eu"), Located(BEGIN, "home")])
    assert (profile.zone, profile.zone_at) == ("eu", BEGIN + 1)
    assert folded(profile, [Located(BEGIN + 1, "world")]).zone == "world"


def test_money_given_back_comes_off_what_was_used_last_and_no_further_than_zero() -> None:
    paid = [used(1, BEGIN, 10, paid=100), used(1, BEGIN + 1, 11, paid=30)]
    profile = folded(None, [*paid, Repaid(BEGIN + 2, 50)])
    assert group_use(use_of(profile, 11), BEGIN).spend_minor_micros == (0,) * 5
    assert group_use(use_of(profile, 10), BEGIN).spend_minor_micros == (80,) * 5
    profile = folded(profile, [Repaid(BEGIN + 3, 10**9)])
    assert group_use(use_of(profile, 10), BEGIN).spend_minor_micros == (0,) * 5


def test_money_charged_in_addition_goes_on_what_was_used_last() -> None:
    profile = folded(None, [used(1, BEGIN, 10), used(1, BEGIN + 1, 11), Repaid(BEGIN + 2, -40)])
    assert group_use(use_of(profile, 11), BEGIN).spend_minor_micros == (40,) * 5
    assert group_use(use_of(profile, 10), BEGIN).spend_minor_micros == (0,) * 5


def test_attributes_are_as_they_were_last_told() -> None:
    profile = folded(None, [ADDED, Described(BEGIN, "silver", 9, "tablet", True)])
    attributes = unpacked_attributes(profile.attributes)
    assert (attributes.time_zone, attributes.segment, attributes.device_class) == (
        "Europe/Berlin", "silver", "tablet",
    )  # fmt: skip
    assert (attributes.customer_value, attributes.barred) == (9, True)
    assert attributes.offerings == (HeldOffering("go"),)


def test_offerings_come_change_and_go() -> None:
    suspended = Subscribed(BEGIN, HeldOffering("video", suspended=True))
    profile = folded(None, [ADDED, Subscribed(BEGIN, HeldOffering("video")), suspended])
    assert unpacked_attributes(profile.attributes).offerings == (
        HeldOffering("go"), HeldOffering("video", suspended=True),
    )  # fmt: skip
    profile = folded(profile, [Subscribed(BEGIN, HeldOffering("go"), ended=True)])
    assert [held.code for held in unpacked_attributes(profile.attributes).offerings] == ["video"]


def test_what_stirs_is_usage_an_allowance_that_paid_and_another_zone() -> None:
    before = folded(None, [used(1, zone="home")])
    for some, expected in (
        ([used(1, zone="home")], Stirred.USAGE),
        ([used(1)._replace(from_allowance=True)], Stirred.USAGE | Stirred.ALLOWANCE),
        ([Located(BEGIN, "eu")], Stirred.ZONE),
        ([Located(BEGIN, "eu"), Located(BEGIN, "home")], Stirred.NOTHING),
        ([Refused(BEGIN)], Stirred.NOTHING),
    ):
        assert stirred(before, some, folded(before, some)) == expected
