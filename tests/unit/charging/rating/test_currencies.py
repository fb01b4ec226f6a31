"""Amounts in several currencies, with no, two and three decimals, and very small prices of very much."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2, policies_pb2
from tidemark.type.v1 import money_pb2

from services.charging.adapters.tariff_messages import compile_tariff, compile_tariffs
from services.charging.domain.rating.quote import expand
from services.charging.domain.rating.tariff import TariffError
from tests.support.charging_catalog import DATA, TEXT, VOICE, catalog, offering, per, price, tariff, tiers
from tests.support.charging_models import exact, volume
from tests.support.rated import amount, rate_one, session_amounts


@pytest.mark.parametrize(
    ("code", "written", "units", "minor_micros"),
    [
        # A minor unit is a million minor_micros: a yen, a cent, a fils.
        ("JPY", "3", 7, 21 * 1_000_000),
        ("JPY", "0.5", 7, 3_500_000),
        ("JPY", "0.0000005", 1, 0),  # half a minor_micro: the even neighbour is 0
        ("JPY", "0.0000015", 1, 2),  # one and a half: the even neighbour is 2
        ("KWD", "0.125", 8, 1_000 * 1_000_000),
        ("KWD", "0.001", 1, 1_000_000),
        ("EUR", "0.01", 1, 1_000_000),
    ],
)
def test_a_currency_counts_in_its_own_minor_unit(
    code: str, written: str, units: int, minor_micros: int
) -> None:
    known = tariff(offering("basic", price("text", TEXT, per(written))), currency_code=code)
    assert rate_one(known, units, TEXT).amount_minor_micros == minor_micros


def test_octet_by_octet_over_a_tebibyte_costs_what_it_costs_at_once() -> None:
    """10^-9 euro an octet is 0.1 minor_micro: 2^40 octets are 1099.511627776 euros."""
    known = tariff(offering("basic", price("data", DATA, per("0.000000001"), first=1, then=1)))
    assert rate_one(known, 2**40).amount_minor_micros == 109_951_162_778  # 109951162777.6 rounded
    near = session_amounts(known, 2**40 - 3, 1, 1, 1)
    # Cumulated ...777.3, ...777.4, ...777.5 (a tie: the even neighbour is ...778) and ...777.6.
    assert near == [109_951_162_777, 0, 1, 0]


def test_ten_octets_of_a_tenth_cost_one_minor_micro_however_reported() -> None:
    known = tariff(offering("basic", price("data", DATA, per("0.000000001"))))
    # Cumulated 0.1 0.2 ... 1.0 rounds to 0 0 0 0 0 (0.5 is a tie: even is 0) 1 1 1 1 1.
    assert session_amounts(known, *[1] * 10) == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]


def _in_euros_and_yen(*offerings: catalog_pb2.ProductOffering) -> catalog_pb2.Catalog:
    made = catalog(*offerings)
    made.other_currency_codes.append("JPY")
    return made


def _priced(code: str, euros: str, **others: str) -> catalog_pb2.ProductOffering:
    model = catalog_pb2.PerUnitPrice(amount=exact(euros, **others), per_units=1)
    return offering(code, price("data", DATA, model))


def test_each_currency_has_its_own_prices_and_nothing_is_converted() -> None:
    known = compile_tariffs(_in_euros_and_yen(_priced("basic", "0.02", JPY="3")), 7)
    assert list(known) == ["EUR", "JPY"]
    assert [item.currency_code for item in known.values()] == ["EUR", "JPY"]
    assert rate_one(known["EUR"], 10).amount_minor_micros == amount("0.20")
    assert rate_one(known["JPY"], 10).amount_minor_micros == amount("30", "JPY")


def test_the_first_currency_is_meant_where_none_is_named() -> None:
    assert compile_tariff(_in_euros_and_yen(), 7).currency_code == "EUR"


@pytest.mark.parametrize(
    "incomplete",
    [
        per("0.02"),
        catalog_pb2.FlatPrice(amount=exact("0.02")),
        tiers((10, "1.00"), (None, "0.10")),
        volume((10, "1.00"), (None, "0.10")),
    ],
    ids=lambda model: type(model).__name__,
)
def test_an_offering_without_all_amounts_is_not_sold_in_that_currency(
    incomplete: catalog_pb2.PerUnitPrice,
) -> None:
    made = _in_euros_and_yen(
        offering("basic", price("data", DATA, incomplete)), _priced("other", "0.02", JPY="3")
    )
    known = compile_tariffs(made, 7)
    assert set(known["EUR"].offerings) == {"basic", "other"}
    assert set(known["JPY"].offerings) == {"other"}
    with pytest.raises(TariffError) as refused:
        expand(known["JPY"], ["basic"])
    assert refused.value.reason == "OFFERING_UNKNOWN"


def test_a_bound_that_is_missing_in_a_currency_takes_the_offering_out_of_it() -> None:
    made = _in_euros_and_yen(_priced("basic", "0.02", JPY="3"))
    made.offerings[0].prices[0].minimum.CopyFrom(exact("0.50"))
    assert not compile_tariffs(made, 7)["JPY"].offerings


def test_a_currency_that_the_catalog_has_not_is_refused() -> None:
    with pytest.raises(TariffError) as refused:
        compile_tariff(_in_euros_and_yen(), 7, currency_code="USD")
    assert refused.value.reason == "CURRENCY_UNKNOWN"


def test_each_currency_has_its_own_low_balance_mark() -> None:
    made = _in_euros_and_yen()
    made.low_balance_threshold.CopyFrom(money_pb2.Money(currency_code="EUR", minor_micros=5))
    known = compile_tariffs(made, 7)
    assert [item.low_balance_minor_micros for item in known.values()] == [5, None]
    made.other_low_balance_thresholds.append(money_pb2.Money(currency_code="JPY", minor_micros=9))
    assert compile_tariffs(made, 7)["JPY"].low_balance_minor_micros == 9


def test_a_cap_in_money_must_be_given_in_every_currency() -> None:
    """It protects the customer: it may not be lost without a word."""
    made = _in_euros_and_yen()
    made.counters.append(
        policies_pb2.Counter(
            code="bill-shock",
            measure=policies_pb2.COUNTER_MEASURE_MONEY,
            period=policies_pb2.COUNTER_PERIOD_MONTH,
            cap=policies_pb2.CounterMark(amount=exact("50.00")),
        )
    )
    with pytest.raises(TariffError) as refused:
        compile_tariffs(made, 7)
    assert (refused.value.reason, refused.value.field) == ("AMOUNT_MISSING", "counters.bill-shock.cap")
    made.counters[0].cap.amount.CopyFrom(exact("50.00", JPY="8000"))
    known = compile_tariffs(made, 7)
    assert [item.counters[0].cap for item in known.values()] == [amount("50.00"), amount("8000", "JPY")]


def test_a_percentage_is_the_same_share_in_every_currency() -> None:
    made = _in_euros_and_yen(offering("basic", price("share", VOICE, per("1"))))
    made.offerings[0].prices[0].percentage.percent = "10"
    made.rating_groups[[group.rating_group for group in made.rating_groups].index(VOICE)].unit = "money"
    known = compile_tariffs(made, 7)
    # 10 % of 500 cents are 50 cents; of 500 yen 50 yen.
    assert rate_one(known["EUR"], 500, VOICE).amount_minor_micros == amount("0.50")
    assert rate_one(known["JPY"], 500, VOICE).amount_minor_micros == amount("50", "JPY")
