"""Kinds of columns: exact in CSV and in Arrow, there and back, and as the documentation says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.money import Money, currency
from services.common.runtime.columns import (
    AMOUNT,
    AMOUNT_SCALE,
    BOOLEAN,
    INSTANT,
    INTEGER,
    TEXT,
    Column,
    Kind,
    arrow_schema,
    columns_as_markdown,
)

KINDS = (TEXT, INTEGER, BOOLEAN, INSTANT, AMOUNT)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    TEXT: st.text(),
    INTEGER: st.integers(-(2**63), 2**63 - 1),
    BOOLEAN: st.booleans(),
    INSTANT: st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),
    AMOUNT: st.integers(-(10**37), 10**37).map(lambda scaled: Decimal(scaled).scaleb(-AMOUNT_SCALE)),
}
COLUMNS = (
    Column("record_type", TEXT, "ab", "which it is"),
    Column("amount", AMOUNT, "b", "how much"),
)
RECORD_TYPES = {"a": "apple", "b": "basket"}


@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_a_value_is_the_same_after_csv_and_after_arrow(data: st.DataObject, kind: Kind) -> None:
    value = data.draw(VALUES[kind])
    assert kind.from_text(kind.to_text(value)) == value
    assert pa.array([value, None], kind.arrow).to_pylist() == [value, None]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (TEXT, "=1+1", "=1+1"),
        (INTEGER, -7, "-7"),
        (BOOLEAN, True, "true"),
        (BOOLEAN, False, "false"),
        (INSTANT, datetime(2026, 11, 30, 23, tzinfo=UTC), INSTANT.in_csv),
        (INSTANT, datetime(2026, 3, 2, 8, 0, 1, 250, tzinfo=UTC), "2026-03-02T08:00:01.000250Z"),
        (AMOUNT, Decimal("12.50"), "12.50"),
        (AMOUNT, Decimal("-1E-10"), "-0.0000000001"),
        (AMOUNT, Decimal("1E+3"), "1000"),
    ],
)
def test_a_field_of_csv_is_written_in_one_way(kind: Kind, value: object, text: str) -> None:
    assert kind.to_text(value) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (INTEGER, "1.5"),
        (BOOLEAN, "True"),
        (INSTANT, "2026-11-30 23:00"),
        (INSTANT, "2026-11-30T23:00:00.000000+01:00"),
        (AMOUNT, "1,50"),
    ],
)
def test_a_field_that_is_no_such_value_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        kind.from_text(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_documentation_names_the_type_that_arrow_has(kind: Kind) -> None:
    assert kind.in_parquet == str(kind.arrow).replace("tz=", "")


@pytest.mark.parametrize("code", ["JPY", "EUR", "KWD", "CLF"])
def test_a_millionth_of_any_minor_unit_is_an_amount(code: str) -> None:
    least = Money(1, currency(code)).to_decimal()
    assert pa.scalar(least, AMOUNT.arrow).as_py() == least


def test_a_kind_that_looks_like_another_is_not_taken_for_it() -> None:
    alike = Kind(TEXT.in_csv, TEXT.in_parquet, TEXT.arrow, TEXT.to_text, TEXT.from_text)
    assert alike != TEXT


def test_a_schema_has_the_columns_in_their_order_and_its_version_first() -> None:
    schema = arrow_schema(COLUMNS, 3, {"a.key": "ä"})
    assert [(field.name, field.type) for field in schema] == [
        ("record_type", pa.string()),
        ("amount", pa.decimal128(38, 10)),
    ]
    assert list(schema.metadata.items()) == [(b"tidemark.schema_version", b"3"), (b"a.key", "ä".encode())]
    assert arrow_schema(COLUMNS, 3).metadata == {b"tidemark.schema_version": b"3"}


def test_the_documentation_says_all_where_every_record_type_fills_a_column() -> None:
    head, _, *rows = columns_as_markdown(COLUMNS, RECORD_TYPES).splitlines()
    assert head == "| column | in CSV | in Parquet | filled for | meaning |"
    assert rows == [
        "| `record_type` | text | string | all | which it is |",
        "| `amount` | 12.50, exact, major units | decimal128(38, 10) | basket | how much |",
    ]


def test_a_table_may_keep_a_column_elsewhere_in_parquet() -> None:
    *_, last = columns_as_markdown(COLUMNS, RECORD_TYPES, lambda column: f"{column.name}!").splitlines()
    assert last == "| `amount` | 12.50, exact, major units | amount! | basket | how much |"
