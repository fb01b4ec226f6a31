"""Charging's explanation of a charge, from its message."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charge_api_pb2, journal_pb2
from tidemark.type.v1 import money_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.notification.application.tools.ports import Explanation, ExplanationStep
from services.notification.domain.facts import Units

Charge = (
    journal_pb2.UsageCharged
    | journal_pb2.FeeCharged
    | journal_pb2.ChargeRefunded
    | journal_pb2.ChargeCorrected
)


def explanation(said: charge_api_pb2.ExplainChargeResponse) -> Explanation:
    """As the tools know it. Raises ValueError for a charge of a kind that is not known here."""
    kind, charge = _charge(said)
    unit = currency(charge.currency_code)
    is_usage, usage = kind == "usage", said.usage
    return Explanation(
        charge_id=charge.correction_id
        if isinstance(charge, journal_pb2.ChargeCorrected)
        else charge.charge_id,
        account_id=charge.account_id,
        subscriber_id=charge.subscriber_id,
        kind=kind,
        at=_at(said, charge),
        amount=Money(charge.amount_minor_micros, unit),
        offering_code="" if isinstance(charge, journal_pb2.ChargeRefunded) else charge.offering_code,
        price_name=said.price_name,
        rating_group=usage.rating_group,
        zone=usage.zone,
        used=Units(usage.used_units, usage.unit) if is_usage else None,
        steps=tuple(_step(step) for step in said.steps),
        sentences=tuple(said.sentences),
        changed_since=_money(said.changed_since, charge.currency_code),
        refers_to=_refers_to(charge),
    )


def _charge(said: charge_api_pb2.ExplainChargeResponse) -> tuple[str, Charge]:
    match said.WhichOneof("charge"):
        case "usage":
            return "usage", said.usage
        case "fee":
            return "fee", said.fee
        case "refund":
            return "refund", said.refund
        case "correction":
            return "correction", said.correction
    raise ValueError("charging explained a charge of a kind that is not known here")


def _at(said: charge_api_pb2.ExplainChargeResponse, charge: Charge) -> Instant:
    """When it was used, else when it was charged."""
    at: Timestamp = said.charged_at
    if isinstance(charge, journal_pb2.UsageCharged) and charge.HasField("used_from"):
        at = charge.used_from
    return Instant(at.ToMicroseconds())


def _step(step: charge_api_pb2.ExplanationStep) -> ExplanationStep:
    units = Units(step.units.amount, step.units.unit) if step.HasField("units") else None
    amount = _money(step.amount, step.amount.currency_code) if step.HasField("amount") else None
    return ExplanationStep(step.kind, units, amount)


def _money(money: money_pb2.Money, currency_code: str) -> Money:
    return Money(money.minor_micros, currency(money.currency_code or currency_code))


def _refers_to(charge: Charge) -> str:
    if isinstance(charge, journal_pb2.ChargeRefunded):
        return charge.refunded_charge_id
    return charge.corrected_charge_id if isinstance(charge, journal_pb2.ChargeCorrected) else ""
