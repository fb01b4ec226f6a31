"""Features: the full list of names, the same numbers live and offline, nothing that tells who it is."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.domain.customer import AllowanceState, ClassUse, CustomerView
from services.offers.domain.features import (
    FeatureSpec,
    context_features,
    offer_features,
    spec_of,
    spec_of_names,
    widened,
)
from tests.support.offers_learning import BEGIN, OFFERS, PRICE, customer, policies

SPEC = FeatureSpec(("video",), ("business",), ("phone",), (("kind", "video"),))
CODES = st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), max_size=4, unique=True).map(sorted)
PAIRS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "action"]), st.sampled_from(["x", "subscribe"])),
    max_size=4,
    unique=True,
)
SPECS = st.builds(
    FeatureSpec, CODES.map(tuple), CODES.map(tuple), CODES.map(tuple), PAIRS.map(sorted).map(tuple)
)


def by_name(spec: FeatureSpec, view: CustomerView, now: Instant) -> dict[str, float]:
    return dict(zip(spec.names, context_features(spec, view, now), strict=True))


def test_this_is_everything_that_a_model_sees() -> None:
    assert SPEC.names == (
        "video.minutes",
        "video.hour",
        "video.day",
        "video.week",
        "video.month",
        "video.decayed",
        "video.recency",
        "video.share_week",
        "video.spend_week",
        "video.spend_month",
        "video.allowance",
        "video.allowance_left",
        "money",
        "tenure",
        "roaming",
        "hour_sin",
        "hour_cos",
        "habit",
        "weekend",
        "segment=business",
        "device_class=phone",
    )
    assert SPEC.offer_names == (
        "attribute.kind=video",
        "action=subscribe",
        "action=discount",
        "action=trial",
        "action=reward",
        "offer.price",
        "offer.value",
    )


def test_who_somebody_is_and_where_changes_no_feature() -> None:
    view = customer(0.5)
    other = dataclasses.replace(
        view,
        subscriber_id="somebody-else",
        account_id="another",
        pseudonym="p-2",
        feature_seq=99,
        fences=frozenset({"stadium"}),
        zone="abroad",
        refused_recently=True,
        customer_value=5,
    )
    assert context_features(SPEC, view, BEGIN) == context_features(SPEC, other, BEGIN)


def test_numbers_are_what_they_say() -> None:
    use = ClassUse(
        "octets",
        (0, 10, 20, 300, 900),
        (0, 0, 0, 5_000_000, 9_000_000),
        50,
        Instant(BEGIN - DAY),
    )
    view = dataclasses.replace(
        customer(0.0),
        usage={
            "video": use,
            "web": ClassUse("octets", (0, 0, 0, 100, 0)),
            "calls": ClassUse("seconds", (9,) * 5),
        },
        allowances={"video": AllowanceState(left=25, given=100)},
        segment="business",
        first_seen_at=Instant(BEGIN - 3 * DAY),
        time_zone="Europe/Berlin",
    )
    found = by_name(SPEC, view, BEGIN)
    assert np.isclose(found["video.week"], np.log1p(300))
    assert np.isclose(found["video.share_week"], 0.75)  # of octets: seconds are no part of it
    assert np.isclose(found["video.recency"], 0.5)
    assert np.isclose(found["video.spend_month"], np.log1p(9))
    assert found["video.allowance"] == 1
    assert found["video.allowance_left"] == 0.25
    assert np.isclose(found["tenure"], np.log1p(3))
    assert found["segment=business"] == 1
    assert found["device_class=phone"] == 0


def test_somebody_who_used_nothing_has_all_of_them_too() -> None:
    view = CustomerView("s", "a", "p", 0)
    assert all(np.isfinite(context_features(SPEC, view, BEGIN)))
    assert by_name(SPEC, view, BEGIN)["video.recency"] == 0


def test_numbers_survive_the_32_bits_of_the_log() -> None:
    found = context_features(SPEC, customer(0.37), Instant(BEGIN + 7 * HOUR))
    assert tuple(np.asarray(found, dtype=np.float32).tolist()) == found


def test_an_offer_is_its_attributes_action_price_and_value() -> None:
    found = offer_features(SPEC, OFFERS[0], PRICE)
    assert found[:2] == (1, 1)
    assert np.allclose(found[-2:], (np.log1p(4.99), np.log1p(2.5)))
    assert offer_features(SPEC, OFFERS[2], PRICE)[0] == 0


@given(SPECS)
def test_names_lead_back_to_the_features(spec: FeatureSpec) -> None:
    assert spec_of_names(spec.names, spec.offer_names) == spec


@given(SPECS, SPECS)
def test_widened_features_keep_every_name_in_its_order(one: FeatureSpec, other: FeatureSpec) -> None:
    both = widened(one, other)
    assert [name for name in both.names if name in set(one.names)] == list(one.names)
    assert set(both.names) == {*one.names, *other.names}
    assert set(both.offer_names) == {*one.offer_names, *other.offer_names}


@given(SPECS, SPECS)
def test_the_version_is_of_the_names(one: FeatureSpec, other: FeatureSpec) -> None:
    same = (one.names, one.offer_names) == (other.names, other.offer_names)
    assert (one.version == other.version) == same


def test_features_of_policies_are_their_classes_and_attributes() -> None:
    spec = spec_of(policies(), ["consumer", ""], ["phone"])
    assert spec.usage_classes == ("music", "video")
    assert spec.segments == ("consumer",)
    assert ("size", "large") in spec.attributes
