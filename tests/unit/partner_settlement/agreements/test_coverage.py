"""Comparing coverages without records: whatever it says holds for every record there can be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.partner_settlement.domain.agreements import Coverage, RecordKind
from services.partner_settlement.domain.coverage import hidden, overlaps, shapes_of
from services.partner_settlement.domain.records import Product, covers

USAGE, FEE, REFUND, REDEMPTION = (
    RecordKind.USAGE,
    RecordKind.FEE,
    RecordKind.REFUND,
    RecordKind.REDEMPTION,
)


def coverage(*kinds: RecordKind, **sets: list[str] | list[int]) -> Coverage:
    named = {name: frozenset(values) for name, values in sets.items()}
    return Coverage(kinds=frozenset(kinds), **named)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("says", "one", "other", "both"),
    [
        (
            "fees of different offerings",
            coverage(FEE, offering_codes=["a"]),
            coverage(FEE, offering_codes=["b"]),
            False,
        ),
        (
            "fees of one offering",
            coverage(FEE, offering_codes=["a", "b"]),
            coverage(FEE, offering_codes=["b"]),
            True,
        ),
        ("fees and usage", coverage(FEE), coverage(USAGE), False),
        ("refunds, and the charges they are about", coverage(REFUND), coverage(FEE), True),
        (
            "all of an offering, and a rating group",
            coverage(offering_codes=["a"]),
            coverage(rating_groups=[1]),
            True,
        ),
        ("fees, and anything of a rating group", coverage(FEE), coverage(rating_groups=[1]), False),
        ("an offering, and redemptions", coverage(offering_codes=["a"]), coverage(REDEMPTION), False),
        ("a rating group, and a sponsor", coverage(rating_groups=[1]), coverage(sponsors=["s"]), True),
        ("everything, and anything", coverage(), coverage(REDEMPTION, loyalty_programs=["r"]), True),
    ],
)
def test_two_coverages_meet_where_one_record_can_be_both(
    says: str, one: Coverage, other: Coverage, both: bool
) -> None:
    assert (overlaps(one, other), overlaps(other, one)) == (both, both), says


def test_a_term_can_be_hidden_by_two_that_share_its_kinds() -> None:
    charges = coverage(USAGE, FEE, offering_codes=["a"])
    usage, fees = coverage(USAGE, offering_codes=["a", "b"]), coverage(FEE)
    assert hidden(charges, [usage, fees])
    assert not hidden(charges, [usage])
    assert not hidden(charges, [])


def test_a_fee_has_no_rating_group_and_usage_no_program() -> None:
    assert shapes_of(coverage(FEE, rating_groups=[1])) == ()
    assert shapes_of(coverage(USAGE, loyalty_programs=["r"])) == ()


TEXTS = st.frozensets(st.sampled_from(["a", "b"]), max_size=2)
COVERAGES = st.builds(
    Coverage,
    kinds=st.frozensets(st.sampled_from(list(RecordKind)), max_size=3),
    offering_codes=TEXTS,
    price_codes=TEXTS,
    rating_groups=st.frozensets(st.sampled_from([1, 2]), max_size=2),
    slices=st.frozensets(st.just("s"), max_size=1),
    sponsors=st.frozensets(st.just("p"), max_size=1),
    loyalty_programs=st.frozensets(st.just("r"), max_size=1),
)


def product(kind: str, origin: str, usage: bool, fee: bool, redemption: bool, pick: int) -> Product:
    """A record as the service makes them: a fee has no rating group, a redemption only its program."""
    charge = usage or fee
    return Product(
        kind=kind,
        origin=origin,
        offering_code="ab"[pick % 2] if charge else "",
        price_code="ab"[pick // 2 % 2] if charge else "",
        catalog_version=1,
        rating_group=1 + pick // 4 % 2 if usage else 0,
        slice="s" if usage and pick & 8 else "",
        application="",
        sponsor="p" if usage and pick & 16 else "",
        loyalty_program="r" if redemption else "",
        unit="octets" if usage else "",
        currency_code="EUR",
    )


def every_product() -> list[Product]:
    found = []
    for pick in range(32):
        for kind in ("usage", "refund", "correction"):
            found.append(product(kind, "usage", True, False, False, pick))
        for kind in ("fee", "refund", "correction"):
            found.append(product(kind, "fee", False, True, False, pick))
        for kind in ("refund", "correction"):
            found.append(product(kind, kind, False, False, False, pick))
        found.append(product("redemption", "redemption", False, False, True, pick))
    return sorted(set(found))


EVERY = every_product()


@settings(max_examples=300, deadline=None)
@given(COVERAGES, COVERAGES)
def test_a_record_that_both_cover_is_foreseen(one: Coverage, other: Coverage) -> None:
    if any(covers(one, record) and covers(other, record) for record in EVERY):
        assert overlaps(one, other)


@settings(max_examples=300, deadline=None)
@given(COVERAGES, st.lists(COVERAGES, max_size=3))
def test_what_is_hidden_gets_no_record(inner: Coverage, earlier: list[Coverage]) -> None:
    if hidden(inner, earlier):
        for record in EVERY:
            assert not covers(inner, record) or any(covers(outer, record) for outer in earlier)


@settings(max_examples=200, deadline=None)
@given(COVERAGES)
def test_what_has_no_shape_covers_nothing(one: Coverage) -> None:
    if not shapes_of(one):
        assert not any(covers(one, record) for record in EVERY)
