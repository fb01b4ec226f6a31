"""Who has which offering: asks charging's AccountService."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from tidemark.charging.v1 import account_api_pb2, account_api_pb2_grpc

from services.catalog.application.ports import SubscriptionCount
from services.catalog.domain.reasons import CHARGING_UNREACHABLE
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.grpc_client import ClientTls, connect

_TIMEOUT_SECONDS = 3.0


class ChargingSubscriptions:
    """The Subscriptions port over gRPC. Connects on first use."""

    def __init__(self, address: str, tls: ClientTls | None = None) -> None:
        self._address = address
        self._channel = connect(address, tls) if address else None

    async def count(self, offering_codes: Sequence[str]) -> dict[str, SubscriptionCount]:
        """Counts per offering. Raises RefusedError CHARGING_UNREACHABLE: unknown is not shown as 0."""
        if self._channel is None:
            raise _unreachable("this service was not told charging's address")
        stub = account_api_pb2_grpc.AccountServiceStub(self._channel)
        request = account_api_pb2.CountSubscriptionsRequest(offering_codes=offering_codes)
        try:
            response = await stub.CountSubscriptions(request, timeout=_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise _unreachable(f"charging at {self._address} answers {error.code().name}") from error
        return {
            item.offering_code: SubscriptionCount(item.accounts, item.subscribers) for item in response.counts
        }

    async def close(self) -> None:
        """Closes the connection."""
        if self._channel is not None:
            await self._channel.close(None)


def _unreachable(cause: str) -> RefusedError:
    return RefusedError(
        Refused(
            CHARGING_UNREACHABLE,
            f"who has the changed offerings cannot be counted: {cause}; lint and simulate work without it",
        )
    )
