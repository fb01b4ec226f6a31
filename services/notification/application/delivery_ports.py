"""What requests need of endpoints and deliveries: where recipients are reached, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from services.common.kernel.clock import Instant
from services.notification.domain.channels import Endpoint
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel


class DeliveryState(Enum):
    """What became of a delivery so far."""

    PENDING = "pending"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One delivery. `reason` UPPER_SNAKE, empty where there is nothing to explain; `due_at` None: over."""

    delivery_id: str
    notification_id: str
    alert_code: str
    channel: Channel
    endpoint_id: str
    state: DeliveryState
    attempts: int
    updated_at: Instant
    due_at: Instant | None = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """An endpoint. `signing_secret` (`whsec_...`): of a webhook that is new, else empty: it is shown once."""

    endpoint: Endpoint
    signing_secret: str = ""


class Endpoints(Protocol):
    """Where recipients are reached. Who may ask was checked before."""

    async def register(self, recipient: Recipient, channel: Channel, address: str) -> Registered:
        """The same address again is the same endpoint, used again where it was removed.

        Raises RefusedError ADDRESS_INVALID, TOO_MANY_ENDPOINTS, FIELD_INVALID (a channel that this
        recipient cannot have).
        """

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """One, removed or not; None: there is none. For finding out whose it is."""

    async def remove(self, endpoint_id: str) -> None:
        """Nothing is sent there any more; again: no change. Raises RefusedError ENDPOINT_UNKNOWN."""

    async def of(self, recipient: Recipient) -> Sequence[Endpoint]:
        """All of a recipient, those in use and those removed, in the order in which they came."""

    def vapid_public_key(self) -> str:
        """The application server key of web push, base64url; empty: this service has none."""


class DeliveryLog(Protocol):
    """What became of deliveries."""

    async def of(
        self, recipient: Recipient, notification_id: str = "", size: int = 50
    ) -> Sequence[DeliveryShown]:
        """A recipient's, newest first; of one notification where it is named."""
