# ruff: noqa: E501 - a strategy reads better in one line
"""Export: the same content gives the same bytes, and reads back as the same content."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog.adapters.messages import catalog_message
from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.adapters.yaml_writer import CanonicalRenderer
from services.catalog.application.ports import SourceFile
from services.catalog.domain.catalog import (
    Allowance,
    BundleChoice,
    Catalog,
    ExistingSubscribers,
    FinalUnitAction,
    FlatPrice,
    FreePrice,
    Increments,
    Offering,
    OfferingKind,
    PaymentMode,
    PerUnitPrice,
    Price,
    QuotaPolicy,
    RatingGroup,
    Tier,
    TieredPrice,
    TierScope,
    TimeBand,
    TimeWindow,
    UnitDefinition,
    Zone,
)
from services.catalog.domain.examples import Document, ExampleUsage, Expected, WorkedExample
from services.common.kernel.clock import Instant
from tests.support.catalog import SMALL_CATALOG, changed, example_files, lint_text

CODES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20)
UNITS = st.sampled_from(["octets", "seconds", "events", "kilometres"])
SIZES = st.integers(0, 2**53)
AMOUNTS = st.from_regex(r"(0|[1-9][0-9]{0,6})\.([0-9]{2}|[0-9]{2,9}[1-9])", fullmatch=True)
RATING_GROUPS = ("group-a", "group-b")
ZONES = st.lists(st.sampled_from(["home", "abroad"]), unique=True, max_size=2).map(sorted).map(tuple)


def coded(values: st.SearchStrategy[str], count: int = 3) -> st.SearchStrategy[list[str]]:
    return st.lists(values, unique=True, max_size=count).map(sorted)


@st.composite
def models(draw: st.DrawFn) -> FlatPrice | PerUnitPrice | TieredPrice | FreePrice:
    tier = st.builds(Tier, st.none() | SIZES, AMOUNTS, SIZES)
    return draw(
        st.one_of(
            st.builds(FlatPrice, AMOUNTS),
            st.builds(PerUnitPrice, AMOUNTS, SIZES),
            st.builds(TieredPrice, st.lists(tier, max_size=3).map(tuple), st.sampled_from(TierScope)),
            st.just(FreePrice()),
        )
    )


@st.composite
def offerings(draw: st.DrawFn, code: str, unit: str) -> Offering:
    groups = st.lists(st.sampled_from(RATING_GROUPS), unique=True, min_size=1).map(sorted).map(tuple)
    prices = [
        Price(
            name,
            draw(NAMES),
            draw(groups),
            draw(ZONES),
            draw(st.sampled_from(["", "peak"])),
            draw(st.none() | st.builds(Increments, SIZES, SIZES)),
            draw(models()),
        )
        for name in draw(coded(CODES))
    ]
    allowances = [
        Allowance(
            name,
            draw(NAMES),
            draw(groups),
            draw(ZONES),
            unit,
            draw(SIZES),
            draw(st.integers(0, 99)),
            draw(st.integers(0, 400)),
            draw(st.booleans()),
            tuple(draw(st.lists(st.integers(0, 200), max_size=3))),
        )
        for name in draw(coded(CODES, 2))
    ]
    members = coded(CODES).map(tuple)
    return Offering(
        code,
        draw(NAMES),
        draw(st.text(string.printable, max_size=30).filter(lambda t: not set(t) & set("\r\t\x0b\x0c"))),
        draw(st.sampled_from(OfferingKind)),
        draw(st.integers(0, 2**32 - 1)),
        draw(st.none() | st.sampled_from(PaymentMode)),
        draw(st.sampled_from(ExistingSubscribers)),
        tuple(prices),
        tuple(allowances),
        draw(members),
        draw(st.none() | st.builds(BundleChoice, st.integers(0, 9), st.integers(0, 9), members)),
        draw(st.just("") | CODES),
        draw(ZONES),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    unit = draw(UNITS)
    groups = tuple(
        RatingGroup(
            number,
            code,
            draw(NAMES),
            draw(CODES),
            unit,
            draw(st.builds(QuotaPolicy, SIZES, SIZES, SIZES, SIZES, SIZES)),
            draw(st.sampled_from(FinalUnitAction)),
            draw(st.sampled_from(["", "https://top-up.example/"])),
        )
        for number, code in enumerate(RATING_GROUPS, start=draw(st.integers(0, 2**32 - 3)))
    )
    windows = st.builds(
        lambda first, days, start, length: TimeWindow(tuple(range(first, min(7, first + days) + 1)), start, start + length),
        st.integers(1, 7), st.integers(0, 6), st.integers(0, 1400), st.integers(1, 40),
    )  # fmt: skip
    catalog = Catalog(
        draw(CODES),
        draw(NAMES),
        "EUR",
        "Europe/Berlin",
        tuple(UnitDefinition(code, draw(NAMES)) for code in draw(coded(CODES))),
        groups,
        (Zone("abroad", draw(NAMES), rest_of_world=True), Zone("home", draw(NAMES), True, ("026", "262"))),
        (TimeBand("peak", draw(NAMES), tuple(sorted(draw(st.lists(windows, max_size=3)), key=lambda w: (w.weekdays, w.start_minute)))),),
        tuple(draw(offerings(code, unit)) for code in draw(coded(CODES))),
        draw(st.sampled_from(["", "group-a"])),
        draw(st.none() | st.integers(0, 10**12)),
    )  # fmt: skip
    return Document(catalog, tuple(draw(examples(code)) for code in draw(coded(CODES, 2))))


@st.composite
def examples(draw: st.DrawFn, code: str) -> WorkedExample:
    money = st.none() | st.integers(0, 10**12)
    expected = st.builds(Expected, money, st.none() | SIZES, st.none() | NAMES)
    place = st.sampled_from([("", ""), ("abroad", ""), ("", "26201"), ("", "310410")])
    usage = st.builds(
        lambda group, units, at, session, where, outcome: ExampleUsage(
            group, units, Instant(at), session, where[0], where[1], outcome
        ),
        st.sampled_from(RATING_GROUPS),
        SIZES,
        st.integers(0, 4 * 10**15),
        st.just("") | CODES,
        place,
        expected,
    )
    return WorkedExample(
        code,
        tuple(draw(coded(CODES).filter(bool))),
        tuple(draw(st.lists(usage, min_size=1, max_size=3))),
        draw(st.sampled_from(["", "UTC"])),
        draw(money),
    )


@settings(max_examples=150, deadline=None)
@given(documents())
def test_what_is_exported_reads_back_equal_and_exports_to_the_same_bytes(document: Document) -> None:
    rendered = CanonicalRenderer().render(document)
    reading = YamlSourceReader().read([rendered.source])
    assert reading.findings == ()
    assert reading.document == document
    assert CanonicalRenderer().render(reading.document) == rendered


def test_the_example_catalog_exports_to_one_file_that_lints_clean_and_is_the_same_catalog() -> None:
    original = lint_text(*(file.content for file in example_files()))
    assert original.document is not None
    rendered = CanonicalRenderer().render(original.document)
    again = lint_text(rendered.source.content)
    assert again.findings == ()
    assert again.document == original.document
    assert again.examples == original.examples
    assert CanonicalRenderer().render(again.accepted()) == rendered


def test_comments_layout_and_file_split_do_not_reach_the_content_hash() -> None:
    head, tail = SMALL_CATALOG.split("offerings:\n", 1)
    written = [
        lint_text(SMALL_CATALOG),
        lint_text("# a comment\n" + head, "offerings:\n" + tail),
        lint_text(changed(('"0.05"', '"0.050"'), ("1 MB}", "1000 kB}"))),
    ]
    hashes = {CanonicalRenderer().render(report.accepted()).content_sha256 for report in written}
    assert len(hashes) == 1


def test_an_example_is_no_part_of_what_charging_gets() -> None:
    without = SMALL_CATALOG.split("examples:\n", maxsplit=1)[0]
    with_example, bare = (
        CanonicalRenderer().render(lint_text(t).accepted()) for t in (SMALL_CATALOG, without)
    )
    assert with_example.content_sha256 == bare.content_sha256
    assert with_example.source != bare.source


def test_the_message_carries_rating_groups_by_number_in_ascending_order() -> None:
    catalog = lint_text(SMALL_CATALOG).accepted().catalog
    message = catalog_message(catalog)
    basic = next(offering for offering in message.offerings if offering.code == "basic")
    distance = next(price for price in basic.prices if price.code == "distance")
    assert list(distance.rating_groups) == [4]
    assert message.default_rating_group == 1
    assert message.low_balance_threshold.minor_micros == 200_000_000
    assert [tier.HasField("up_to_units") for tier in distance.tiered.tiers] == [True, False]


def test_the_name_of_the_exported_file_is_the_catalogs_code() -> None:
    rendered = CanonicalRenderer().render(lint_text(SMALL_CATALOG).accepted())
    assert rendered.source == SourceFile("small.yaml", rendered.source.content)
