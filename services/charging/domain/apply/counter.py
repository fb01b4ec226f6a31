"""What counters counted, and their caps."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain.state import Count, PartitionState

PERIODS_KEPT = 2
"""A counter holds its present period and the one before it, for reports that come late."""


def member_counter(bucket_id: str) -> str:
    """Name of the counter of what one subscriber has used of a shared bucket."""
    return f"member/{bucket_id}"


def spend_cap_changed(state: PartitionState, event: ev.SpendCapChanged) -> None:
    """A subscriber's own cap; without one the catalog's holds."""
    key = (event.subscriber_id, event.counter_code)
    if event.lifted or event.cap is not None:
        state.caps[key] = None if event.lifted else event.cap
    else:
        state.caps.pop(key, None)


def counter_advanced(state: PartitionState, event: ev.CounterAdvanced) -> None:
    """A counter's value in one period."""
    key = (event.subscriber_id, event.counter)
    state.counters[key] = counted(state.counters.get(key, ()), event.period, event.value)


def counted(before: tuple[Count, ...], period: str, value: int) -> tuple[Count, ...]:
    """A counter's last periods with one of them set. Labels of one kind of period sort by time."""
    others = [count for count in before if count.period != period]
    return tuple(sorted([*others, Count(period, value)], key=lambda count: count.period)[-PERIODS_KEPT:])
