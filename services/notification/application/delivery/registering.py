"""Endpoints: where recipients are reached. Fulfils `Endpoints`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.notification.application.delivery.ports import Addresses, EndpointRows
from services.notification.application.delivery_ports import Registered
from services.notification.domain.channels import Endpoint
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel
from services.notification.domain.reasons import (
    ADDRESS_INVALID,
    ENDPOINT_UNKNOWN,
    FIELD_INVALID,
    TOO_MANY_ENDPOINTS,
)

MOST_ENDPOINTS = 10
"""In use, of one recipient."""


class EndpointBook:
    """Registers and removes. `new_id`, `new_secret`: drawn anew at each call."""

    def __init__(
        self,
        rows: EndpointRows,
        addresses: Addresses,
        clock: Clock,
        new_id: Callable[[], str],
        new_secret: Callable[[], str],
        vapid_public_key: str = "",
    ) -> None:
        self._rows = rows
        self._addresses = addresses
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret
        self._vapid_public_key = vapid_public_key

    async def register(self, recipient: Recipient, channel: Channel, address: str) -> Registered:
        """The same address again is the same endpoint; where it was removed, with a new secret.

        Raises RefusedError FIELD_INVALID, ADDRESS_INVALID, TOO_MANY_ENDPOINTS.
        """
        if channel is Channel.OPERATOR and not recipient.operator:
            raise _refusal(FIELD_INVALID, "only the operator has operator channels", "channel")
        read = self._addresses.read(channel, address)
        if isinstance(read, str):
            raise _refusal(ADDRESS_INVALID, read, "address")
        fresh = Endpoint(
            endpoint_id=self._new_id(),
            recipient=recipient,
            channel=channel,
            address=read.text,
            registered_at=self._clock.now(),
            secret=self._new_secret() if channel is Channel.WEBHOOK else "",
        )
        stored = await self._rows.add(fresh, read.identity, MOST_ENDPOINTS)
        if stored is None:
            raise _refusal(TOO_MANY_ENDPOINTS, f"a recipient has at most {MOST_ENDPOINTS}", "")
        return Registered(stored, stored.secret if stored.secret == fresh.secret else "")

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """One, removed or not."""
        return await self._rows.get(endpoint_id)

    async def remove(self, endpoint_id: str) -> None:
        """Nothing is sent there any more. Raises RefusedError ENDPOINT_UNKNOWN."""
        if not await self._rows.remove(endpoint_id, self._clock.now()):
            raise _refusal(ENDPOINT_UNKNOWN, "there is no such endpoint", "endpoint_id")

    async def of(self, recipient: Recipient) -> Sequence[Endpoint]:
        """All of a recipient, in the order in which they came."""
        return await self._rows.of(recipient)

    def vapid_public_key(self) -> str:
        """The application server key of web push; empty: there is none."""
        return self._vapid_public_key


def _refusal(reason: Reason, message: str, field: str) -> RefusedError:
    return RefusedError(Refused(reason, message, field))
