"""Reading accounts: what is seen is durable before it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.charging.application.charge_usage import known
from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import Identities
from services.charging.domain import reasons
from services.charging.domain.answers import AccountView
from services.charging.domain.state import PartitionState, Subscriber
from services.charging.domain.summary import account_view
from services.common.kernel.outcome import Refused, RefusedError

_WHOSE = "subscriber_identifier"


@dataclass(frozen=True, slots=True)
class OfferingCount:
    """How many have an offering."""

    offering_code: str
    accounts: int
    subscribers: int


class ReadAccount:
    """Finds accounts and shows them."""

    def __init__(self, writer: PartitionWriter, identities: Identities) -> None:
        self._writer = writer
        self._identities = identities

    def account_of(self, account_id: str, identifier: str) -> str:
        """Account id by either key. Raises RefusedError ACCOUNT_UNKNOWN or USER_UNKNOWN."""
        self._writer.require_serving()
        if identifier:
            return self._subscriber(identifier).account_id
        if account_id not in self._writer.state.accounts:
            raise RefusedError(
                Refused(reasons.ACCOUNT_UNKNOWN, f"there is no account {account_id}", "account_id")
            )
        return account_id

    async def resolve(self, identifier: str) -> tuple[str, str]:
        """Subscriber id and account id behind an identifier. Raises RefusedError USER_UNKNOWN."""
        subscriber, _ = await self._writer.read(lambda _state: self._subscriber(identifier))
        return subscriber.subscriber_id, subscriber.account_id

    def _subscriber(self, identifier: str) -> Subscriber:
        subscriber_id = known(self._writer, self._identities, identifier, _WHOSE)
        subscriber = self._writer.state.subscribers.get(subscriber_id)
        if subscriber is None:
            raise RefusedError(Refused(reasons.USER_UNKNOWN, "no such subscriber", _WHOSE))
        return subscriber

    async def view(self, account_id: str) -> tuple[AccountView, int]:
        """The account, and the sequence up to which everything is included."""
        return await self._writer.read(lambda state: account_view(state, account_id))

    async def count_subscriptions(self, offering_codes: Collection[str]) -> list[OfferingCount]:
        """Accounts and subscribers for each offering asked for, or for all that somebody has."""
        counts, _ = await self._writer.read(lambda state: _counts(state, offering_codes))
        return counts


def _counts(state: PartitionState, wanted: Collection[str]) -> list[OfferingCount]:
    subscribers: dict[str, int] = dict.fromkeys(wanted, 0)
    accounts: dict[str, set[str]] = {code: set() for code in wanted}
    for subscriber in state.subscribers.values():
        for subscription in subscriber.subscriptions:
            code = subscription.offering_code
            if wanted and code not in subscribers:
                continue
            subscribers[code] = subscribers.get(code, 0) + 1
            accounts.setdefault(code, set()).add(subscriber.account_id)
    return [OfferingCount(code, len(accounts[code]), subscribers[code]) for code in sorted(subscribers)]
