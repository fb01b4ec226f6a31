"""Sessions and events of network elements: from an identifier on the wire to a decided command."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Identities
from services.charging.application.velocity import Exceeded, Velocity
from services.charging.domain import reasons
from services.charging.domain.answers import Answer
from services.charging.domain.commands import CreateSession, Invocation, OneTimeEvent, UpdateSession
from services.charging.domain.rating.policies import VelocityLimit, VelocityRequest
from services.common.kernel.clock import SECOND, Clock, Instant
from services.common.kernel.identifiers import opaque_subscriber_id
from services.common.kernel.outcome import Refused, RefusedError
from services.common.kernel.ratio import ceil_div

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Repeatable:
    """What makes a request repeatable: its duplicate key, the digest of its content, the answer's encoder."""

    key: bytes
    digest: bytes
    encode: Callable[[Answer], bytes]


class ChargeUsage:
    """Create, Update, Release and events without refund. Each returns the encoded answer, durable.

    New sessions and events pass the velocity limits of the newest effective
    catalog version. A repetition of one that was answered before does not, nor
    do Updates: what is used is reported at whatever speed.
    """

    def __init__(
        self, writer: PartitionWriter, identities: Identities, velocity: Velocity, clock: Clock
    ) -> None:
        self._writer = writer
        self._identities = identities
        self._velocity = velocity
        self._clock = clock

    def subscriber_id(self, identifier: str) -> str:
        """The subscriber behind an identifier. Raises RefusedError USER_UNKNOWN."""
        return known(self._writer, self._identities, identifier)

    async def create(self, command: CreateSession, repeatable: Repeatable) -> bytes:
        """Opens a session. Raises RefusedError."""
        return await self._new(command, VelocityRequest.SESSION, repeatable)

    async def update(self, ref: str, invocation: Invocation, release: bool, repeatable: Repeatable) -> bytes:
        """Reports usage on a session, or with `release` ends it. Raises RefusedError."""
        return await self._execute(UpdateSession(ref, invocation, release), repeatable)

    async def one_time_event(self, command: OneTimeEvent, repeatable: Repeatable) -> bytes:
        """Debits, enquires or checks. Raises RefusedError."""
        return await self._new(command, VelocityRequest.EVENT, repeatable)

    async def _new(
        self, command: CreateSession | OneTimeEvent, request: VelocityRequest, repeatable: Repeatable
    ) -> bytes:
        answer = await self._writer.known_answer(repeatable.key, repeatable.digest)
        if answer is not None:
            return answer
        now = self._clock.now()
        limits = self._limits(command.subscriber_id, now)
        if limits:
            exceeded = self._velocity.admit(limits, request, command.subscriber_id, command.nf_name, now)
            if exceeded is not None:
                _tell(exceeded, command)
                raise RefusedError(_too_many(exceeded, now))
        return await self._execute(command, repeatable)

    def _limits(self, subscriber_id: str, now: Instant) -> tuple[VelocityLimit, ...]:
        state = self._writer.state
        subscriber = state.subscribers.get(subscriber_id)
        if subscriber is None:
            return ()
        currency_code = state.accounts[subscriber.account_id].currency_code
        tariff = self._writer.tariffs.effective(now, currency_code)
        return tariff.velocity_limits if tariff is not None else ()

    async def _execute(
        self, command: CreateSession | UpdateSession | OneTimeEvent, repeatable: Repeatable
    ) -> bytes:
        return await self._writer.execute(
            Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
        )


def _tell(exceeded: Exceeded, command: CreateSession | OneTimeEvent) -> None:
    if exceeded.first:
        limit = exceeded.limit
        who = f"element {command.nf_name}" if limit.per_element else f"subscriber {command.subscriber_id}"
        _log.warning("%s has reached velocity limit %s and is refused", who, limit.code)


def _too_many(exceeded: Exceeded, now: Instant) -> Refused:
    limit = exceeded.limit
    seconds = ceil_div(exceeded.come_back_at - now, SECOND)
    return Refused(
        reasons.VELOCITY_EXCEEDED,
        f"limit {limit.code}: at most {limit.maximum_requests} within {limit.window_seconds} s; "
        f"come back in {seconds} s",
        "charging_data.nf_consumer_identification.nf_name"
        if limit.per_element
        else "charging_data.subscriber_identifier",
        {"limit": limit.code, "retry_after_seconds": str(seconds)},
    )


def known(
    writer: PartitionWriter,
    identities: Identities,
    identifier: str,
    field: str = "charging_data.subscriber_identifier",
) -> str:
    """The subscriber id behind an identifier, or in `subscriber-<id>`. Raises RefusedError USER_UNKNOWN.

    Whether there is a subscriber of that id is known once the journal is
    replayed; before, it raises what `require_serving` does.
    """
    subscriber_id = opaque_subscriber_id(identifier)
    if subscriber_id is None:
        subscriber_id = identities.find(identifier)
    else:
        writer.require_serving()
        if subscriber_id not in writer.state.subscribers:
            subscriber_id = None
    if subscriber_id is None:
        raise RefusedError(Refused(reasons.USER_UNKNOWN, "no subscriber has this identifier", field))
    return subscriber_id
