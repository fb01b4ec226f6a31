"""Finds a charge, refund or correction by its id: one read of the journal, no table in memory.

The id says where the record stands (`c-partition-sequence-index-number`; fees
begin with `f`, refunds with `r`, corrections with `k`), however long ago that was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.charging.application.batch import parse_entry_id
from services.charging.application.ports import Codec, Journal
from services.charging.domain.commands import PastCharge
from services.charging.domain.events import ChargeCorrected, ChargeRefunded, Event, FeeCharged, UsageCharged
from services.common.kernel.clock import Instant

Recorded = UsageCharged | FeeCharged | ChargeRefunded | ChargeCorrected

_CHARGE_ID = re.compile(r"[cfrk]-([0-9]+-[0-9]+-[0-9]+)(?:-[0-9]+)?")
_MOST_SEQUENCE = 2**63


@dataclass(frozen=True, slots=True)
class FoundCharge:
    """What the journal has under a charge id, and when it was decided."""

    record: Recorded
    decided_at: Instant


class FindCharge:
    """Reads charges of one partition from its journal."""

    def __init__(self, journal: Journal, codec: Codec, partition: int) -> None:
        self._journal = journal
        self._codec = codec
        self._partition = partition

    async def __call__(self, charge_id: str) -> FoundCharge | None:
        """What stands in the journal under an id; None where nothing does."""
        match = _CHARGE_ID.fullmatch(charge_id)
        place = parse_entry_id(match[1]) if match is not None else None
        if place is None or place[0] != self._partition or not 0 < place[1] < _MOST_SEQUENCE:
            return None
        partition, sequence, index = place
        rows = await self._journal.read(partition, sequence - 1, 1)
        if not rows or rows[0].sequence != sequence:
            return None
        _, entries = self._codec.decode_record(rows[0].payload)
        if not 0 < index <= len(entries):
            return None
        entry = entries[index - 1]
        for event in entry.events:
            if _id_of(event) == charge_id and isinstance(event, Recorded):
                return FoundCharge(event, entry.decided_at)
        return None


def _id_of(event: Event) -> str:
    if isinstance(event, ChargeCorrected):
        return event.correction_id
    return event.charge_id if isinstance(event, UsageCharged | FeeCharged | ChargeRefunded) else ""


def past_charge(record: Recorded) -> PastCharge | None:
    """What of a record can be given back; None for refunds and corrections."""
    if not isinstance(record, UsageCharged | FeeCharged):
        return None
    return PastCharge(
        record.charge_id,
        record.account_id,
        record.subscriber_id,
        record.currency_code,
        record.amount,
        record.tax,
        record.debits,
        record.used_from if isinstance(record, UsageCharged) else None,
    )
