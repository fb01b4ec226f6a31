"""What must not stand in summaries does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.talking.masking import clean, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call +49 170 1234567 now", "call ***67 now"),
        ("0170/1234567", "***67"),
        ("(030) 123-45-67", "***67"),
        ("card 4111 1111 1111 1111", "card ***11"),
        ("DE89 3704 0044 0532 0130 00", "***"),
        ("write to a.b@example.com", "write to ***"),
        ("9.99 EUR on 2026-11-27 and 03.11.2026", "9.99 EUR on 2026-11-27 and 03.11.2026"),
        ("100000 MB for 20 euro", "100000 MB for 20 euro"),
    ],
)
def test_numbers_of_people_are_masked_and_amounts_and_days_are_not(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.from_regex(r"\A\+49[0-9]{9,11}\Z"), st.text(alphabet="abc ,", max_size=10))
def test_no_international_number_survives(number: str, around: str) -> None:
    assert number not in masked(f"{around} {number} {around}")


@given(st.text())
def test_what_is_clean_has_no_signs_that_cannot_be_seen(text: str) -> None:
    found = clean(text)
    assert clean(found) == found
    assert all(sign.isprintable() for sign in found if not sign.isspace())


def test_direction_marks_and_line_breaks_are_gone() -> None:
    assert clean("a\u202eb\n\nc\x00\u200b") == "ab c"
