"""Events of counters and the caps on them."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.domain import events as ev


def counter_advanced(message: journal_pb2.Event, event: ev.CounterAdvanced) -> None:
    """What a counter stands at."""
    advanced = message.counter_advanced
    advanced.subscriber_id = event.subscriber_id
    advanced.counter = event.counter
    advanced.value = event.value
    if event.period:
        advanced.period = event.period


def spend_cap_changed(message: journal_pb2.Event, event: ev.SpendCapChanged) -> None:
    """A subscriber's own cap of a counter."""
    changed = message.spend_cap_changed
    changed.account_id = event.account_id
    changed.subscriber_id = event.subscriber_id
    changed.counter_code = event.counter_code
    if event.cap is not None:
        changed.cap = event.cap
    changed.lifted = event.lifted
    changed.actor = event.actor


def counter_threshold_crossed(message: journal_pb2.Event, event: ev.CounterThresholdCrossed) -> None:
    """A counter passed a mark."""
    crossed = message.counter_threshold_crossed
    crossed.account_id = event.account_id
    crossed.subscriber_id = event.subscriber_id
    crossed.counter_code = event.counter_code
    crossed.period = event.period
    crossed.mark = event.mark
    crossed.value = event.value
    crossed.status = event.status
    crossed.cap = event.cap
