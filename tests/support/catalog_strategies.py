"""Hypothesis strategies for documents that can be written down, whatever lint would say of them."""

from __future__ import annotations

import string
from datetime import date
from typing import Any

from hypothesis import strategies as st

from services.catalog.adapters.yaml_figures import canonical_amount
from services.catalog.domain.amounts import Amount, CurrencyAmount
from services.catalog.domain.catalog import (
    Catalog,
    ChargingMethod,
    FinalUnitAction,
    LowBalance,
    QuotaPolicy,
    RatingGroup,
    TimeBand,
    TimeWindow,
    UnitDefinition,
    VolumeDirection,
)
from services.catalog.domain.circumstances import (
    ALWAYS,
    Area,
    Category,
    Conditions,
    Destination,
    HolidayCalendar,
    LoadBand,
    QosClass,
    Slice,
    Zone,
)
from services.catalog.domain.examples import Document, ExampleUsage, Expected, ExpectedFees, WorkedExample
from services.catalog.domain.offerings import (
    Allowance,
    BundleChoice,
    ExistingSubscribers,
    Fee,
    FeeKind,
    Offering,
    OfferingKind,
    PaymentMode,
    Period,
    Rollover,
    Trial,
)
from services.catalog.domain.policies import (
    Counter,
    CounterMeasure,
    CounterPeriod,
    CounterThreshold,
    VelocityLimit,
    VelocityRequest,
    VelocitySubject,
)
from services.catalog.domain.pricing import (
    Concurrency,
    CountingScope,
    DynamicFactor,
    FlatPrice,
    FreePrice,
    Increments,
    PackagePrice,
    PercentagePrice,
    PerUnitPrice,
    Price,
    Step,
    Tax,
    TieredPrice,
    VolumePrice,
)
from services.common.kernel.clock import Instant

CODES = st.sampled_from(["0", "a", "b-1", "high-speed", "surgery", "z9"])
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=8)
UNITS = st.sampled_from(["octets", "seconds", "events", "money", "kilometres"])
SIZES = st.integers(0, 2**53)
COUNTS = st.integers(0, 2**32 - 1)
DECIMALS = st.builds(
    lambda whole, part: canonical_amount(f"{whole}.{part:09}"), COUNTS, st.integers(0, 10**9 - 1)
)
PERCENTS = st.sampled_from(["0", "0.5", "2.25", "7", "19", "100"])
DAYS = st.dates(date(1970, 1, 1), date(9990, 1, 1))
HOLIDAYS = DAYS.map(str) | DAYS.map(lambda day: f"{day:%m-%d}")
RATING_GROUPS = ("group-a", "group-b")
CURRENCIES = ("CHF", "USD")
MICROS = st.integers(0, 10**12)


def some(values: st.SearchStrategy[Any], most: int = 2, least: int = 0) -> st.SearchStrategy[Any]:
    """A sorted tuple, each value once."""
    return st.lists(values, unique=True, min_size=least, max_size=most).map(sorted).map(tuple)


def coded(made: st.SearchStrategy[Any], most: int = 1) -> st.SearchStrategy[Any]:
    """Values that begin with a code, by ascending codes."""
    listed = st.lists(made, unique_by=lambda item: item.code, max_size=most)
    return listed.map(lambda items: tuple(sorted(items, key=lambda item: str(item.code))))


AMOUNTS = st.builds(Amount, DECIMALS, some(st.sampled_from(CURRENCIES)).flatmap(
    lambda codes: st.tuples(*(st.builds(CurrencyAmount, st.just(code), DECIMALS) for code in codes))
))  # fmt: skip
CONDITIONS = st.just(ALWAYS) | st.builds(Conditions, *([some(CODES)] * 8))
GROUPS = some(st.sampled_from(RATING_GROUPS), least=1)
STEPS = st.lists(st.builds(Step, st.none() | SIZES, AMOUNTS, SIZES), max_size=3).map(tuple)
SCOPES = st.sampled_from(CountingScope)
MODELS = st.one_of(
    st.builds(FlatPrice, AMOUNTS),
    st.builds(PerUnitPrice, AMOUNTS, SIZES),
    st.builds(TieredPrice, STEPS, SCOPES),
    st.builds(VolumePrice, STEPS, SCOPES),
    st.builds(PackagePrice, AMOUNTS, SIZES),
    st.builds(PercentagePrice, PERCENTS),
    st.just(FreePrice()),
)
PERMILLE = st.integers(0, 1_000_000)
PRICES = st.builds(
    Price,
    code=CODES,
    name=NAMES,
    rating_groups=GROUPS,
    model=MODELS,
    conditions=CONDITIONS,
    time_band=st.just("") | CODES,
    first_day=st.none() | DAYS,
    last_day=st.none() | DAYS,
    precedence=COUNTS,
    increments=st.none() | st.builds(Increments, SIZES, SIZES),
    minimum=st.none() | AMOUNTS,
    maximum=st.none() | AMOUNTS,
    tax=st.just("") | CODES,
    dynamic=st.none()
    | st.builds(DynamicFactor, st.just("load_percent > 80 ? 1500 : 1000"), PERMILLE, PERMILLE),
    concurrency=st.none() | st.sampled_from(Concurrency),
)
FEES = st.builds(
    Fee,
    CODES,
    NAMES,
    AMOUNTS,
    st.sampled_from(FeeKind),
    st.booleans(),
    st.just("") | CODES,
    COUNTS,
    COUNTS,
    st.booleans(),
)
TEXTS = st.text(string.printable, max_size=30).filter(lambda text: not set(text) & set("\r\t\x0b\x0c"))


def allowances(unit: str) -> st.SearchStrategy[Allowance]:
    """Allowances in a unit."""
    return st.builds(
        Allowance,
        code=CODES,
        name=NAMES,
        rating_groups=GROUPS,
        unit=st.just(unit),
        amount=SIZES,
        priority=COUNTS,
        validity_days=st.integers(0, 400),
        shared=st.booleans(),
        thresholds_percent=st.lists(st.integers(0, 200), max_size=3).map(tuple),
        conditions=CONDITIONS,
        renews=st.booleans(),
        rollover=st.none() | st.builds(Rollover, SIZES, COUNTS),
        valid_from_first_use=st.booleans(),
        member_limit_units=SIZES,
        giftable=st.booleans(),
    )


def offerings(unit: str) -> st.SearchStrategy[Offering]:
    """Offerings whose rating groups count a unit."""
    return st.builds(
        Offering,
        code=CODES,
        name=NAMES,
        description=TEXTS,
        kind=st.sampled_from(OfferingKind),
        precedence=COUNTS,
        payment_mode=st.none() | st.sampled_from(PaymentMode),
        existing_subscribers=st.sampled_from(ExistingSubscribers),
        prices=coded(PRICES),
        allowances=coded(allowances(unit)),
        fees=coded(FEES),
        period=st.none() | st.builds(Period, COUNTS, COUNTS, st.booleans()),
        trial=st.none() | st.builds(Trial, COUNTS, st.booleans()),
        validity_days=st.integers(0, 400),
        includes=some(CODES),
        choice=st.none() | st.builds(BundleChoice, st.integers(0, 9), st.integers(0, 9), some(CODES)),
        agreement_code=st.just("") | CODES,
        denied_zones=some(CODES),
    )


MARKS = SIZES | AMOUNTS
COUNTERS = st.builds(
    Counter,
    code=CODES,
    name=NAMES,
    measure=st.sampled_from(CounterMeasure),
    period=st.sampled_from(CounterPeriod),
    rating_groups=some(st.sampled_from(RATING_GROUPS)),
    conditions=CONDITIONS,
    thresholds=st.lists(st.builds(CounterThreshold, MARKS, st.just("") | CODES), max_size=3).map(tuple),
    cap=st.none() | MARKS,
    liftable=st.booleans(),
    shared=st.booleans(),
)
VELOCITY_LIMITS = st.builds(
    VelocityLimit,
    CODES,
    NAMES,
    st.sampled_from(VelocitySubject),
    st.sampled_from(VelocityRequest),
    COUNTS,
    st.integers(0, 31 * 86_400),
)
HEX_CELLS = st.integers(0, 2**36 - 1).map(lambda cell: f"26201-{cell:09x}")
HEX_TRACKING_AREAS = st.integers(0, 2**24 - 1).map(lambda area: f"310410-{area:06x}")
SDS = st.integers(0, 2**24 - 1).map(lambda sd: f"{sd:06x}")
OCTETS = st.integers(0, 255)
DIGITS = st.integers(0, 10**15 - 1).map(str)
PERCENTAGES = st.integers(0, 101)
CATEGORIES = coded(st.builds(Category, CODES, NAMES))


def _window(first: int, days: int, start: int, length: int) -> TimeWindow:
    """Neighbouring weekdays, or holidays alone."""
    last = first if first == 8 else min(7, first + days)
    return TimeWindow(tuple(range(first, last + 1)), start, start + length)


WINDOWS = st.builds(_window, st.integers(1, 8), st.integers(0, 6), st.integers(0, 1400), st.integers(1, 40))
BANDS = st.builds(
    TimeBand,
    CODES,
    NAMES,
    st.lists(WINDOWS, max_size=3).map(
        lambda found: tuple(sorted(found, key=lambda w: (w.weekdays, w.start_minute)))
    ),
    st.just("") | CODES,
)


def rating_groups(unit: str) -> st.SearchStrategy[tuple[RatingGroup, ...]]:
    """Both rating groups, with ascending numbers."""
    quota = st.builds(QuotaPolicy, SIZES, SIZES, SIZES, SIZES, SIZES)

    def group(code: str, number: int) -> st.SearchStrategy[RatingGroup]:
        return st.builds(
            RatingGroup,
            st.just(number),
            st.just(code),
            NAMES,
            CODES,
            st.just(unit),
            quota,
            st.sampled_from(FinalUnitAction),
            st.sampled_from(["", "https://top-up.example/"]),
            st.sampled_from(ChargingMethod),
            st.sampled_from(VolumeDirection),
            st.booleans(),
        )

    return st.integers(0, 2**32 - 3).flatmap(
        lambda first: st.tuples(*(group(code, first + index) for index, code in enumerate(RATING_GROUPS)))
    )


def catalogs(unit: str) -> st.SearchStrategy[Catalog]:
    """Catalogs in three currencies."""
    low = some(st.sampled_from(("CHF", "EUR", "USD"))).flatmap(
        lambda codes: st.tuples(*(st.builds(LowBalance, st.just(code), MICROS) for code in codes))
    )
    return st.builds(
        Catalog,
        code=CODES,
        name=NAMES,
        currency_code=st.just("EUR"),
        time_zone=st.just("Europe/Berlin"),
        units=coded(st.builds(UnitDefinition, CODES, NAMES)),
        rating_groups=rating_groups(unit),
        zones=coded(st.builds(Zone, CODES, NAMES, st.booleans(), some(DIGITS), st.booleans())),
        time_bands=coded(BANDS),
        offerings=coded(offerings(unit)),
        default_rating_group=st.sampled_from(["", "group-a"]),
        low_balances=low,
        other_currency_codes=st.just(CURRENCIES),
        destinations=coded(st.builds(Destination, CODES, NAMES, some(DIGITS), st.booleans())),
        areas=coded(st.builds(Area, CODES, NAMES, some(HEX_CELLS), some(HEX_TRACKING_AREAS))),
        slices=coded(st.builds(Slice, CODES, NAMES, OCTETS, st.just("") | SDS)),
        qos_classes=coded(st.builds(QosClass, CODES, NAMES, some(OCTETS))),
        load_bands=coded(st.builds(LoadBand, CODES, NAMES, PERCENTAGES, PERCENTAGES)),
        calendars=coded(st.builds(HolidayCalendar, CODES, NAMES, some(HOLIDAYS))),
        segments=CATEGORIES,
        device_classes=CATEGORIES,
        taxes=coded(st.builds(Tax, CODES, NAMES, PERCENTS, st.booleans())),
        counters=coded(COUNTERS),
        velocity_limits=coded(VELOCITY_LIMITS),
    )


USAGES = st.builds(
    lambda where, sliced, **rest: ExampleUsage(
        zone=where[0], serving_plmn=where[1], slice_code=sliced[0], sst=sliced[1], sd=sliced[2], **rest
    ),
    st.sampled_from([("", ""), ("abroad", ""), ("", "26201"), ("", "310410")]),
    st.sampled_from([("", None, ""), ("surgery", None, ""), ("", 1, ""), ("", 2, "0000a1")]),
    rating_group=st.sampled_from(RATING_GROUPS),
    units=COUNTS,
    at=st.integers(0, 4 * 10**15).map(Instant),
    session=st.just("") | CODES,
    called=st.just("") | DIGITS,
    cell=st.just("") | HEX_CELLS,
    tracking_area=st.just("") | HEX_TRACKING_AREAS,
    five_qi=st.none() | OCTETS,
    load_percent=st.none() | st.integers(0, 100),
    device_class=st.just("") | CODES,
    at_a_time=st.booleans(),
    expected=st.builds(
        Expected, st.none() | MICROS, st.none() | MICROS, st.none() | SIZES, st.none() | NAMES
    ),
)


def _example(total: tuple[int | None, int | None], **rest: Any) -> WorkedExample:
    return WorkedExample(total_minor_micros=total[0], total_tax_minor_micros=total[1], **rest)


EXAMPLES = st.builds(
    _example,
    st.just((None, None)) | st.tuples(MICROS, st.none() | MICROS),
    code=CODES,
    offerings=some(CODES, least=1),
    usages=st.lists(USAGES, max_size=3).map(tuple),
    time_zone=st.sampled_from(["", "UTC"]),
    currency_code=st.sampled_from(["", "EUR", "CHF"]),
    segment=st.just("") | CODES,
    customer_value=COUNTS,
    fees=st.none()
    | st.builds(ExpectedFees, st.integers(0, 4 * 10**15).map(Instant), COUNTS, MICROS, st.none() | MICROS),
)


def documents() -> st.SearchStrategy[Document]:
    """Whole documents."""
    return UNITS.flatmap(lambda unit: st.builds(Document, catalogs(unit), coded(EXAMPLES)))
