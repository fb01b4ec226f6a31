"""What can happen in a life, by name: a long run in which one of them never happens proves nothing of it."""

from __future__ import annotations

from typing import get_args

from services.charging.domain import events as ev
from tests.unit.charging.soak.figures import PRICES

_TOLD_APART = {
    ev.PartitionOpened,  # between two processes, where nobody listens
    ev.SubscriptionChanged,
    ev.BucketMoved,
    ev.UsageCharged,
}


def kind_of(event: ev.Event) -> str:
    """Name of what happened; some events by what they say."""
    match event:
        case ev.SubscriptionChanged():
            return f"SubscriptionChanged {event.change.value}"
        case ev.BucketMoved():
            return f"BucketMoved {event.reason.value}"
        case ev.UsageCharged():
            return f"UsageCharged {event.offering_code}/{event.price_code}"
    return type(event).__name__


EVERY_KIND = frozenset(
    [
        *(kind.__name__ for kind in get_args(ev.Event) if kind not in _TOLD_APART),
        *(f"Refused {why}" for why in ("by a cap", "without money")),
        *(f"Granted{how}" for how in ("", " over a change of price", " as final units")),
        *(f"SubscriptionChanged {change.value}" for change in ev.SubscriptionChange),
        *(f"BucketMoved {reason.value}" for reason in ev.MovementReason),
        *(f"UsageCharged {price.offering}/{price.code}" for price in PRICES),
    ]
)
"""All of them, at every price of the list."""
