"""What reconciliation finds, against a slow one that looks at everything at once."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.settlement.sorting import SortedEntries
from services.partner_settlement.domain.reconciliation import (
    UNKNOWN_PRODUCT,
    Difference,
    DifferenceKind,
    Entry,
    NotInOrderError,
    Reconciliation,
)

Kind = DifferenceKind


def entry(
    record_id: str,
    amount: int = 100,
    quantity: int | None = 5,
    code: str = "EUR",
    line: int = 0,
    product: str = "",
) -> Entry:
    return Entry(record_id, code, amount, quantity, product, line)


def compared(
    ours: list[Entry], theirs: list[Entry], tolerance: int = 0
) -> tuple[Reconciliation, list[Difference]]:
    found = Reconciliation(tolerance)
    return found, list(found.differences(sorted(ours), sorted(theirs, key=lambda each: each.record_id)))


def test_the_same_on_both_sides_is_no_difference() -> None:
    found, differences = compared([entry("a"), entry("b")], [entry("b", line=2), entry("a", line=3)])
    assert (found.agrees, differences, found.matched) == (True, [], 2)
    assert found.totals["EUR"].equal


@pytest.mark.parametrize(
    ("theirs", "kind"),
    [
        (entry("a", 101), Kind.AMOUNT),
        (entry("a", quantity=6), Kind.QUANTITY),
        (entry("a", code="USD"), Kind.CURRENCY),
        (entry("a", quantity=None), None),
    ],
)
def test_a_record_differs_in_the_first_thing_that_differs(theirs: Entry, kind: DifferenceKind | None) -> None:
    _, differences = compared([entry("a")], [theirs])
    assert [each.kind for each in differences] == ([] if kind is None else [kind])


def test_a_tolerance_is_inclusive_and_totals_still_say_what_they_are() -> None:
    found, differences = compared([entry("a"), entry("b")], [entry("a", 105), entry("b", 94)], tolerance=5)
    assert [each.record_id for each in differences] == ["b"]
    assert found.totals["EUR"].theirs.amount - found.totals["EUR"].ours.amount == -1


def test_missing_records_and_double_rows_name_their_lines() -> None:
    theirs = [entry("b", line=2), entry("b", line=9), entry("c", line=4), entry("c", line=5)]
    found, differences = compared([entry("a"), entry("b")], theirs)
    assert [(each.kind, each.record_id, each.lines) for each in differences] == [
        (Kind.MISSING_WITH_THEM, "a", ()),
        (Kind.DUPLICATE_WITH_THEM, "b", (2, 9)),
        (Kind.MISSING_WITH_US, "c", (4, 5)),
        (Kind.DUPLICATE_WITH_THEM, "c", (4, 5)),
    ]
    assert (found.totals["EUR"].ours.records, found.totals["EUR"].theirs.records) == (2, 4)


def test_a_record_of_ours_in_two_lines_counts_once() -> None:
    found, differences = compared([entry("a"), entry("a")], [entry("a")])
    assert (differences, found.totals["EUR"].ours.records) == ([], 1)


def test_products_are_ours_where_a_record_is_on_both_sides() -> None:
    ours = [entry("a", product="music"), entry("b", product="film")]
    theirs = [entry("a", product="SKU-1"), entry("b"), entry("c", product="SKU-2"), entry("d")]
    found, _ = compared(ours, theirs)
    assert {product for product, _ in found.products} == {"music", "film", "SKU-2", UNKNOWN_PRODUCT}
    assert found.products["music", "EUR"].equal


def test_unreadable_rows_count_and_are_in_no_sum() -> None:
    found = Reconciliation()
    difference = found.unreadable(7, "no amount")
    assert (difference.lines, found.agrees, found.totals) == ((7,), False, {})


def test_a_side_out_of_order_is_refused() -> None:
    with pytest.raises(NotInOrderError, match="'a' comes after 'b'"):
        list(Reconciliation().differences([entry("b"), entry("a")], []))


entries = st.builds(
    Entry,
    st.sampled_from("abcdefgh"),
    st.sampled_from(("EUR", "USD")),
    st.integers(-3, 3),
    st.sampled_from((None, 1, 2)),
    st.sampled_from(("", "p", "q")),
    st.integers(2, 9),
)


@given(st.lists(entries, max_size=12, unique_by=lambda each: each.record_id), st.lists(entries, max_size=12))
def test_it_finds_what_a_look_at_everything_finds(ours: list[Entry], theirs: list[Entry]) -> None:
    found, differences = compared(ours, theirs)
    mine = {each.record_id: each for each in ours}
    rows = Counter(each.record_id for each in theirs)
    kinds = Counter(each.kind for each in differences)
    assert kinds == found.counts
    assert kinds[Kind.MISSING_WITH_THEM] == len(mine.keys() - rows.keys())
    assert kinds[Kind.MISSING_WITH_US] == len(rows.keys() - mine.keys())
    assert kinds[Kind.DUPLICATE_WITH_THEM] == sum(1 for count in rows.values() if count > 1)
    assert found.matched == len(mine.keys() & rows.keys())
    for code in {each.currency_code for each in (*ours, *theirs)}:
        total = found.totals[code]
        assert total.ours.amount == sum(each.amount for each in ours if each.currency_code == code)
        assert total.theirs.amount == sum(each.amount for each in theirs if each.currency_code == code)
        products = [each for (_, currency), each in found.products.items() if currency == code]
        assert sum(each.ours.amount for each in products) == total.ours.amount
        assert sum(each.theirs.records for each in products) == total.theirs.records


@given(st.lists(entries, max_size=40))
def test_sorting_on_disk_is_sorting(tmp_path_factory: pytest.TempPathFactory, given_: list[Entry]) -> None:
    on_disk = SortedEntries(tmp_path_factory.mktemp("runs"), "x", in_memory=7)
    on_disk.extend(given_)
    assert list(on_disk) == sorted(given_, key=lambda each: each.record_id)


def test_many_records_take_the_memory_of_few(tmp_path: Path) -> None:
    """What is sorted waits on disk, what is compared is forgotten: six times as many, less than twice it."""
    few, many = (_peak(tmp_path / str(count), count) for count in (10_000, 60_000))
    assert many < 2 * few


def _peak(folder: Path, count: int) -> int:
    folder.mkdir()
    tracemalloc.start()
    try:
        ours, theirs = (SortedEntries(folder, name, in_memory=5_000) for name in ("ours", "theirs"))
        for side in (ours, theirs):
            side.extend(entry(f"c-{(number * 7_919) % count}", number) for number in range(count))
        found = Reconciliation()
        assert not any(found.differences(ours, theirs))
        assert found.matched == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
