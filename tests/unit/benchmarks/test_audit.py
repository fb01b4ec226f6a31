"""The audit after a load finds money that is not where it should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.audit import AccountSums, differences

SOUND = AccountSums("benchmark-0001", priced=300, answered=300, opening=1000, remaining=700, reserved=0)


def test_an_account_that_adds_up_three_ways_is_no_difference() -> None:
    assert differences([SOUND, replace(SOUND, account_id="benchmark-0002")]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SOUND, priced=301),
        replace(SOUND, answered=299),
        replace(SOUND, remaining=699),
        replace(SOUND, answered=200, remaining=800),
        replace(SOUND, reserved=1),
    ],
)
def test_a_single_unit_too_many_or_too_few_is_a_difference(wrong: AccountSums) -> None:
    found = differences([SOUND, wrong])
    assert len(found) == 1
    assert found[0].startswith("benchmark-0001: ")
