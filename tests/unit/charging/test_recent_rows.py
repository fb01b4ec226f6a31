"""Rows kept in memory: an unbroken run of the newest, bounded, and silent about what it cannot know."""

from __future__ import annotations

import pytest

from services.charging.adapters.recent_rows import RecentRows
from services.charging.domain.hash_chain import GENESIS_HASH, JournalRow, chained


def chain(count: int, payload: bytes = b"payload") -> list[JournalRow]:
    rows: list[JournalRow] = []
    for sequence in range(1, count + 1):
        previous = rows[-1].hash if rows else GENESIS_HASH
        rows.append(chained(0, sequence, 1, b"id", previous, payload))
    return rows


def kept(rows: list[JournalRow], **limits: int) -> RecentRows:
    recent = RecentRows(**limits)
    for row in rows:
        recent.add(row)
    return recent


def found(recent: RecentRows, after: int, limit: int = 100) -> list[int] | None:
    rows = recent.after(after, limit)
    return None if rows is None else [row.sequence for row in rows]


@pytest.mark.parametrize(
    ("after", "limit", "sequences"),
    [
        (0, 100, [1, 2, 3, 4, 5]),
        (2, 2, [3, 4]),
        (4, 2, [5]),
        (5, 2, []),
        (6, 2, None),
    ],
)
def test_rows_after_a_sequence_are_found_and_beyond_the_last_nothing_is_known(
    after: int, limit: int, sequences: list[int] | None
) -> None:
    assert found(kept(chain(5)), after, limit) == sequences


def test_where_nothing_is_kept_nothing_is_known() -> None:
    assert found(RecentRows(), 0) is None


def test_the_oldest_rows_go_first_by_number_and_by_size() -> None:
    rows = chain(10, b"x" * 100)
    assert found(kept(rows, maximum_rows=3), 7) == [8, 9, 10]
    assert found(kept(rows, maximum_rows=3), 6) is None
    assert found(kept(rows, maximum_octets=250), 8) == [9, 10]
    assert found(kept(rows, maximum_octets=250), 7) is None


def test_a_row_that_does_not_follow_begins_a_new_run() -> None:
    rows = chain(9)
    recent = kept([*rows[:3], *rows[5:]])
    assert found(recent, 5) == [6, 7, 8, 9]
    assert found(recent, 2) is None


def test_a_row_larger_than_all_room_is_not_kept() -> None:
    assert found(kept(chain(2, b"x" * 100), maximum_octets=50), 0) is None
