"""Events that happen to a charge after it was made."""

from __future__ import annotations

from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.journal_out.charge import add_debits
from services.charging.domain import events as ev


def charge_refunded(message: journal_pb2.Event, event: ev.ChargeRefunded) -> None:
    """Part or all of a charge was given back."""
    refunded = message.charge_refunded
    refunded.charge_id = event.charge_id
    refunded.refunded_charge_id = event.refunded_charge_id
    refunded.account_id = event.account_id
    refunded.subscriber_id = event.subscriber_id
    refunded.currency_code = event.currency_code
    refunded.amount_minor_micros = event.amount
    add_debits(refunded.credits, event.credits)
    refunded.refunded_total_minor_micros = event.refunded_total
    refunded.units_restored = event.units_restored
    refunded.tax_minor_micros = event.tax
    refunded.refunded_total_tax_minor_micros = event.refunded_total_tax


def charge_corrected(message: journal_pb2.Event, event: ev.ChargeCorrected) -> None:
    """A signed difference to a charge."""
    corrected = message.charge_corrected
    corrected.correction_id = event.correction_id
    corrected.corrected_charge_id = event.corrected_charge_id
    corrected.run_id = event.run_id
    corrected.account_id = event.account_id
    corrected.subscriber_id = event.subscriber_id
    corrected.currency_code = event.currency_code
    corrected.amount_minor_micros = event.amount
    corrected.tax_minor_micros = event.tax
    add_debits(corrected.debits, event.debits)
    corrected.catalog_version = event.catalog_version
    corrected.offering_code = event.offering_code
    corrected.price_code = event.price_code
    corrected.reason = event.reason
    corrected.actor = event.actor
    corrected.corrected_total_minor_micros = event.corrected_total
    corrected.corrected_total_tax_minor_micros = event.corrected_total_tax


def outcome_settled(message: journal_pb2.Event, event: ev.OutcomeSettled) -> None:
    """A provisional outcome is final, or was taken back."""
    settled = message.outcome_settled
    settled.charge_id = event.charge_id
    settled.account_id = event.account_id
    settled.subscriber_id = event.subscriber_id
    settled.confirmed = event.confirmed
    settled.reason = event.reason
    settled.actor = event.actor
