"""What usage costs under each price model, worked by hand. Amounts are euros, tax included."""

from __future__ import annotations

import pytest
from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.domain.rating.quote import Usage
from tests.support.charging_catalog import (
    DATA,
    FREE,
    TEXT,
    VOICE,
    allowance,
    flat,
    group,
    offering,
    per,
    price,
    tariff,
    tiers,
)
from tests.support.charging_models import package, percentage, volume
from tests.support.rated import MONDAY_NOON, amount, moment, rate, rate_one, session_amounts

VALUE = 50
"""A rating group whose unit is money: the value of what is bought, in cents."""

CALL = price("call", VOICE, per("0.09", 60), first=60, then=1)
STEPS = price("steps", DATA, tiers((100, "0.10"), (1_000, "0.05"), (None, "0.01")))
BULK = price("bulk", DATA, volume((100, "0.10"), (1_000, "0.05"), (None, "0.01")))
PACKS = price("packs", DATA, package("2.00", 500))
SHARE = price("share", VALUE, percentage("2.5"))


@pytest.mark.parametrize(
    ("rated", "units", "euros"),
    [
        # Flat: one amount, however much.
        (price("text", TEXT, flat("0.07")), 1, "0.07"),
        (price("text", TEXT, flat("0.07")), 5, "0.07"),
        # Per unit, in proportion: 0.09 a minute is 0.0015 a second; the first minute counts whole.
        (CALL, 1, "0.09"),
        (CALL, 61, "0.0915"),
        # Graduated: 100 x 0.10 = 10.00; 900 x 0.05 = 45.00; the rest at 0.01.
        (STEPS, 100, "10.00"),
        (STEPS, 101, "10.05"),
        (STEPS, 1_000, "55.00"),
        (STEPS, 1_500, "60.00"),
        # Volume: ALL units at the price of the step of their sum, and never less than fewer units.
        (BULK, 100, "10.00"),  # 100 x 0.10
        (BULK, 101, "10.00"),  # 101 x 0.05 = 5.05, less than the 10.00 before: it stands still
        (BULK, 200, "10.00"),  # 200 x 0.05 = 10.00: caught up
        (BULK, 201, "10.05"),  # 201 x 0.05
        (BULK, 1_000, "50.00"),  # 1000 x 0.05
        (BULK, 5_000, "50.00"),  # 5000 x 0.01 = 50.00: stood still from 1001 on
        (BULK, 5_100, "51.00"),  # 5100 x 0.01
        # Package: every begun 500 costs 2.00.
        (PACKS, 1, "2.00"),
        (PACKS, 500, "2.00"),
        (PACKS, 501, "4.00"),
        (PACKS, 1_500, "6.00"),
        # Percentage of a value in cents: 2.5 % of 12.00 is 0.30; of 0.01 it is 0.00025.
        (SHARE, 1_200, "0.30"),
        (SHARE, 1, "0.00025"),
        (price("all", VALUE, percentage("100")), 1_999, "19.99"),
        (price("none", VALUE, percentage("0")), 1_999, "0.00"),
        # Free: nothing, and known all the same.
        (price("free", DATA, FREE), 10**12, "0.00"),
    ],
    ids=lambda value: value.code if isinstance(value, catalog_pb2.ProductOfferingPrice) else str(value),
)
def test_a_report_costs_what_its_model_says(
    rated: catalog_pb2.ProductOfferingPrice, units: int, euros: str
) -> None:
    known = tariff(offering("basic", rated), groups=[group(VALUE, unit="money")])
    assert rate_one(known, units, rated.rating_groups[0]).amount_minor_micros == amount(euros)


@pytest.mark.parametrize(
    ("rated", "reports", "euros"),
    [
        # The minute is paid with its first second.
        (CALL, (1, 58, 1, 1), ("0.09", "0.00", "0.00", "0.0015")),
        # 90 + 20: ten units at 0.10, ten at 0.05.
        (STEPS, (90, 20), ("9.00", "1.50")),
        # 100 cost 10.00; up to 200 nothing is added; from there 0.05 each.
        (BULK, (100, 50, 50, 10), ("10.00", "0.00", "0.00", "0.50")),
        # The first package is paid at once and used up by the third report; 1 more begins another.
        (PACKS, (1, 400, 99, 1), ("2.00", "0.00", "0.00", "2.00")),
        # 0.01 % of a cent is 0.000001 euro; nothing is lost by reporting cent by cent.
        (price("tiny", VALUE, percentage("0.01")), (1, 1, 1), ("0.000001",) * 3),
    ],
    ids=lambda value: value.code if isinstance(value, catalog_pb2.ProductOfferingPrice) else str(value),
)
def test_each_report_costs_the_difference_to_what_the_session_cost_before(
    rated: catalog_pb2.ProductOfferingPrice, reports: tuple[int, ...], euros: tuple[str, ...]
) -> None:
    known = tariff(offering("basic", rated), groups=[group(VALUE, unit="money")])
    found = session_amounts(known, *reports, rating_group=rated.rating_groups[0])
    assert found == [amount(text) for text in euros]


@pytest.mark.parametrize(
    ("reports", "euros"),
    [
        # At least 0.50, once there is anything; at most 2.00. A unit is 0.10.
        ((0,), ("0.00",)),
        ((1,), ("0.50",)),
        ((1, 4, 1), ("0.50", "0.00", "0.10")),  # five units are 0.50, six 0.60
        ((19, 1, 1), ("1.90", "0.10", "0.00")),  # twenty are 2.00, and stay it
        ((1_000,), ("2.00",)),
    ],
)
def test_a_minimum_and_a_maximum_bound_what_a_session_costs(
    reports: tuple[int, ...], euros: tuple[str, ...]
) -> None:
    known = tariff(offering("basic", price("data", DATA, per("0.10"), minimum="0.50", maximum="2.00")))
    assert session_amounts(known, *reports) == [amount(text) for text in euros]


def test_bounds_hold_for_each_session_on_its_own_or_over_the_month() -> None:
    def at_most_one_euro(month: bool) -> list[int]:
        model = tiers((None, "0.10"), month=month)
        known = tariff(offering("basic", price("data", DATA, model, maximum="1.00")))
        lines = rate(known, *(Usage(key, DATA, 8, MONDAY_NOON) for key in ("one", "two", "three")))
        return [line.amount_minor_micros for line in lines]

    # 8 units are 0.80 in each session; over the month 0.80, then 0.20 up to 1.00, then nothing.
    assert at_most_one_euro(month=False) == [amount("0.80")] * 3
    assert at_most_one_euro(month=True) == [amount("0.80"), amount("0.20"), amount("0.00")]


def test_units_of_a_month_begin_anew_in_the_next_one() -> None:
    model = tiers((10, "1.00"), (None, "0.10"), month=True)
    known = tariff(offering("basic", price("data", DATA, model)))
    days = ("2026-03-02 12:00", "2026-03-31 23:59", "2026-04-01 00:00")
    lines = rate(known, *(Usage(day, DATA, 8, moment(day)) for day in days))
    # 8 x 1.00; 2 x 1.00 + 6 x 0.10; April: 8 x 1.00 again.
    assert [line.amount_minor_micros for line in lines] == [
        amount("8.00"),
        amount("2.60"),
        amount("8.00"),
    ]


def test_units_of_a_volume_price_may_be_counted_over_the_month() -> None:
    known = tariff(offering("basic", price("data", DATA, volume((10, "1.00"), (None, "0.75"), month=True))))
    lines = rate(known, *(Usage(str(key), DATA, 8, MONDAY_NOON) for key in range(3)))
    # 8 x 1.00 = 8.00; 16 x 0.75 = 12.00; 24 x 0.75 = 18.00.
    assert [line.amount_minor_micros for line in lines] == [amount("8.00"), amount("4.00"), amount("6.00")]


@pytest.mark.parametrize(
    ("inclusive", "euros", "tax"),
    [
        # 119 units at 0.01 with 19 % inside: 1.19, of which 1.19 x 19/119 = 0.19.
        (True, "1.19", "0.19"),
        # The same without: 1.19 + 19 % = 1.4161, of which 0.2261.
        (False, "1.4161", "0.2261"),
    ],
)
def test_a_tax_is_included_or_added(inclusive: bool, euros: str, tax: str) -> None:
    tables = catalog_pb2.Catalog(taxes=[pricing_pb2.Tax(code="vat", percent="19", inclusive=inclusive)])
    known = tariff(offering("basic", price("data", DATA, per("0.01"), tax="vat")), tables=tables)
    line = rate_one(known, 119)
    assert (line.amount_minor_micros, line.tax_minor_micros) == (amount(euros), amount(tax))


def test_bounds_hold_before_a_tax_that_is_added() -> None:
    tables = catalog_pb2.Catalog(taxes=[pricing_pb2.Tax(code="vat", percent="7.7", inclusive=False)])
    known = tariff(
        offering("basic", price("data", DATA, per("0.01"), tax="vat", maximum="1.00")), tables=tables
    )
    # 1000 x 0.01 = 10.00, at most 1.00, and 7.7 % on top.
    assert rate_one(known, 1_000).amount_minor_micros == amount("1.077")


def test_allowances_go_first_and_only_what_is_left_is_paid() -> None:
    known = tariff(offering("basic", PACKS, allowances=[allowance("included", 700)]))
    lines = rate(known, Usage("one", DATA, 600, MONDAY_NOON), Usage("two", DATA, 600, MONDAY_NOON))
    # 600 of 700 are used; then 100, and 500 more are one package.
    assert [(line.from_allowance_units, line.amount_minor_micros) for line in lines] == [
        (600, 0),
        (100, amount("2.00")),
    ]


def test_a_free_price_burns_no_allowance() -> None:
    free, paid = price("free", DATA, FREE), price("call", VOICE, per("0.09"))
    known = tariff(offering("basic", free, paid, allowances=[allowance("included", 700)]))
    assert rate_one(known, 600).from_allowance_units == 0


@pytest.mark.parametrize(
    ("kind", "counts", "euros"),
    [
        # 3 devices, then 2, then 5: the peak rises by 3, by nothing, by 2. A device is 1.50.
        (pricing_pb2.CONCURRENCY_SUBSCRIBERS, (3, 2, 5), ("4.50", "0.00", "3.00")),
        (pricing_pb2.CONCURRENCY_SESSIONS, (1, 1, 2), ("1.50", "0.00", "1.50")),
    ],
)
def test_each_new_peak_of_how_many_there_are_at_a_time_is_paid(
    kind: pricing_pb2.Concurrency.ValueType, counts: tuple[int, ...], euros: tuple[str, ...]
) -> None:
    known = tariff(offering("basic", price("devices", DATA, per("1.50"), concurrency=kind)))
    assert session_amounts(known, *counts) == [amount(text) for text in euros]


def test_a_peak_counts_in_its_month() -> None:
    devices = price("devices", DATA, per("1.50"), concurrency=pricing_pb2.CONCURRENCY_SUBSCRIBERS)
    known = tariff(offering("basic", devices))
    lines = rate(
        known,
        Usage("one", DATA, 4, moment("2026-03-31 23:59")),
        Usage("one", DATA, 2, moment("2026-04-01 00:00")),
    )
    assert [line.amount_minor_micros for line in lines] == [amount("6.00"), amount("3.00")]


def test_devices_at_a_time_may_be_graduated() -> None:
    model = tiers((10, "2.00"), (None, "1.00"))
    devices = price("devices", DATA, model, concurrency=pricing_pb2.CONCURRENCY_SUBSCRIBERS)
    # 8 x 2.00 = 16.00; then 2 x 2.00 + 5 x 1.00 = 9.00.
    assert session_amounts(tariff(offering("basic", devices)), 8, 15) == [amount("16.00"), amount("9.00")]
