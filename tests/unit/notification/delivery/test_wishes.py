"""Which wish counts, and which preferences are none."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.delivery.wishes import default_preferences, fault_of, is_wanted
from services.notification.domain.notifications import Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from tests.support.notification_delivery import alert_rules

SERVICE, MARKETING = Category.SERVICE, Category.MARKETING
SMS, EMAIL = Channel.SMS, Channel.EMAIL

WISHES = st.lists(
    st.builds(
        Wish,
        st.sampled_from(Category),
        st.booleans(),
        st.sampled_from(["", "bill-ready", "offer"]),
        st.sampled_from([None, *Channel]),
    ),
    max_size=8,
).map(tuple)


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        ((), True),
        ((Wish(SERVICE, False),), False),
        ((Wish(MARKETING, False),), True),
        ((Wish(SERVICE, False), Wish(SERVICE, True, channel=SMS)), True),
        ((Wish(SERVICE, True, channel=SMS), Wish(SERVICE, False, "bill-ready")), False),
        ((Wish(SERVICE, False, "bill-ready"), Wish(SERVICE, True, "bill-ready", SMS)), True),
        ((Wish(SERVICE, False, "bill-ready", EMAIL),), True),
        ((Wish(SERVICE, False, "other"),), True),
    ],
)
def test_the_narrowest_counts(wishes: tuple[Wish, ...], wanted: bool) -> None:
    for order in (wishes, wishes[::-1]):
        assert is_wanted(Preferences(wishes=order), SERVICE, "bill-ready", SMS) is wanted


@given(WISHES, st.sampled_from(Channel))
def test_what_must_be_told_is_never_off(wishes: tuple[Wish, ...], channel: Channel) -> None:
    assert is_wanted(Preferences(wishes=wishes), Category.REGULATORY, "bill-ready", channel)


@given(WISHES, st.sampled_from(Category), st.sampled_from(Channel))
def test_the_order_of_valid_wishes_makes_no_difference(
    wishes: tuple[Wish, ...], category: Category, channel: Channel
) -> None:
    if fault_of(Preferences(wishes=wishes)) is None:
        forwards, backwards = Preferences(wishes=wishes), Preferences(wishes=wishes[::-1])
        assert is_wanted(forwards, category, "offer", channel) == is_wanted(
            backwards, category, "offer", channel
        )


GOOD = Preferences(
    "de-AT", "Europe/Vienna", 1320, 420, (Wish(SERVICE, False, "bill-ready", SMS),), True, "web form 7"
)


def test_good_ones_pass() -> None:
    assert fault_of(GOOD) is None
    assert fault_of(Preferences()) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "Deutsch bitte"),
        ("time_zone", "Mars/Olympus"),
        ("quiet_from_minute", 1440),
        ("quiet_until_minute", -1),
        ("wishes", (Wish(SERVICE, True, "No Code"),)),
        ("wishes", (Wish(Category.REGULATORY, False),)),
        ("wishes", (Wish(SERVICE, True), Wish(SERVICE, False))),
        ("wishes", tuple(Wish(SERVICE, True, f"a-{number}") for number in range(201))),
        ("consent_evidence", " "),
        ("consent_evidence", "x" * 501),
    ],
)
def test_bad_ones_are_named(field: str, value: object) -> None:
    fault = fault_of(dataclasses.replace(GOOD, **{field: value}))  # type: ignore[arg-type]
    assert fault is not None
    assert fault[0] == field


def test_defaults_are_the_quiet_hours_of_the_rules() -> None:
    assert default_preferences(alert_rules(quiet=(1320, 420))) == Preferences(
        quiet_from_minute=1320, quiet_until_minute=420
    )
    assert default_preferences(None) == Preferences()
