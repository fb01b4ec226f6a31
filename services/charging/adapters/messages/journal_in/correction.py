"""Events that happen to a charge after it was made."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.journal_in.charge import debits_of
from services.charging.domain import events as ev


def charge_refunded(message: journal_pb2.ChargeRefunded) -> ev.ChargeRefunded:
    """Part or all of a charge was given back."""
    return ev.ChargeRefunded(
        charge_id=message.charge_id,
        refunded_charge_id=message.refunded_charge_id,
        account_id=message.account_id,
        subscriber_id=message.subscriber_id,
        currency_code=message.currency_code,
        amount=message.amount_minor_micros,
        credits=debits_of(message.credits),
        refunded_total=message.refunded_total_minor_micros,
        units_restored=message.units_restored,
        tax=message.tax_minor_micros,
        refunded_total_tax=message.refunded_total_tax_minor_micros,
    )


def charge_corrected(message: journal_pb2.ChargeCorrected) -> ev.ChargeCorrected:
    """A signed difference to a charge."""
    return ev.ChargeCorrected(
        correction_id=message.correction_id,
        corrected_charge_id=message.corrected_charge_id,
        run_id=message.run_id,
        account_id=message.account_id,
        subscriber_id=message.subscriber_id,
        currency_code=message.currency_code,
        amount=message.amount_minor_micros,
        tax=message.tax_minor_micros,
        debits=debits_of(message.debits),
        catalog_version=message.catalog_version,
        offering_code=message.offering_code,
        price_code=message.price_code,
        reason=message.reason,
        actor=message.actor,
        corrected_total=message.corrected_total_minor_micros,
        corrected_total_tax=message.corrected_total_tax_minor_micros,
    )


def outcome_settled(message: journal_pb2.OutcomeSettled) -> ev.OutcomeSettled:
    """A provisional outcome is final, or was taken back."""
    return ev.OutcomeSettled(
        message.charge_id,
        message.account_id,
        message.subscriber_id,
        message.confirmed,
        message.reason,
        message.actor,
    )
