"""The second half of the long run's operations, with other seeds."""

from __future__ import annotations

from tests.unit.charging.soak.driver import OPERATIONS_IN_TESTS, soak
from tests.unit.charging.soak.kinds import EVERY_KIND
from tests.unit.charging.soak.life import OPERATIONS


def test_fifty_thousand_more_operations_leave_everything_as_the_slow_model_says() -> None:
    soaked = soak(seed=100_001, operations=OPERATIONS_IN_TESTS // 2)
    assert soaked.operations == sum(soaked.by_name.values()) == OPERATIONS_IN_TESTS // 2
    assert soaked.by_name.keys() == OPERATIONS.keys(), "an operation was never drawn"
    assert soaked.charges > OPERATIONS_IN_TESTS // 10
    assert soaked.kinds.keys() == EVERY_KIND, "something never happened"
