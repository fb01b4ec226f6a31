"""Refund: fetch the charge from the journal first, then decide.

A charge id leads straight to its record (`c-partition-sequence-index-number`),
so no table of charges is kept in memory, however long ago it was made.
"""

from __future__ import annotations

from services.charging.application.batch import parse_entry_id
from services.charging.application.charge_usage import Repeatable, known
from services.charging.application.partition_writer import PartitionWriter, Submission
from services.charging.application.ports import Codec, Identities, Journal
from services.charging.domain import reasons
from services.charging.domain.commands import PastCharge, Refund
from services.charging.domain.events import UsageCharged
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError


class RefundCharge:
    """Gives back a charge, or part of it."""

    def __init__(
        self, writer: PartitionWriter, identities: Identities, journal: Journal, codec: Codec
    ) -> None:
        self._writer = writer
        self._identities = identities
        self._journal = journal
        self._codec = codec

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
        subscriber_id = known(self._identities, identifier)
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
        """The charge as it was made; None where there is none."""
        entry_id, _, _number = charge_id.removeprefix("c-").rpartition("-")
        place = parse_entry_id(entry_id)
        if place is None or place[0] != self._writer.partition or not 0 < place[1] < 2**63:
            return None
        rows = await self._journal.read(place[0], place[1] - 1, 1)
        if not rows or rows[0].sequence != place[1]:
            return None
        _, entries = self._codec.decode_record(rows[0].payload)
        for entry in entries:
            for event in entry.events:
                if isinstance(event, UsageCharged) and event.charge_id == charge_id:
                    return _past(event)
        return None


def _past(event: UsageCharged) -> PastCharge:
    return PastCharge(
        event.charge_id,
        event.account_id,
        event.subscriber_id,
        event.currency_code,
        event.amount,
        event.debits,
    )
