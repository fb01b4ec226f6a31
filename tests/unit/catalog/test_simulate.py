"""The same usage under the version in force and under a proposal."""

from __future__ import annotations

import pytest

from services.catalog.application.ports import Customer, Observation, UsageReport
from services.catalog.application.publish import PublishRequest
from services.catalog.application.simulate import Simulation
from services.catalog.domain.simulation import GroupSum
from services.catalog.main import build_use_cases
from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import RefusedError
from tests.support.catalog import (
    SMALL_CATALOG,
    CountedSubscriptions,
    MemoryCatalogStore,
    SteppedClock,
    changed,
)

MONDAY_TEN = Instant(1_772_442_000_000_000)
DATA, TEXT, UNKNOWN = 1, 3, 99
CENT = 1_000_000
DEARER = changed(('flat: {amount: "0.07"}', 'flat: {amount: "0.08"}'))


def used(rating_group: int, units: int, key: str = "anna") -> UsageReport:
    return UsageReport(key, rating_group, units, MONDAY_TEN)


FRANCS = """\
  swiss:
    name: Swiss
    kind: add-on
    precedence: 40
    existing_subscribers: keep
    prices: {text: {name: T, rating_groups: [text], flat: {amount: {EUR: "0.08", CHF: "0.09"}}}}
  extra:
"""
FAR = """\
      far:
        name: Far
        rating_groups: [voice]
        when: {destinations: [far], segments: [youth]}
        per_unit: {amount: "0.90", per: 1 min}
      distance:
"""


async def simulate(
    usages: list[UsageReport],
    offerings: tuple[str, ...] = ("basic",),
    proposal: str = DEARER,
    effective: int | None = None,
    currency: str = "",
    segment: str = "",
) -> Simulation:
    clock = SteppedClock(MONDAY_TEN)
    use_cases = build_use_cases(MemoryCatalogStore(), CountedSubscriptions({}), clock)
    at = None if effective is None else Instant(effective)
    live = (SourceFile("live.yaml", SMALL_CATALOG),)
    await use_cases.publisher.publish(PublishRequest("1", live, "test", at))
    return await use_cases.simulator.simulate(
        [SourceFile("new.yaml", proposal)], usages, Customer(offerings, segment=segment), currency
    )


async def refused(*args: object, **kwargs: object) -> str:
    with pytest.raises(RefusedError) as refusal:
        await simulate(*args, **kwargs)  # type: ignore[arg-type]
    return refusal.value.refused.reason.name


async def test_both_sides_are_shown_rating_group_by_rating_group() -> None:
    result = await simulate([used(DATA, 2_000_000), used(TEXT, 1), used(TEXT, 1, "bert")])
    assert (result.live_version, result.currency_code) == (1, "EUR")
    data, text = result.groups
    assert (data.code, data.unit, data.used_units) == ("data", "octets", 2_000_000)
    # A megabyte from the allowance, the other at the price of working hours.
    assert data.old == data.new == GroupSum(1_000_000, 10 * CENT, 0)
    assert (text.code, text.used_units) == ("text", 2)
    assert (text.old, text.new) == (GroupSum(0, 14 * CENT, 0), GroupSum(0, 16 * CENT, 0))


async def test_each_key_is_a_subscriber_with_full_allowances() -> None:
    together = await simulate([used(DATA, 1_000_000), used(DATA, 1_000_000)])
    apart = await simulate([used(DATA, 1_000_000, "anna"), used(DATA, 1_000_000, "bert")])
    assert together.groups[0].new.from_allowance_units == 1_000_000
    assert apart.groups[0].new.from_allowance_units == 2_000_000


async def test_an_option_of_a_bundle_that_is_named_counts_as_chosen() -> None:
    bare = await simulate([used(DATA, 4_000_000)], ("both",))
    chosen = await simulate([used(DATA, 4_000_000)], ("both", "extra"))
    assert bare.groups[0].new.from_allowance_units == 1_000_000
    assert chosen.groups[0].new == GroupSum(4_000_000, 0, 0)


async def test_usage_that_cannot_be_priced_is_counted_not_hidden() -> None:
    result = await simulate([used(UNKNOWN, 5), used(UNKNOWN, 6)])
    (group,) = result.groups
    assert (group.code, group.used_units, group.old.unrated, group.new.unrated) == ("", 11, 2, 2)


async def test_an_offering_that_only_the_proposal_has_is_unrated_on_the_old_side() -> None:
    renamed = SMALL_CATALOG.replace("  basic:\n", "  simple:\n").replace("[basic]", "[simple]")
    result = await simulate([used(TEXT, 1)], ("simple",), renamed)
    assert (result.groups[0].old.unrated, result.groups[0].new) == (1, GroupSum(0, 7 * CENT, 0))


async def test_a_version_that_is_not_in_force_yet_is_not_the_old_side() -> None:
    result = await simulate([used(TEXT, 1)], effective=MONDAY_TEN + 1)
    assert (result.live_version, result.groups[0].old) == (0, GroupSum())


async def test_a_simulation_that_makes_no_sense_is_refused() -> None:
    assert await refused([]) == "USAGE_EMPTY"
    assert await refused([used(DATA, -1)]) == "USAGE_INVALID"
    assert await refused([used(DATA, 2**53 + 1)]) == "USAGE_INVALID"
    assert await refused([used(DATA, 2**53)] * 1025) == "USAGE_INVALID"
    assert await refused([used(TEXT, 1)], ()) == "OFFERINGS_EMPTY"
    assert await refused([used(TEXT, 1)], ("nothing",)) == "OFFERING_UNKNOWN"
    assert await refused([used(TEXT, 1)], proposal="nonsense") == "CATALOG_HAS_ERRORS"


async def test_a_choice_that_must_be_made_is_asked_for() -> None:
    strict = changed(("minimum: 0", "minimum: 1"))
    assert await refused([used(TEXT, 1)], ("both",), strict) == "CHOICE_INVALID"


async def test_a_cost_beyond_any_amount_is_refused() -> None:
    dear = changed(('{amount: "0.20"}', '{amount: "90000000000.00"}'))
    assert await refused([UsageReport("a", 4, 2**50, MONDAY_TEN)], proposal=dear) == "USAGE_INVALID"


async def test_a_side_that_does_not_sell_in_the_accounts_currency_is_unrated() -> None:
    in_francs = changed(
        ("currency: EUR", "currency: EUR\ncurrencies: [CHF]"),
        ("  extra:\n", FRANCS),
    )
    result = await simulate([used(TEXT, 1)], ("swiss",), in_francs, currency="CHF")
    assert (result.currency_code, result.groups[0].old.unrated) == ("CHF", 1)
    assert result.groups[0].new == GroupSum(0, 9 * CENT, 0, tax_minor_micros=0)


async def test_a_currency_that_neither_side_has_is_refused() -> None:
    assert await refused([used(TEXT, 1)], currency="USD") == "CURRENCY_UNKNOWN"


async def test_what_is_observed_and_who_it_is_make_the_price() -> None:
    by_place = changed(
        (
            "offerings:\n",
            'segments: {youth: {name: Y}}\ndestinations: {far: {name: F, prefixes: ["+1"]}}\nofferings:\n',
        ),
        ("      distance:\n", FAR),
    )
    calls = [
        UsageReport("anna", 2, 60, MONDAY_TEN, Observation(called=number))
        for number in ("12125550123", "4930123")
    ]
    adult = await simulate(calls[:1], proposal=by_place)
    young = await simulate(calls[:1], proposal=by_place, segment="youth")
    near = await simulate(calls[1:], proposal=by_place, segment="youth")
    # Working hours: 0.09 a minute; a far call costs 0.90 where the customer is young.
    assert [r.groups[0].new.amount_minor_micros for r in (adult, young, near)] == [
        9 * CENT,
        90 * CENT,
        9 * CENT,
    ]
