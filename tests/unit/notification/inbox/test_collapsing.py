"""Of entries with the same collapse key one stays in sight: that whose cause came last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant
from services.notification.domain.collapsing import Standing, overtaken


def test_the_newest_cause_stays_though_it_was_told_of_first() -> None:
    entries = [
        Standing(1, "subscriber-a", "low", Instant(5)),
        Standing(2, "subscriber-a", "low", Instant(3)),
        Standing(3, "subscriber-b", "low", Instant(1)),
        Standing(4, "subscriber-a", "other", Instant(1)),
    ]
    assert overtaken(entries) == {2}


def test_without_a_key_nothing_is_overtaken() -> None:
    assert overtaken([Standing(cursor, "subscriber-a", "", Instant(1)) for cursor in range(3)]) == set()


@given(
    st.lists(
        st.builds(
            Standing,
            st.integers(0, 1_000),
            st.sampled_from(["subscriber-a", "subscriber-b"]),
            st.sampled_from(["", "low", "used"]),
            st.integers(0, 5).map(Instant),
        ),
        unique_by=lambda one: one.cursor,
    )
)
def test_one_of_each_key_is_left_whatever_the_order(entries: list[Standing]) -> None:
    lost = overtaken(entries)
    assert lost == overtaken(reversed(entries))
    left = [one for one in entries if one.cursor not in lost]
    for one in entries:
        rivals = [
            two
            for two in left
            if (two.recipient_key, two.collapse_key) == (one.recipient_key, one.collapse_key)
        ]
        if one.collapse_key:
            (newest,) = rivals
            assert (newest.occurred_at, newest.cursor) >= (one.occurred_at, one.cursor)
        else:
            assert one in left
