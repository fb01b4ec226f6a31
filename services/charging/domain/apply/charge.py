"""What happened to charges that memory keeps something of."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain.state import Corrected, OutcomeState, PartitionState, Refunded


def usage_charged(state: PartitionState, event: ev.UsageCharged) -> None:
    """Balances are moved by events of their own; here only an outcome is remembered."""
    if event.outcome is not None:
        state.outcomes[event.charge_id] = (
            OutcomeState.PROVISIONAL if event.outcome.provisional else OutcomeState.CONFIRMED
        )
        state.outcome_charges[event.subscriber_id, event.outcome.outcome_id] = event.charge_id


def outcome_settled(state: PartitionState, event: ev.OutcomeSettled) -> None:
    """An outcome is confirmed or taken back."""
    state.outcomes[event.charge_id] = OutcomeState.CONFIRMED if event.confirmed else OutcomeState.REVERSED


def charge_corrected(state: PartitionState, event: ev.ChargeCorrected) -> None:
    """The sum of a charge's corrections."""
    state.corrections[event.corrected_charge_id] = Corrected(event.corrected_total, event.corrected_total_tax)


def charge_refunded(state: PartitionState, event: ev.ChargeRefunded) -> None:
    """The sum of a charge's refunds."""
    state.refunds[event.refunded_charge_id] = Refunded(
        event.refunded_total, event.units_restored, event.refunded_total_tax
    )
