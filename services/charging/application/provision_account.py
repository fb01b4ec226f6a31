"""Provisioning: identifiers are bound to opaque ids first, then the account is opened in the journal.

The order matters: a crash in between leaves ids that nobody uses, which the
repeated request finds and takes; the other way round would leave an account
that nobody can reach. One request at a time goes through both steps, so that
two at once neither take each other's ids nor refuse each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from services.charging.application.charge_usage import Repeatable
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Identities
from services.charging.domain import reasons
from services.charging.domain.commands import NewSubscriber, NewSubscription, ProvisionAccount
from services.charging.domain.state import NO_PROFILE, Profile
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError

_ATTEMPTS = 2
"""The second finds what a caller who went away in the middle has left bound."""


@dataclass(frozen=True, slots=True)
class ProvisionSubscriber:
    """A subscriber as the outside world knows it."""

    identifiers: tuple[str, ...]
    time_zone: str
    subscriptions: tuple[NewSubscription, ...]
    profile: Profile = NO_PROFILE


@dataclass(frozen=True, slots=True)
class Provision:
    """An account to open. Amounts in minor_micros."""

    account_id: str
    currency_code: str
    credit_limit: int
    opening_balance: int
    subscribers: tuple[ProvisionSubscriber, ...]
    effective_from: Instant


class ProvisionAccountUseCase:
    """Opens accounts. `new_id` mints opaque subscriber ids."""

    def __init__(self, writer: PartitionWriter, identities: Identities, new_id: Callable[[], str]) -> None:
        self._writer = writer
        self._identities = identities
        self._new_id = new_id
        self._binding = asyncio.Lock()

    async def __call__(self, provision: Provision, repeatable: Repeatable) -> bytes:
        """Opens the account and returns the encoded answer, durable. Raises RefusedError."""
        async with self._binding:
            answer = await self._writer.known_answer(repeatable.key, repeatable.digest)
            if answer is not None:
                return answer
            command = await self._bound(provision)
        # Nothing is awaited from here to the decision: the next request finds ids and account, or neither.
        return await self._writer.execute(
            Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
        )

    async def _bound(self, provision: Provision) -> ProvisionAccount:
        """The command, once every identifier is bound to the subscriber whom it names there."""
        _refuse_repeated(provision)
        for _ in range(_ATTEMPTS):
            try:
                subscriber_ids = self._subscriber_ids(provision)
            except RefusedError:
                # Whoever has the identifier may not be durable yet.
                await self._writer.gate()
                raise
            command = _command(provision, subscriber_ids)
            preview = self._writer.preview(command)
            if isinstance(preview, Refused):
                await self._writer.gate()
                raise RefusedError(preview)
            if await self._identities.bind(_bindings(provision, subscriber_ids)) is None:
                return command
        raise _taken("an identifier was taken just now", "subscribers")

    def _subscriber_ids(self, provision: Provision) -> list[str]:
        subscriber_ids = [
            self._subscriber_id(subscriber, f"subscribers[{index}].identifiers")
            for index, subscriber in enumerate(provision.subscribers)
        ]
        if len(set(subscriber_ids)) != len(subscriber_ids):
            # An interrupted attempt had bound identifiers of several subscribers to one.
            raise _taken("identifiers belong to one subscriber already", "subscribers")
        return subscriber_ids

    def _subscriber_id(self, subscriber: ProvisionSubscriber, field: str) -> str:
        """A new id, or the one that an interrupted attempt has bound all of these identifiers to."""
        bound = {self._identities.find(identifier) for identifier in subscriber.identifiers} - {None}
        if not bound:
            return self._new_id()
        subscriber_id = bound.pop()
        assert subscriber_id is not None
        if bound or subscriber_id in self._writer.state.subscribers:
            raise _taken("an identifier belongs to another subscriber", field)
        return subscriber_id


def _bindings(provision: Provision, subscriber_ids: list[str]) -> dict[str, str]:
    return {
        identifier: subscriber_id
        for subscriber, subscriber_id in zip(provision.subscribers, subscriber_ids, strict=True)
        for identifier in subscriber.identifiers
    }


def _taken(message: str, field: str) -> RefusedError:
    return RefusedError(Refused(reasons.IDENTIFIER_TAKEN, message, field))


def _refuse_repeated(provision: Provision) -> None:
    identifiers = [name for subscriber in provision.subscribers for name in subscriber.identifiers]
    if len(set(identifiers)) != len(identifiers):
        raise _taken("an identifier stands in the request twice", "subscribers")


def _command(provision: Provision, subscriber_ids: list[str]) -> ProvisionAccount:
    subscribers = tuple(
        NewSubscriber(subscriber_id, subscriber.time_zone, subscriber.subscriptions, subscriber.profile)
        for subscriber, subscriber_id in zip(provision.subscribers, subscriber_ids, strict=True)
    )
    return ProvisionAccount(
        provision.account_id,
        provision.currency_code,
        provision.credit_limit,
        provision.opening_balance,
        subscribers,
        provision.effective_from,
    )
