"""Messages as they go out: of one notification, or of several in a digest."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.domain.channels import Outgoing
from services.notification.domain.delivery.told import Delivery, Told
from services.notification.domain.notifications import AlertSeverity

MOST_IN_DIGEST = 50
_LINES_IN_TEXT = 3
"""Text messages are short: so many of a digest in full, the rest as a number."""
_URGENCY = (AlertSeverity.INFO, AlertSeverity.WARNING, AlertSeverity.CRITICAL)


def outgoing_of(deliveries: Sequence[Delivery]) -> Outgoing:
    """The message of deliveries that go together. The first carries the others and names their digest.

    The same deliveries are the same message, id included, at every attempt.
    """
    if len(deliveries) == 1:
        return _single(deliveries[0].told)
    return _digest(deliveries)


def _single(told: Told) -> Outgoing:
    return Outgoing(
        message_id=told.notification_id,
        alert_code=told.alert_code,
        severity=told.severity,
        language=told.language,
        title=told.title,
        body=told.body,
        text=told.text,
        occurred_at=told.occurred_at,
        data={**told.data, "notification_id": told.notification_id},
    )


def _digest(deliveries: Sequence[Delivery]) -> Outgoing:
    told = [delivery.told for delivery in deliveries]
    first, last = told[0], told[-1]
    rest = len(told) - _LINES_IN_TEXT
    short = [one.text for one in told[:_LINES_IN_TEXT]] + ([f"(+{rest})"] if rest > 0 else [])
    return Outgoing(
        message_id=f"digest-{deliveries[0].delivery_id}",
        alert_code="digest",
        severity=max((one.severity for one in told), key=_URGENCY.index),
        language=last.language,
        # Without a word of its own it is right in every language.
        title=f"{first.title} (+{len(told) - 1})",
        body="\n".join(f"\u2022 {one.title}: {one.body}" for one in told),
        text=" / ".join(short),
        occurred_at=last.occurred_at,
        data={
            "digest": str(len(told)),
            "notification_ids": ",".join(one.notification_id for one in told),
            "alert_codes": ",".join(dict.fromkeys(one.alert_code for one in told)),
        },
    )
