"""Events that charge: usage and fees."""

from __future__ import annotations

from collections.abc import Iterable

from tidemark.charging.v1 import charging_data_pb2, journal_pb2

from services.charging.adapters.messages.common import instant_of
from services.charging.adapters.messages.journal_in.circumstances import circumstances_of
from services.charging.domain import events as ev

_UNCHANGED_PERMILLE = 1_000


def usage_charged(message: journal_pb2.UsageCharged) -> ev.UsageCharged:
    """The charged-usage record."""
    return ev.UsageCharged(
        charge_id=message.charge_id,
        ref=message.charging_data_ref,
        account_id=message.account_id,
        subscriber_id=message.subscriber_id,
        rating_group=message.rating_group,
        circumstances=circumstances_of(message, message.HasField("circumstances")),
        catalog_version=message.catalog_version,
        offering_code=message.offering_code,
        price_code=message.price_code,
        unit=message.unit,
        used_units=message.used_units,
        rated_units=message.rated_units,
        debits=debits_of(message.debits),
        currency_code=message.currency_code,
        amount=message.amount_minor_micros,
        overdrawn=message.overdrawn_minor_micros,
        used_from=instant_of(message.used_from),
        used_until=instant_of(message.used_until),
        nf_name=message.nf_name,
        charging_id=message.charging_id,
        tax_code=message.tax_code,
        tax=message.tax_minor_micros,
        factor_permille=message.factor_permille
        if message.HasField("factor_permille")
        else _UNCHANGED_PERMILLE,
        used_units_before=message.used_units_before,
        paid_units_before=message.paid_units_before,
        offline=message.offline,
        late=message.late,
        outcome=_outcome(message.outcome) if message.HasField("outcome") else None,
        concurrency=message.concurrency,
        sponsor_identity=message.sponsor_identity,
        application_service_provider_identity=message.application_service_provider_identity,
    )


def _outcome(message: charging_data_pb2.OutcomeInformation) -> ev.Outcome:
    return ev.Outcome(message.outcome_id, message.evidence_uri, message.evidence_sha256, message.provisional)


def fee_charged(message: journal_pb2.FeeCharged) -> ev.FeeCharged:
    """Charged for having an offering."""
    return ev.FeeCharged(
        charge_id=message.charge_id,
        account_id=message.account_id,
        subscriber_id=message.subscriber_id,
        catalog_version=message.catalog_version,
        offering_code=message.offering_code,
        fee_code=message.fee_code,
        currency_code=message.currency_code,
        amount=message.amount_minor_micros,
        tax_code=message.tax_code,
        tax=message.tax_minor_micros,
        debits=debits_of(message.debits),
        period_from=instant_of(message.period_from),
        period_until=instant_of(message.period_until),
        overdrawn=message.overdrawn_minor_micros,
        part=message.part_micros,
        whole=message.whole_micros,
        promotion_percent=message.promotion_percent,
    )


def debits_of(items: Iterable[journal_pb2.BucketDebit]) -> tuple[ev.Debit, ...]:
    """What was taken from buckets, or given back."""
    return tuple(ev.Debit(item.bucket_id, item.unit, item.amount) for item in items)
