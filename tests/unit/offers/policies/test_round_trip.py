"""The written form: what was written is read back as it was, in the same bytes."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant, instant, zone
from services.common.kernel.findings import SourceFile
from services.common.runtime.yaml_times import write_clock, write_time
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.geojson_shapes import ShapeInvalidError, read_area
from services.offers.adapters.yaml_form.fields import write_permille
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.adapters.yaml_write.examples import write_moment
from services.offers.adapters.yaml_writer import CanonicalPolicyWriter
from services.offers.application.policy_lint import PolicyLinter
from services.offers.domain.policies import OfferPolicies
from tests.support.offers_policies import (
    CATALOG,
    SMALL_POLICIES,
    edited,
    example_policy_files,
    policy_files,
    read_policies,
)

WRITER = CanonicalPolicyWriter()


def again(policies: OfferPolicies) -> OfferPolicies:
    reading = YamlPolicyReader().read(WRITER.source(policies))
    assert reading.document is not None, [finding.words for finding in reading.findings]
    return reading.document


@pytest.mark.parametrize(
    "files", [policy_files(SMALL_POLICIES), example_policy_files()], ids=["small", "examples"]
)
def test_what_was_written_is_read_back_in_the_same_bytes(files: list[SourceFile]) -> None:
    policies = YamlPolicyReader().read(files).document
    assert policies is not None
    assert again(policies) == policies
    assert WRITER.source(again(policies)) == WRITER.source(policies)


def test_the_canonical_files_lint_as_the_written_ones() -> None:
    linter = PolicyLinter(YamlPolicyReader(), CelRuleCompilers())
    report = linter.lint_source(WRITER.source(read_policies(SMALL_POLICIES)), CATALOG)
    assert [finding.words for finding in report.findings] == []


def test_the_order_of_files_and_keys_changes_no_byte() -> None:
    head, _, offers = SMALL_POLICIES.partition("offers:\n")
    apart = read_policies(f"offers:\n{offers}", head)
    assert WRITER.source(apart) == WRITER.source(read_policies(SMALL_POLICIES))


def test_everything_that_is_not_its_default_is_written() -> None:
    full = edited(
        (
            "    budget: {acceptances: 100}",
            '    budget: {amount: "7.50"}\n    expires: 90 min\n'
            "    reward_window: 3 days\n    lever_percent: -5\n    description: {en: A, de: B}\n"
            "    from: 2026-01-01\n    immature_daily_cap: 7",
        ),
        ("- {on: usage, when: is_fan}", "- {on: allowance-low, below_percent: 7}\n      - {on: roaming}"),
        ('action: {reward: "2.00"}', 'action: {reward: "2.00", currency: CHF}'),
        (
            "action: {discount: half, instead_of: premium}",
            "action: {discount: half, instead_of: premium, choose: [pass]}",
        ),
        (
            "      place: {fences: [arena]}\n",
            "      place: {fences: [arena]}\n      context: {page: home}\n"
            "      consents: [outbound, location]\n"
            "      contacts: [{offer: pass, channel: message, ago: 3 days, declined: true}]\n"
            '      usage: {video: {week: 3 GB, spend_day: "1.20", idle: 30 min, decayed: 5},\n'
            "        calls: {day: 90 s}}\n"
            '      balance: {left: {video: 1 GB}, given: {video: 2 GB}, money: "3.10"}\n'
            "      customer: {segment: business, value: 3, device_class: car, zone: eu, roaming: true,\n"
            "        refused_recently: true, barred: true, currency: CHF}\n",
        ),
    )
    policies = read_policies(full)
    assert policies != read_policies(SMALL_POLICIES)
    assert again(policies) == policies


def test_the_outline_names_fences_and_offers_and_leaves_examples_out() -> None:
    outline = WRITER.outline(read_policies(SMALL_POLICIES))
    assert "examples" not in outline
    fences, cells, offers = outline["fences"], outline["cells"], outline["offers"]
    assert isinstance(fences, dict) and isinstance(cells, dict) and isinstance(offers, dict)
    assert (list(fences), list(cells)) == (["arena"], ["26201-1"])
    assert sorted(offers) == ["arena", "less", "pass", "thanks", "trial"]


@given(st.integers(1, 366 * 1_440), st.integers(0, 1_439), st.integers(0, 1_000))
def test_figures_are_read_back(minutes: int, clock: int, permille: int) -> None:
    text = edited(
        (
            "    budget: {acceptances: 100}",
            f"    reward_window: 366 days\n    expires: {write_time(minutes)}",
        ),
        ('from: "22:00"', f'from: "{write_clock(clock)}"'),
        ("propensity_percent: 5", f"propensity_percent: {json.dumps(write_permille(permille))}"),
    )
    policies = read_policies(text)
    offer = next(offer for offer in policies.offers if offer.code == "pass")
    assert (offer.expires_minutes, offer.propensity_permille) == (minutes, permille)
    assert policies.contact.quiet_hours is not None
    assert policies.contact.quiet_hours.start_minute == clock


@given(st.integers(0, 4_000_000_000).map(lambda seconds: Instant(seconds * 1_000_000)))
def test_moments_are_read_back(at: Instant) -> None:
    written = datetime.fromisoformat(write_moment(at, "Europe/Berlin"))
    assert instant(written if written.tzinfo else written.replace(tzinfo=zone("Europe/Berlin"))) == at


@given(st.integers(0, 7_199).map(lambda seconds: Instant((1_792_886_400 + seconds) * 1_000_000)))
def test_moments_of_the_hour_that_comes_twice_are_read_back(at: Instant) -> None:
    written = datetime.fromisoformat(write_moment(at, "Europe/Berlin"))
    assert instant(written if written.tzinfo else written.replace(tzinfo=zone("Europe/Berlin"))) == at


def test_an_hour_that_is_shown_twice_says_which_one_it_is() -> None:
    assert write_moment(Instant(1_792_890_000_000_000), "Europe/Berlin") == "2026-10-25 02:00+01:00"


@given(
    st.lists(st.floats(0.01, 1, allow_nan=False), min_size=3, max_size=12),
    st.floats(-170, 170),
    st.floats(-70, 70),
    st.booleans(),
)
def test_an_area_has_one_way_to_be_written(
    radii: list[float], longitude: float, latitude: float, clockwise: bool
) -> None:
    turn = math.tau / len(radii)
    ring = [
        [longitude + radius * math.cos(turn * n), latitude + radius * math.sin(turn * n)]
        for n, radius in enumerate(radii)
    ]
    if clockwise:
        ring.reverse()
    try:
        first = read_area({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    except ShapeInvalidError:
        return
    turned = [*ring[1:], ring[0]]
    assert read_area({"type": "Polygon", "coordinates": [[*turned, turned[0]]]}) == first
    assert read_area(json.loads(first)) == first
