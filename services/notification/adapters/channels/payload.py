"""A message as JSON, for programs: webhooks and web push."""

from __future__ import annotations

import json

from services.common.kernel.clock import iso
from services.notification.domain.channels import Outgoing

_ELLIPSIS = "\u2026"


def payload_of(outgoing: Outgoing) -> dict[str, object]:
    """The fields, in the order in which people read them."""
    return {
        "type": f"notification.{outgoing.alert_code}",
        "timestamp": iso(outgoing.occurred_at),
        "data": {
            "message_id": outgoing.message_id,
            "alert_code": outgoing.alert_code,
            "severity": outgoing.severity.value,
            "language": outgoing.language,
            "title": outgoing.title,
            "body": outgoing.body,
            "values": dict(outgoing.data),
        },
    }


def encoded(payload: object) -> bytes:
    """Compact JSON in UTF-8. The same value is the same octets."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def shortened(text: str, most_octets: int) -> str:
    """At most so many octets of UTF-8, with an ellipsis where something is missing."""
    octets = text.encode()
    if len(octets) <= most_octets:
        return text
    kept = octets[: max(0, most_octets - len(_ELLIPSIS.encode()))]
    return kept.decode(errors="ignore") + _ELLIPSIS
