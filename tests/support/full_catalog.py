"""One catalog that uses everything its contract has, for tests that must not miss a field."""

from __future__ import annotations

from tidemark.catalog.v1 import catalog_pb2, pricing_pb2
from tidemark.catalog.v1.circumstances_pb2 import (
    Area,
    Category,
    Conditions,
    Destination,
    HolidayCalendar,
    LoadBand,
    QosClass,
    Slice,
)
from tidemark.catalog.v1.policies_pb2 import (
    COUNTER_MEASURE_MONEY,
    COUNTER_MEASURE_UNITS,
    COUNTER_PERIOD_MONTH,
    COUNTER_PERIOD_WEEK,
    VELOCITY_REQUEST_SESSION,
    VELOCITY_SUBJECT_SUBSCRIBER,
    Counter,
    CounterMark,
    CounterThreshold,
    VelocityLimit,
)

from tests.support.charging_catalog import (
    DATA,
    EVERY_DAY,
    FREE,
    TEXT,
    VIDEO,
    VOICE,
    allowance,
    band,
    catalog,
    flat,
    group,
    offering,
    per,
    price,
    tiers,
)
from tests.support.charging_models import exact, factor, package, percentage, volume

VALUE = 50
"""A rating group whose unit is money."""

_EVERYTHING = Conditions(
    destinations=["france"],
    areas=["stadium"],
    slices=["gold"],
    qos_classes=["talk"],
    load_bands=["busy"],
    segments=["student"],
    device_classes=["meter"],
)


def full_catalog() -> catalog_pb2.Catalog:
    """Compiles in euros and, but for one offering, in yen."""
    made = catalog(
        _usage(),
        _fees(),
        offering("devices", price("at-a-time", DATA, per("1"), concurrency=pricing_pb2.CONCURRENCY_SESSIONS)),
        bands=[
            band("night", (EVERY_DAY, "22:00", "24:00"), ((8,), "00:00", "24:00"), calendar="feasts"),
            band("day", (EVERY_DAY, "08:00", "18:00")),
        ],
        groups=[group(VALUE, unit="money")],
        default_rating_group=DATA,
        low_balance=5,
        tables=_tables(),
    )
    made.offerings[2].prices[0].per_unit.amount.CopyFrom(exact("1", JPY="150"))
    return made


def _usage() -> catalog_pb2.ProductOffering:
    return offering(
        "basic",
        price("flat", TEXT, flat("0.07")),
        price("data", DATA, per("0.01"), first=10, then=5, minimum="0.10", maximum="9", tax="vat"),
        price(
            "special", DATA, tiers((10, "1"), (None, "0.5"), month=True), ["eu"], "night", under=_EVERYTHING
        ),
        price("advent", DATA, package("1", 10), days=("2026-12-01", "2026-12-24")),
        price("surge", VIDEO, per("0.1"), dynamic=factor("1000 + load_percent * hour", 500, 3_000)),
        price("bulk", VOICE, volume((10, "1"), (None, "0.5"), month=True), precedence=7),
        price("share", VALUE, percentage("2.5")),
        price("free", VOICE, FREE, zones=["us"]),
        allowances=[allowance("included", 100, under=_EVERYTHING, zones=["home"], thresholds=[50, 80])],
        denied=["ship"],
    )


def _fees() -> catalog_pb2.ProductOffering:
    fee = pricing_pb2.Fee(
        code="monthly",
        amount=exact("9.99"),
        kind=pricing_pb2.FEE_KIND_RECURRING,
        prorated=True,
        tax="vat",
        promotion_periods=3,
        promotion_percent=50,
        suspends=True,
    )
    return offering(
        "plan",
        allowances=[
            allowance("each", 10, renews=True, rollover=pricing_pb2.Rollover(maximum_units=5, periods=1)),
            allowance("gift", 10, days=3, from_first_use=True, shared=True, member_limit=4, giftable=True),
        ],
        includes=["basic"],
        choice=(0, 1, ("devices",)),
        existing=catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE,
        fees=[fee, pricing_pb2.Fee(code="start", amount=exact("5"), kind=pricing_pb2.FEE_KIND_ONE_TIME)],
        period=pricing_pb2.Period(months=1, calendar=True),
        trial=pricing_pb2.Trial(days=14, ends=True),
        days=365,
    )


def _tables() -> catalog_pb2.Catalog:
    mark = CounterMark(amount=exact("50", JPY="8000"))
    return catalog_pb2.Catalog(
        other_currency_codes=["JPY"],
        destinations=[
            Destination(code="france", prefixes=["33"]),
            Destination(code="premium", prefixes=["4990"], barred=True),
        ],
        areas=[Area(code="stadium", cells=["26201-0000a1b20"], tracking_areas=["26201-00a1f3"])],
        slices=[Slice(code="gold", sst=1, sd="00000a")],
        qos_classes=[QosClass(code="talk", five_qis=[1, 2])],
        load_bands=[LoadBand(code="busy", from_percent=80, until_percent=101)],
        calendars=[HolidayCalendar(code="feasts", days=["12-25", "2026-04-06"])],
        segments=[Category(code="student")],
        device_classes=[Category(code="meter")],
        taxes=[pricing_pb2.Tax(code="vat", percent="19", inclusive=True)],
        counters=[
            Counter(code="cap", measure=COUNTER_MEASURE_MONEY, period=COUNTER_PERIOD_MONTH, cap=mark),
            Counter(
                code="use",
                measure=COUNTER_MEASURE_UNITS,
                period=COUNTER_PERIOD_WEEK,
                thresholds=[CounterThreshold(mark=CounterMark(units=9), status="warned")],
            ),
        ],
        velocity_limits=[
            VelocityLimit(
                code="bursts",
                subject=VELOCITY_SUBJECT_SUBSCRIBER,
                request=VELOCITY_REQUEST_SESSION,
                maximum_requests=9,
                window_seconds=60,
            )
        ],
    )
