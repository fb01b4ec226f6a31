"""How sizes, amounts, windows and times are written, read, and written back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from services.catalog.adapters.yaml_figures import parse_moment, parse_window, write_moment, write_windows
from services.catalog.domain.catalog import TimeWindow
from services.common.kernel.clock import Instant
from services.common.kernel.money import parse_decimal
from services.common.runtime.yaml_figures import (
    Size,
    canonical_amount,
    parse_amount,
    parse_days,
    parse_size,
    write_size,
)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        (7, Size(7)),
        ("7", Size(7)),
        ("1 kB", Size(1_000, "octets")),
        ("1 KiB", Size(1_024, "octets")),
        ("5 GB", Size(5_000_000_000, "octets")),
        ("5GiB", Size(5 * 2**30, "octets")),
        ("60 s", Size(60, "seconds")),
        ("10 min", Size(600, "seconds")),
        ("24 h", Size(86_400, "seconds")),
        ("500 kilometres", Size(500, "kilometres")),
    ],
)
def test_decimal_and_binary_sizes_are_told_apart(written: object, size: Size) -> None:
    assert parse_size(written) == size


@pytest.mark.parametrize(
    "written", [-1, 1.5, True, None, "", "GB", "1.5 GB", "-1 GB", "1 000", [], "99999 TiB"]
)
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        parse_size(written)
    assert refused.value.type == "SIZE_INVALID"


@given(st.integers(0, 2**53), st.sampled_from(["octets", "seconds", "events", "kilometres"]))
def test_a_written_size_reads_back_exactly(amount: int, unit: str) -> None:
    size = parse_size(write_size(amount, unit))
    assert size.amount == amount
    assert size.unit in ("", unit)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0.05", "0.05"),
        ("00.0500", "0.05"),
        (".5", "0.50"),
        ("2", "2.00"),
        ("-0", "0.00"),
        ("0.000000001",) * 2,
    ],
)
def test_an_amount_has_one_canonical_form(written: str, kept: str) -> None:
    assert parse_amount(written) == kept
    assert canonical_amount(kept) == kept


@given(st.from_regex(r"-?[0-9]{1,15}(\.[0-9]{1,20})?", fullmatch=True))
def test_the_canonical_form_is_the_same_number(written: str) -> None:
    assert parse_decimal(parse_amount(written)) == parse_decimal(written)


@pytest.mark.parametrize("written", ["", "1e3", "NaN", "1,50", "1_000", " 1", "€1", "٣"])
def test_an_amount_is_a_plain_decimal(written: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        parse_amount(written)
    assert refused.value.type == "AMOUNT_INVALID"


@pytest.mark.parametrize("written", [0.05, 5, None, True])
def test_an_amount_without_quotes_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        parse_amount(written)
    assert refused.value.type == "AMOUNT_NOT_TEXT"


@pytest.mark.parametrize(
    ("written", "window"),
    [
        ("mon-fri 07:00-19:00", TimeWindow((1, 2, 3, 4, 5), 420, 1140)),
        ("sat 00:00-24:00", TimeWindow((6,), 0, 1440)),
    ],
)
def test_windows_read_and_write(written: str, window: TimeWindow) -> None:
    assert parse_window(written) == window
    assert write_windows(window) == [written]


def test_days_that_do_not_follow_each_other_are_written_as_several_windows() -> None:
    assert write_windows(TimeWindow((1, 2, 7), 0, 60)) == ["mon-tue 00:00-01:00", "sun 00:00-01:00"]


@pytest.mark.parametrize(
    "written",
    ["", "mon", "mon 7-9", "mon 09:00-09:00", "mon 22:00-06:00", "fri-mon 07:00-08:00", "xyz 00:00-01:00",
     "mon 00:00-24:01", "mon 00:60-01:00", 700],
)  # fmt: skip
def test_an_impossible_window_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        parse_window(written)
    assert refused.value.type == "TIME_WINDOW_INVALID"


@pytest.mark.parametrize(("written", "days"), [(30, 30), ("30 days", 30), ("1 day", 1), (0, 0)])
def test_days(written: object, days: int) -> None:
    assert parse_days(written) == days


@pytest.mark.parametrize("written", [-1, 40_000, "40000 days", "30", "a month", True, None])
def test_what_is_no_number_of_days_is_refused(written: Any) -> None:
    with pytest.raises(PydanticCustomError):
        parse_days(written)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-02 10:00", "2026-03-02T09:00:00Z"),
        ("2026-07-02 10:00", "2026-07-02T08:00:00Z"),
        ("2026-03-02T10:00:00+00:00", "2026-03-02T10:00:00Z"),
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"),
    ],
)
def test_a_time_without_an_offset_is_on_the_wall_clock_of_the_zone(written: str, utc: str) -> None:
    assert write_moment(parse_moment(written, "Europe/Berlin")) == utc


@pytest.mark.parametrize("written", ["", "yesterday", "2026-02-30 10:00", "0001-01-01 00:00"])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no date and time"):
        parse_moment(written, "Asia/Tokyo")


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_written_time_reads_back_exactly(at: int) -> None:
    assert parse_moment(write_moment(Instant(at)), "Europe/Berlin") == at
