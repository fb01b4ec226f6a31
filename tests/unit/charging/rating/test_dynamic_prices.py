"""Prices that an expression multiplies, within bounds."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2
from tidemark.catalog.v1.circumstances_pb2 import Slice

from services.charging.adapters.cel_expression import CelExpression
from services.charging.domain.rating.circumstances import Circumstances, Observed
from services.charging.domain.rating.quote import Usage
from services.charging.domain.rating.select import Priced, Subscribed, select_price
from services.charging.domain.rating.tariff import Tariff, TariffError
from tests.support.charging_catalog import BERLIN, DATA, offering, per, price, tariff, tiers
from tests.support.charging_models import factor
from tests.support.rated import MONDAY_NOON, amount, moment, rate, rate_one

HOME = Circumstances(zone="home")
SURGE = "load_percent >= 80 ? 1000 + (load_percent - 80) * 50 : 1000"


def _with(expression: str, lowest: int = 500, highest: int = 2_000) -> Tariff:
    """10 units cost 1.00, times the factor."""
    dynamic = factor(expression, lowest, highest)
    return tariff(
        offering("basic", price("data", DATA, per("0.10"), dynamic=dynamic)),
        tables=catalog_pb2.Catalog(slices=[Slice(code="gold", sst=1)]),
    )


@pytest.mark.parametrize(
    ("expression", "observed", "permille", "euros"),
    [
        # From 80 % load on, 5 % more for each per cent.
        (SURGE, Observed(load_percent=79), 1_000, "1.00"),
        (SURGE, Observed(load_percent=84), 1_200, "1.20"),
        # 100 % would be 2000; 120 % is moved to the upper bound.
        (SURGE, Observed(load_percent=100), 2_000, "2.00"),
        (SURGE, Observed(load_percent=120), 2_000, "2.00"),
        # Below the lower bound.
        ("1000 - load_percent * 10", Observed(load_percent=90), 500, "0.50"),
        ("five_qi == 82 ? 1500 : 1000", Observed(five_qi=82), 1_500, "1.50"),
        ("zone == 'eu' ? 1250 : 1000", Observed(serving_plmn="20801"), 1_250, "1.25"),
        ("slice == 'gold' ? 1100 : 900", Observed(sst=1), 1_100, "1.10"),
        ("device_class in ['meter', 'truck'] ? 700 : 1000", Observed(device_class="meter"), 700, "0.70"),
        # Where it fails the price is not multiplied: nothing divides by a load of 0.
        ("100000 / load_percent", Observed(load_percent=0), 1_000, "1.00"),
        ("100000 / load_percent", Observed(load_percent=80), 1_250, "1.25"),
        # Where it gives no whole number here, as well; true is none.
        ("load_percent > 60 ? true : 900", Observed(load_percent=70), 1_000, "1.00"),
        ("load_percent > 60 ? 1500.5 : 900.0 > 1.0 ? 900 : 0", Observed(load_percent=70), 1_000, "1.00"),
    ],
)
def test_a_factor_multiplies_the_price(
    expression: str, observed: Observed, permille: int, euros: str
) -> None:
    line = rate_one(_with(expression), 10, observed=observed)
    assert (line.factor_permille, line.amount_minor_micros) == (permille, amount(euros))


def test_what_a_customer_is_worth_and_its_segment_may_count() -> None:
    known = _with("segment == 'gold' ? 1000 - customer_value * 10 : 1000")
    assert rate_one(known, 10, segment="gold", customer_value=20).amount_minor_micros == amount("0.80")
    assert rate_one(known, 10, segment="basic", customer_value=20).amount_minor_micros == amount("1.00")


def test_a_failure_is_moved_within_the_bounds_too() -> None:
    known = _with("100000 / load_percent", 1_100, 2_000)
    assert rate_one(known, 10, observed=Observed(load_percent=0)).factor_permille == 1_100


@pytest.mark.parametrize(
    ("when", "permille"),
    [("2026-03-02 17:59", 1_000), ("2026-03-02 18:00", 1_500), ("2026-03-02 21:00", 1_000)],
)
def test_the_hour_is_the_subscriber_s(when: str, permille: int) -> None:
    known = _with("hour >= 18 && hour < 21 ? 1500 : 1000")
    assert rate_one(known, when=moment(when)).factor_permille == permille


@pytest.mark.parametrize(
    ("expression", "when", "switch"),
    [
        ("hour >= 18 ? 1500 : 1000", "2026-03-02 12:20:30", "2026-03-02 13:00"),
        ("hour >= 18 ? 1500 : 1000", "2026-03-29 01:20", "2026-03-29 03:00"),
    ],
)
def test_a_factor_that_reads_the_hour_may_change_with_it(expression: str, when: str, switch: str) -> None:
    known = _with(expression)
    found = select_price([Subscribed(known, known.offerings["basic"])], DATA, HOME, moment(when), BERLIN)
    assert isinstance(found, Priced)
    assert found.next_switch == moment(switch)


def test_a_factor_that_does_not_read_the_hour_brings_no_switch() -> None:
    known = _with(SURGE)
    found = select_price([Subscribed(known, known.offerings["basic"])], DATA, HOME, MONDAY_NOON, BERLIN)
    assert isinstance(found, Priced)
    assert found.next_switch is None


def test_units_are_cumulated_for_each_factor_of_a_session() -> None:
    """A graduated price: 10 units at 1.00, then 0.10. At another load it begins anew, times 2."""
    model = tiers((10, "1.00"), (None, "0.10"))
    dynamic = factor("load_percent > 50 ? 2000 : 1000", 1_000, 2_000)
    known = tariff(offering("basic", price("data", DATA, model, dynamic=dynamic)))
    quiet, busy = Observed(load_percent=10), Observed(load_percent=90)
    lines = rate(known, *(Usage("s", DATA, 8, MONDAY_NOON, seen) for seen in (quiet, busy, quiet)))
    # 8 x 1.00; 8 x 1.00 x 2; 2 x 1.00 + 6 x 0.10.
    assert [line.amount_minor_micros for line in lines] == [
        amount("8.00"),
        amount("16.00"),
        amount("2.60"),
    ]


def test_the_first_increment_is_counted_for_each_factor() -> None:
    dynamic = factor("load_percent > 50 ? 2000 : 1000", 1_000, 2_000)
    known = tariff(offering("basic", price("data", DATA, per("0.10"), first=10, then=1, dynamic=dynamic)))
    quiet, busy = Observed(load_percent=10), Observed(load_percent=90)
    lines = rate(known, *(Usage("s", DATA, 3, MONDAY_NOON, seen) for seen in (quiet, busy, quiet)))
    assert [line.rated_units for line in lines] == [10, 10, 0]


def test_bounds_of_the_price_hold_after_the_factor() -> None:
    dynamic = factor("load_percent > 50 ? 5000 : 1000", 0, 5_000)
    known = tariff(offering("basic", price("data", DATA, per("0.10"), dynamic=dynamic, maximum="3.00")))
    # 10 x 0.10 x 5 = 5.00, at most 3.00.
    assert rate_one(known, 10, observed=Observed(load_percent=90)).amount_minor_micros == amount("3.00")


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 +", "parse"),
        ("", "parse"),
        ("weather * 2", "no variable 'weather'"),
        ("load_percent > 80", "not a whole number"),
        ("'1000'", "not a whole number"),
        ("1000.0", "not a whole number"),
        ("load_percent * 1.5", "overload"),
        ("segment + 1", "string + int"),
        ("now()", "no function 'now'"),
        ("[1, 2].map(item, item * 2)[0]", "no variable 'item'"),
        ("1" + " + 1" * 400, "longer than 1000"),
    ],
)
def test_an_expression_that_cannot_give_a_factor_is_refused(expression: str, said: str) -> None:
    with pytest.raises(TariffError) as refused:
        _with(expression)
    assert refused.value.reason == "DYNAMIC_INVALID"
    assert refused.value.field == "offerings.basic.prices.data.dynamic"
    assert said in refused.value.message


@pytest.mark.parametrize(("lowest", "highest"), [(-1, 1_000), (2_000, 1_000), (0, 10**7)])
def test_bounds_must_make_sense(lowest: int, highest: int) -> None:
    with pytest.raises(TariffError) as refused:
        _with("1000", lowest, highest)
    assert refused.value.reason == "DYNAMIC_INVALID"


def test_an_expression_gives_the_same_again_and_is_equal_to_one_of_the_same_text() -> None:
    one, two = CelExpression(SURGE, "here"), CelExpression(SURGE, "there")
    busy = Circumstances(load_percent=90)
    assert [one.permille(busy, 3), one.permille(busy, 4), two.permille(busy, 3)] == [1_500] * 3
    assert one == two
    assert hash(one) == hash(two)
    assert one != CelExpression("1000", "here")
    assert CelExpression("1000", "here").permille(busy, 0) == 1_000
