"""What goes out through a channel, and what a receiver can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import AlertSeverity, Channel


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a recipient is reached. `secret`: what webhooks are signed with, else empty."""

    endpoint_id: str
    recipient: Recipient
    channel: Channel
    address: str
    registered_at: Instant
    secret: str = ""
    removed_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for one endpoint. `message_id` is the same for every attempt: receivers dedupe by it."""

    message_id: str
    alert_code: str
    severity: AlertSeverity
    language: str
    title: str
    body: str
    text: str
    occurred_at: Instant
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class TryLater:
    """Not now: unreachable, busy, or it says when. `after_seconds` None: by our own back-off.

    `in_doubt`: it may have been received all the same, its answer was lost.
    """

    detail: str
    after_seconds: int | None = None
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """It will never take this message."""

    detail: str


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such endpoint any more: it is removed."""

    detail: str


SendOutcome = Sent | TryLater | Rejected | Gone
