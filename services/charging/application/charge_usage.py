"""Sessions and events of network elements: from an identifier on the wire to a decided command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Identities
from services.charging.domain import reasons
from services.charging.domain.answers import Answer
from services.charging.domain.commands import (
    CreateSession,
    EventAction,
    Invocation,
    OneTimeEvent,
    UpdateSession,
)
from services.common.kernel.outcome import Refused, RefusedError


@dataclass(frozen=True, slots=True)
class Repeatable:
    """What makes a request repeatable: its duplicate key, the digest of its content, the answer's encoder."""

    key: bytes
    digest: bytes
    encode: Callable[[Answer], bytes]


class ChargeUsage:
    """Create, Update, Release and events without refund. Each returns the encoded answer, durable."""

    def __init__(self, writer: PartitionWriter, identities: Identities) -> None:
        self._writer = writer
        self._identities = identities

    async def create(
        self,
        identifier: str,
        nf_name: str,
        charging_id: str,
        invocation: Invocation,
        repeatable: Repeatable,
    ) -> bytes:
        """Opens a session. Raises RefusedError."""
        command = CreateSession(known(self._identities, identifier), nf_name, charging_id, invocation)
        return await self._execute(command, repeatable)

    async def update(self, ref: str, invocation: Invocation, release: bool, repeatable: Repeatable) -> bytes:
        """Reports usage on a session, or with `release` ends it. Raises RefusedError."""
        return await self._execute(UpdateSession(ref, invocation, release), repeatable)

    async def one_time_event(
        self,
        action: EventAction,
        identifier: str,
        nf_name: str,
        charging_id: str,
        invocation: Invocation,
        repeatable: Repeatable,
    ) -> bytes:
        """Debits, enquires or checks. Raises RefusedError."""
        command = OneTimeEvent(action, known(self._identities, identifier), nf_name, charging_id, invocation)
        return await self._execute(command, repeatable)

    async def _execute(
        self, command: CreateSession | UpdateSession | OneTimeEvent, repeatable: Repeatable
    ) -> bytes:
        return await self._writer.execute(
            Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
        )


def known(identities: Identities, identifier: str, field: str = "charging_data.subscriber_identifier") -> str:
    """The subscriber id behind an identifier. Raises RefusedError USER_UNKNOWN."""
    subscriber_id = identities.find(identifier)
    if subscriber_id is None:
        raise RefusedError(Refused(reasons.USER_UNKNOWN, "no subscriber has this identifier", field))
    return subscriber_id
