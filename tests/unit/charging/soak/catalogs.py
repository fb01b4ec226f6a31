"""The catalog of the long run, built of its figures as the catalog service would publish it, and compiled."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from tidemark.catalog.v1 import catalog_pb2, circumstances_pb2, policies_pb2, pricing_pb2

from services.charging.domain.rating.tariff import Tariff
from tests.support import charging_catalog as small
from tests.support.charging_models import Model, exact, factor, package, percentage, volume
from tests.unit.charging.soak import figures
from tests.unit.charging.soak.figures import ListAllowance, ListFee, ListOffering, ListPrice

_EXISTING = {
    "keep": catalog_pb2.EXISTING_SUBSCRIBERS_KEEP,
    "session": catalog_pb2.EXISTING_SUBSCRIBERS_MOVE,
    "period": catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_NEXT_PERIOD,
    "once": catalog_pb2.EXISTING_SUBSCRIBERS_MOVE_AT_ONCE,
}
_AT_A_TIME = {
    "": pricing_pb2.CONCURRENCY_UNSPECIFIED,
    "sessions": pricing_pb2.CONCURRENCY_SESSIONS,
    "subscribers": pricing_pb2.CONCURRENCY_SUBSCRIBERS,
}
_PERIODS = {
    "day": policies_pb2.COUNTER_PERIOD_DAY,
    "week": policies_pb2.COUNTER_PERIOD_WEEK,
    "month": policies_pb2.COUNTER_PERIOD_MONTH,
}


@cache
def tariffs_of(version: int) -> tuple[Tariff, ...]:
    """A version in every currency, in effect since the epoch."""
    return tuple(_compiled(version, code) for code in figures.MICROS_PER_MAJOR)


def scaled(amount: str, version: int) -> str:
    """An amount of the first version, as another one has it."""
    return format(Decimal(amount) * figures.SCALE[version], "f")


def _compiled(version: int, currency_code: str) -> Tariff:
    return small.tariff(
        *(_offering(item, version) for item in figures.OFFERINGS.values()),
        version=version,
        bands=[
            small.band("night", (small.EVERY_DAY, "22:00", "24:00"), (small.EVERY_DAY, "00:00", "06:00")),
            small.band("evening", (small.EVERY_DAY, "18:00", "22:00")),
            small.band("holiday", ([8], "06:00", "18:00"), calendar="feasts"),
        ],
        groups=[_group(number, unit) for number, unit in figures.UNITS.items()],
        zones=[
            catalog_pb2.Zone(code="home", home=True, plmns=figures.HOME_PREFIXES),
            catalog_pb2.Zone(code="eu", plmns=figures.EU_PREFIXES),
            catalog_pb2.Zone(code="us", plmns=figures.US_PREFIXES),
        ],
        currency_code=currency_code,
        low_balance=figures.LOW_BALANCE,
        tables=_tables(),
    )


def _group(number: int, unit: str) -> catalog_pb2.RatingGroup:
    made = small.group(number, initial=120, minimum=5, maximum=2_000, unit=unit)
    if number in figures.OFFLINE:
        made.charging_method = catalog_pb2.CHARGING_METHOD_OFFLINE
    made.outcome = number == figures.OUTCOME
    return made


def _tables() -> catalog_pb2.Catalog:
    return catalog_pb2.Catalog(
        units=[catalog_pb2.UnitDefinition(code=code, name=code) for code in ("parcels", "operations")],
        destinations=[
            circumstances_pb2.Destination(code=code, prefixes=prefixes, barred=code in figures.BARRED)
            for code, prefixes in figures.DESTINATIONS.items()
        ],
        load_bands=[
            circumstances_pb2.LoadBand(code="busy", from_percent=figures.BUSY_FROM_PERCENT, until_percent=101)
        ],
        segments=[circumstances_pb2.Category(code=code, name=code) for code in figures.SEGMENTS if code],
        calendars=[circumstances_pb2.HolidayCalendar(code="feasts", days=figures.HOLIDAYS)],
        taxes=[
            pricing_pb2.Tax(code=code, percent=str(percent), inclusive=inclusive)
            for code, (percent, inclusive) in figures.TAXES.items()
        ],
        counters=[_counter(item) for item in figures.COUNTERS],
    )


def _counter(item: figures.ListCounter) -> policies_pb2.Counter:
    def mark(text: str) -> policies_pb2.CounterMark:
        return (
            policies_pb2.CounterMark(amount=exact(text))
            if item.money
            else policies_pb2.CounterMark(units=int(text))
        )

    return policies_pb2.Counter(
        code=item.code,
        rating_groups=item.groups,
        zones=item.zones,
        measure=policies_pb2.COUNTER_MEASURE_MONEY if item.money else policies_pb2.COUNTER_MEASURE_UNITS,
        period=_PERIODS[item.period],
        thresholds=[
            policies_pb2.CounterThreshold(mark=mark(text), status=status)
            for text, status in zip(item.marks, item.statuses, strict=True)
        ],
        cap=mark(item.cap) if item.cap else None,
        liftable=item.liftable,
        shared=item.shared,
    )


def _offering(item: ListOffering, version: int) -> catalog_pb2.ProductOffering:
    has_period = item.months or item.days
    return small.offering(
        item.code,
        *(_price(price, version) for price in figures.PRICES if price.offering == item.code),
        precedence=item.precedence,
        allowances=[_allowance(part) for part in figures.ALLOWANCES if part.offering == item.code],
        denied=item.denied,
        existing=_EXISTING[item.existing[version - 1]],
        fees=[_fee(fee, version) for fee in figures.FEES if fee.offering == item.code],
        period=pricing_pb2.Period(months=item.months, days=item.days, calendar=item.calendar)
        if has_period
        else None,
        trial=pricing_pb2.Trial(days=item.trial_days, ends=item.trial_ends) if item.trial_days else None,
        days=item.validity_days,
    )


def _price(item: ListPrice, version: int) -> catalog_pb2.ProductOfferingPrice:
    return small.price(
        item.code,
        item.group,
        _model(item, version),
        zones=item.zones,
        band=item.band,
        first=item.first,
        then=item.then,
        under=circumstances_pb2.Conditions(
            destinations=item.destinations, load_bands=item.load_bands, segments=item.segments
        ),
        precedence=item.precedence,
        minimum=scaled(item.minimum, version) if item.minimum else "",
        maximum=scaled(item.maximum, version) if item.maximum else "",
        tax=item.tax,
        dynamic=factor(*figures.DYNAMIC[item.dynamic]) if item.dynamic else None,
        concurrency=_AT_A_TIME[item.at_a_time],
    )


def _model(item: ListPrice, version: int) -> Model:
    amount = scaled(item.amount, version)
    steps = [(last, scaled(text, version)) for last, text in item.steps]
    match item.model:
        case "per":
            return small.per(amount, item.units)
        case "flat":
            return small.flat(amount)
        case "tiers":
            return small.tiers(*steps, month=item.month)
        case "volume":
            return volume(*steps, month=item.month)
        case "package":
            return package(amount, item.units)
        case "percent":
            return percentage(amount)
    return small.FREE


def _allowance(item: ListAllowance) -> catalog_pb2.Allowance:
    return small.allowance(
        item.code,
        item.amount,
        item.groups,
        item.priority,
        days=item.days,
        zones=item.zones,
        shared=item.shared,
        thresholds=item.thresholds,
        renews=item.renews,
        rollover=None
        if item.rollover is None
        else pricing_pb2.Rollover(maximum_units=item.rollover[0], periods=item.rollover[1]),
        from_first_use=item.from_first_use,
        member_limit=item.member_limit,
        giftable=item.giftable,
    )


def _fee(item: ListFee, version: int) -> pricing_pb2.Fee:
    return pricing_pb2.Fee(
        code=item.code,
        name=item.code,
        amount=exact(scaled(item.amount, version)),
        kind=pricing_pb2.FEE_KIND_RECURRING if item.recurring else pricing_pb2.FEE_KIND_ONE_TIME,
        prorated=item.prorated,
        tax=item.tax,
        promotion_periods=item.promotion[0],
        promotion_percent=item.promotion[1],
        suspends=item.suspends,
    )
