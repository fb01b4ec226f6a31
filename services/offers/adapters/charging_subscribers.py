"""Fulfils the `Subscribers` port: charging knows whose an identifier is, profiles know whose account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import grpc
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc

from services.common.kernel.clock import MINUTE, Clock, Instant
from services.common.kernel.identifiers import is_subscriber_identifier
from services.common.runtime.system_clock import SystemClock
from services.offers.adapters.profiles.cache import Recent
from services.offers.application.ports import ChargingUnreachableError, Resolved

AccountOf = Callable[[str], Awaitable[str | None]]
"""The account of a subscriber that a profile is kept of; None: there is none."""

_TIMEOUT_SECONDS = 3.0
_REMEMBERED = 10_000
_REMEMBERED_FOR = 10 * MINUTE
_OPAQUE = "subscriber-"
"""Before charging's opaque id it is an identifier like others."""


class ChargingSubscribers:
    """Subscribers by charging, over a channel that stays the caller's to close.

    Identifiers are personal data: they are remembered in memory for ten minutes, and never written.
    """

    def __init__(self, channel: grpc.aio.Channel, account_of: AccountOf, clock: Clock | None = None) -> None:
        self._stub = account_api_pb2_grpc.AccountServiceStub(channel)
        self._account_of = account_of
        self._clock = clock or SystemClock()
        self._resolved: Recent[str, tuple[Instant, Resolved]] = Recent(_REMEMBERED)

    async def resolve(self, identifier: str) -> Resolved | None:
        """As `Subscribers.resolve`."""
        now = self._clock.now()
        remembered = self._resolved.get(identifier)
        if remembered is not None and now - remembered[0] < _REMEMBERED_FOR:
            return remembered[1]
        request = account_api_pb2.ResolveSubscriberRequest(subscriber_identifier=identifier)
        try:
            answer = await self._stub.ResolveSubscriber(request, timeout=_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            # Whoever had it may have it no more.
            self._resolved.forget([identifier])
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise ChargingUnreachableError(f"charging answers {error.code().name}") from error
        resolved = Resolved(answer.subscriber_id, answer.account_id)
        self._resolved.put(identifier, (now, resolved))
        return resolved

    async def account_of(self, subscriber_id: str) -> str | None:
        """As `Subscribers.account_of`: of somebody of whom nothing is kept, erased or new, charging knows."""
        account_id = await self._account_of(subscriber_id)
        identifier = f"{_OPAQUE}{subscriber_id}"
        if account_id is None and is_subscriber_identifier(identifier):
            resolved = await self.resolve(identifier)
            account_id = resolved.account_id if resolved else None
        return account_id
