"""Explains a charge: finds it in the journal, and the price that made it among the versions at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.charging.application.find_charge import FindCharge, FoundCharge, Recorded
from services.charging.application.partition_writer import PartitionWriter
from services.charging.application.ports import Codec, Journal
from services.charging.domain import reasons
from services.charging.domain.events import ChargeCorrected, ChargeRefunded, FeeCharged, UsageCharged
from services.charging.domain.explanation.change import explain_correction, explain_refund
from services.charging.domain.explanation.context import NOTHING_SINCE, Since, Surroundings
from services.charging.domain.explanation.fee import explain_fee
from services.charging.domain.explanation.steps import Explanation
from services.charging.domain.explanation.usage import explain_usage
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.state import PartitionState
from services.common.kernel.outcome import Refused, RefusedError


@dataclass(frozen=True, slots=True)
class ExplainedCharge:
    """A charge as it stands in the journal, and its explanation."""

    found: FoundCharge
    explanation: Explanation


class ExplainCharge:
    """Says why a charge, fee, refund or correction is what it is."""

    def __init__(self, writer: PartitionWriter, journal: Journal, codec: Codec) -> None:
        self._writer = writer
        self._find = FindCharge(journal, codec, writer.partition)

    async def __call__(self, charge_id: str) -> ExplainedCharge:
        """Raises RefusedError CHARGE_UNKNOWN, CATALOG_NOT_PUBLISHED."""
        found = await self._find(charge_id)
        if found is None:
            raise RefusedError(Refused(reasons.CHARGE_UNKNOWN, "there is no such charge", "charge_id"))
        memory, _ = await self._writer.read(lambda state: _memory_of(state, found.record))
        return ExplainedCharge(found, await self._explain(found.record, memory))

    async def _explain(self, record: Recorded, memory: _Memory) -> Explanation:
        if isinstance(record, ChargeRefunded):
            return explain_refund(record, memory.around("UTC"))
        tariff = self._tariff(record)
        offering = tariff.offerings[record.offering_code]
        if isinstance(record, FeeCharged):
            fee = next((fee for fee in offering.fees if fee.code == record.fee_code), None)
            if fee is None:
                raise _no_version(record)
            return explain_fee(record, fee, memory.around(tariff.time_zone))
        price = offering.price_by_code.get(record.price_code)
        if price is None:
            raise _no_version(record)
        if isinstance(record, UsageCharged):
            group = tariff.rating_groups.get(record.rating_group)
            name = "" if group is None else group.code or group.service
            return explain_usage(record, price, memory.around(tariff.time_zone, name))
        original = await self._find(record.corrected_charge_id)
        assert original is not None
        assert isinstance(original.record, UsageCharged)
        return explain_correction(record, original.record.amount, price.name)

    def _tariff(self, record: UsageCharged | FeeCharged | ChargeCorrected) -> Tariff:
        tariff = self._writer.tariffs.find(record.catalog_version, record.currency_code)
        if tariff is None or record.offering_code not in tariff.offerings:
            raise _no_version(record)
        return tariff


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the partition's memory knows about a charge."""

    time_zone: str
    bucket_names: Mapping[str, str]
    since: Since

    def around(self, catalog_time_zone: str, rating_group: str = "") -> Surroundings:
        zone = self.time_zone or catalog_time_zone
        return Surroundings(zone, self.bucket_names, rating_group, self.since)


def _memory_of(state: PartitionState, record: Recorded) -> _Memory:
    subscriber = state.subscribers.get(record.subscriber_id)
    account = state.accounts.get(record.account_id)
    names = {
        bucket_id: state.buckets[bucket_id].name
        for bucket_id in (account.bucket_ids if account is not None else ())
    }
    return _Memory(subscriber.time_zone if subscriber is not None else "", names, _since(state, record))


def _since(state: PartitionState, record: Recorded) -> Since:
    if not isinstance(record, UsageCharged | FeeCharged):
        return NOTHING_SINCE
    refunded, corrected = state.refunds.get(record.charge_id), state.corrections.get(record.charge_id)
    outcome = state.outcomes.get(record.charge_id)
    return Since(
        refunded=0 if refunded is None else refunded.minor_micros,
        corrected=0 if corrected is None else corrected.minor_micros,
        units_restored=refunded is not None and refunded.units,
        outcome_state="" if outcome is None else outcome.value,
    )


def _no_version(record: UsageCharged | FeeCharged | ChargeCorrected) -> RefusedError:
    what = f"{record.offering_code} of catalog version {record.catalog_version} in {record.currency_code}"
    return RefusedError(
        Refused(reasons.CATALOG_NOT_PUBLISHED, f"{what} is not at hand any more", "charge_id")
    )
