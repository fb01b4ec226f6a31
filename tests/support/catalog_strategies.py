"""Hypothesis strategies for documents that can be written down, whatever lint would say of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
    Area,
    Category,
    Destination,
    HolidayCalendar,
    LoadBand,
    QosClass,
    Slice,
    Zone,
)
from services.catalog.domain.examples import Document, ExampleUsage, Expected, ExpectedFees, WorkedExample
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
    Tax,
)
from services.common.kernel.clock import Instant
from tests.support.catalog_offer_strategies import (
    AMOUNTS,
    CODES,
    CONDITIONS,
    COUNTS,
    CURRENCIES,
    HOLIDAYS,
    MICROS,
    NAMES,
    PERCENTS,
    RATING_GROUPS,
    SIZES,
    UNITS,
    coded,
    offerings,
    some,
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
