"""A journal of charges in memory: real records in a real chain, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import journal_pb2

from services.charging.domain.hash_chain import GENESIS_HASH, chained
from services.common.runtime.following import FollowedRecord
from services.common.runtime.journal_source import SourceUnavailableError

CHARGE_MINOR_MICROS = 1_250_000
FEE_MINOR_MICROS = 500_000_000
BACK_MINOR_MICROS = 250_000


def usage(charge_id: str, currency_code: str = "EUR") -> journal_pb2.Event:
    """Usage that was charged."""
    return journal_pb2.Event(
        usage_charged=journal_pb2.UsageCharged(
            charge_id=charge_id,
            account_id="acme",
            subscriber_id="s-1",
            currency_code=currency_code,
            amount_minor_micros=CHARGE_MINOR_MICROS,
            tax_minor_micros=1,
            used_units=1_024,
            debits=[journal_pb2.BucketDebit(bucket_id="b-1", unit=currency_code, amount=CHARGE_MINOR_MICROS)],
        )
    )


def fee(charge_id: str) -> journal_pb2.Event:
    """A fee in dinar, which have three digits."""
    return journal_pb2.Event(
        fee_charged=journal_pb2.FeeCharged(
            charge_id=charge_id, currency_code="KWD", amount_minor_micros=FEE_MINOR_MICROS
        )
    )


def refund(charge_id: str, of: str) -> journal_pb2.Event:
    """Part of a charge, given back."""
    return journal_pb2.Event(
        charge_refunded=journal_pb2.ChargeRefunded(
            charge_id=charge_id,
            refunded_charge_id=of,
            currency_code="EUR",
            amount_minor_micros=BACK_MINOR_MICROS,
            refunded_total_minor_micros=BACK_MINOR_MICROS,
            credits=[journal_pb2.BucketDebit(bucket_id="b-1", unit="EUR", amount=BACK_MINOR_MICROS)],
        )
    )


def correction(correction_id: str, of: str) -> journal_pb2.Event:
    """A signed difference to a charge, which gives back."""
    return journal_pb2.Event(
        charge_corrected=journal_pb2.ChargeCorrected(
            correction_id=correction_id,
            corrected_charge_id=of,
            currency_code="EUR",
            amount_minor_micros=-BACK_MINOR_MICROS,
        )
    )


def events_of(sequence: int) -> list[list[journal_pb2.Event]]:
    """What happens in a record: every fifth charges nothing, the others in two entries."""
    if sequence % 5 == 0:
        return [[journal_pb2.Event(session_resumed=journal_pb2.SessionResumed(account_id="acme"))]]
    charge_id = f"c-0-{sequence}-1"
    return [
        [journal_pb2.Event(balance_corrected=journal_pb2.BalanceCorrected()), usage(charge_id)],
        [fee(f"c-0-{sequence}-2"), refund(f"c-0-{sequence}-3", charge_id), correction("k-1", charge_id)],
    ]


def journal_of(count: int, partition: int = 0, epoch: int = 1) -> list[FollowedRecord]:
    """Records 1 to `count` of a partition."""
    records: list[FollowedRecord] = []
    row_hash = GENESIS_HASH
    for sequence in range(1, count + 1):
        message = journal_pb2.JournalRecord(
            partition=partition,
            sequence=sequence,
            epoch=epoch,
            batch_id=b"batch",
            recorded_at=Timestamp(seconds=1_772_438_400 + sequence),
            entries=[
                journal_pb2.JournalEntry(
                    decided_at=Timestamp(seconds=1_772_438_400 + sequence, nanos=250_000),
                    operation=journal_pb2.OPERATION_UPDATE_SESSION,
                    events=events,
                )
                for events in events_of(sequence)
            ],
        )
        row = chained(partition, sequence, epoch, b"batch", row_hash, message.SerializeToString())
        records.append(FollowedRecord(partition, sequence, row.payload, row.hash))
        row_hash = row.hash
    return records


class JournalAtHand:
    """Fulfils JournalSource with records in memory. `fails_after`: a reading breaks after so many."""

    def __init__(self, records: Sequence[FollowedRecord]) -> None:
        self.records = records
        self.fails_after: int | None = None
        self.readings: list[int] = []

    async def read(self, partition: int, after_sequence: int) -> AsyncGenerator[FollowedRecord, None]:
        """As JournalSource.read."""
        self.readings.append(after_sequence)
        for count, record in enumerate(self.records[after_sequence:]):
            if count == self.fails_after:
                raise SourceUnavailableError("DEADLINE_EXCEEDED: too slow")
            assert record.partition == partition
            yield record
        if self.fails_after == 0:
            raise SourceUnavailableError("UNAVAILABLE: away")
