"""Events of counters and the caps on them."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.domain import events as ev


def counter_advanced(message: journal_pb2.CounterAdvanced) -> ev.CounterAdvanced:
    """What a counter stands at."""
    return ev.CounterAdvanced(message.subscriber_id, message.counter, message.value, message.period)


def spend_cap_changed(message: journal_pb2.SpendCapChanged) -> ev.SpendCapChanged:
    """A subscriber's own cap of a counter."""
    return ev.SpendCapChanged(
        message.account_id,
        message.subscriber_id,
        message.counter_code,
        message.cap if message.HasField("cap") else None,
        message.lifted,
        message.actor,
    )


def counter_threshold_crossed(message: journal_pb2.CounterThresholdCrossed) -> ev.CounterThresholdCrossed:
    """A counter passed a mark."""
    return ev.CounterThresholdCrossed(
        message.account_id,
        message.subscriber_id,
        message.counter_code,
        message.period,
        message.mark,
        message.value,
        message.status,
        message.cap,
    )
