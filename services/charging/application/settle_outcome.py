"""Settling an outcome: its charge is fetched from the journal first, then it is decided."""

from __future__ import annotations

from services.charging.application.charge_usage import Repeatable
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.refund_charge import RefundCharge
from services.charging.domain import reasons
from services.charging.domain.outcome_commands import SettleOutcome
from services.common.kernel.outcome import Refused, RefusedError


class SettleOutcomeUseCase:
    """Confirms or reverses a provisional outcome."""

    def __init__(self, writer: PartitionWriter, refunds: RefundCharge) -> None:
        self._writer = writer
        self._refunds = refunds

    async def __call__(
        self, charge_id: str, confirmed: bool, reason: str, actor: str, repeatable: Repeatable
    ) -> bytes:
        """The encoded answer, durable. Raises RefusedError OUTCOME_UNKNOWN, OUTCOME_SETTLED."""
        answer = await self._writer.known_answer(repeatable.key, repeatable.digest)
        if answer is not None:
            return answer
        charge = None
        if charge_id in self._writer.state.outcomes:
            # It may stand in a batch that is not in the journal yet.
            await self._writer.gate()
            charge = await self._refunds.find(charge_id)
        if charge is None:
            raise RefusedError(
                Refused(reasons.OUTCOME_UNKNOWN, "no outcome was charged under this id", "charge_id")
            )
        command = SettleOutcome(charge, confirmed, reason, actor)
        return await self._writer.execute(
            Submission(command, repeatable.key, repeatable.digest, repeatable.encode)
        )
