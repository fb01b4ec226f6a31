"""Hypothesis strategies for prices, fees, allowances and offerings."""

from __future__ import annotations

import string
from datetime import date
from typing import Any

from hypothesis import strategies as st

from services.catalog.domain.amounts import Amount, CurrencyAmount
from services.catalog.domain.circumstances import (
    ALWAYS,
    Conditions,
)
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
    TieredPrice,
    VolumePrice,
)
from services.common.runtime.yaml_figures import canonical_amount

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
