"""Refund: fetch the charge from the journal first, then decide."""

from __future__ import annotations

from services.charging.application.charge_usage import Repeatable, known
from services.charging.application.find_charge import FindCharge, past_charge
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Codec, Identities, Journal
from services.charging.domain import reasons
from services.charging.domain.commands import PastCharge, Refund
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError


class RefundCharge:
    """Gives back a charge for usage or a fee, or part of it."""

    def __init__(
        self, writer: PartitionWriter, identities: Identities, journal: Journal, codec: Codec
    ) -> None:
        self._writer = writer
        self._identities = identities
        self._find = FindCharge(journal, codec, writer.partition)

    async def __call__(
        self,
        identifier: str,
        charge_id: str,
        amount: int | None,
        currency_code: str,
        sequence: int,
        at: Instant,
        repeatable: Repeatable,
    ) -> bytes:
        """Refunds by reference; `amount` None: all that is left. Raises RefusedError."""
        subscriber_id = known(self._writer, self._identities, identifier)
        answer = await self._writer.known_answer(repeatable.key, repeatable.digest)
        if answer is not None:
            return answer
        charge = await self.find(charge_id)
        if charge is None:
            raise RefusedError(Refused(reasons.CHARGE_UNKNOWN, "there is no such charge", "refund_charge_id"))
        command = Refund(subscriber_id, charge, amount, currency_code, sequence, at)
        return await self._writer.execute(
            Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
        )

    async def find(self, charge_id: str) -> PastCharge | None:
        """The charge as it was made; None where there is none, or it is a refund or a correction."""
        found = await self._find(charge_id)
        return None if found is None else past_charge(found.record)
