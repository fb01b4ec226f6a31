"""A profile as bytes, there and back; what is damaged is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant
from services.offers.domain.profiles.packed import (
    PackedProfileError,
    counted,
    packed,
    packed_attributes,
    packed_group,
    unpacked,
    unpacked_attributes,
    unpacked_group,
    unpacked_hours,
    used_at,
)
from services.offers.domain.profiles.profile import (
    NO_HOURS,
    Attributes,
    GroupUse,
    HeldOffering,
    Profile,
)

_NUMBER = st.integers(-(2**63) + 1, 2**63 - 1)
_COUNTS = st.tuples(*[_NUMBER] * 10)
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
uses = st.builds(GroupUse, _NUMBER, _TEXT, st.floats(allow_nan=False), _COUNTS, _COUNTS)
attributes_of = st.builds(
    Attributes,
    _TEXT,
    _TEXT,
    _TEXT,
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.lists(st.builds(HeldOffering, _TEXT, st.booleans(), _NUMBER), max_size=5).map(tuple),
)
profiles = st.builds(
    lambda seen, attributes, refused, zone, zone_at, hours, groups: Profile(
        seen,
        packed_attributes(attributes),
        refused,
        zone,
        zone_at,
        hours,
        {number: packed_group(number, use) for number, use in sorted(groups.items())},
    ),
    _NUMBER.map(Instant),
    attributes_of,
    _NUMBER,
    _TEXT,
    _NUMBER,
    st.binary(min_size=48, max_size=48),
    st.dictionaries(st.integers(0, 2**32 - 1), uses, max_size=24),
)


@given(profiles)
def test_a_profile_comes_back(profile: Profile) -> None:
    assert unpacked(packed(profile)) == profile


@given(attributes_of)
def test_attributes_come_back(attributes: Attributes) -> None:
    assert unpacked_attributes(packed_attributes(attributes)) == attributes


@given(st.integers(0, 2**32 - 1), uses)
def test_the_use_of_a_group_comes_back(number: int, use: GroupUse) -> None:
    part = packed_group(number, use)
    assert unpacked_group(part) == use
    assert used_at(part) == use.at


@given(profiles, st.integers(0, 200))
def test_bytes_that_are_cut_off_are_refused_or_lack_text_alone(profile: Profile, left: int) -> None:
    whole = packed(profile)
    try:
        found = unpacked(whole[:left])
    except PackedProfileError:
        return
    # Attributes go to the end: what can be missing is the end of the last text.
    assert found._replace(attributes=b"") == profile._replace(attributes=b"")


@pytest.mark.parametrize("payload", [b"", b"\x02", b"\x00" + bytes(100), b"\x01", b"\x01\xff" + bytes(200)])
def test_what_is_no_profile_is_refused(payload: bytes) -> None:
    with pytest.raises(PackedProfileError):
        unpacked(payload)


def test_what_no_number_holds_is_held_to_the_largest_that_does() -> None:
    use = GroupUse(1, "octets", 0.0, (2**70,) * 10, (-(2**70),) * 10)
    found = unpacked_group(packed_group(1, use))
    assert found.units == (2**63 - 1,) * 10
    assert found.paid == (-(2**63) + 1,) * 10


def test_a_text_with_the_end_of_texts_in_it_loses_that_alone() -> None:
    attributes = Attributes(segment="go\0ld", offerings=(HeldOffering("a\0b"),))
    found = unpacked_attributes(packed_attributes(attributes))
    assert (found.segment, found.offerings) == ("gold", (HeldOffering("ab"),))


@given(st.lists(st.integers(0, 23), max_size=300))
def test_hours_count_until_they_grow_too_large(hours: list[int]) -> None:
    counts = NO_HOURS
    for hour in hours:
        counts = counted(counts, hour)
    assert unpacked_hours(counts) == tuple(hours.count(hour) for hour in range(24))
