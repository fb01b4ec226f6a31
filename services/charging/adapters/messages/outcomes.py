"""Settling outcomes: request in, answer out."""

from __future__ import annotations

from tidemark.charging.v1 import charging_api_pb2

from services.charging.adapters.messages.common import money, refuse
from services.charging.domain import reasons
from services.charging.domain.answers import Answer, OutcomeAnswer

MAX_TEXT_LENGTH = 512


def confirmed(request: charging_api_pb2.SettleOutcomeRequest) -> bool:
    """Which way the outcome is to be settled; the texts are checked with it."""
    if not request.charge_id:
        raise refuse(reasons.FIELD_MISSING, "which charge?", "charge_id")
    for name in ("reason", "actor"):
        text: str = getattr(request, name)
        if len(text) > MAX_TEXT_LENGTH or not text.isprintable():
            raise refuse(reasons.FIELD_INVALID, f"at most {MAX_TEXT_LENGTH} printable characters", name)
    if request.settlement == charging_api_pb2.OUTCOME_SETTLEMENT_CONFIRM:
        return True
    if request.settlement != charging_api_pb2.OUTCOME_SETTLEMENT_REVERSE:
        raise refuse(reasons.FIELD_INVALID, "confirm or reverse?", "settlement")
    if not request.reason:
        raise refuse(reasons.FIELD_MISSING, "why is it reversed?", "reason")
    return False


def settled(answer: Answer) -> bytes:
    """Serialized SettleOutcomeResponse."""
    assert isinstance(answer, OutcomeAnswer)
    return charging_api_pb2.SettleOutcomeResponse(
        charge_id=answer.charge_id,
        settlement=(
            charging_api_pb2.OUTCOME_SETTLEMENT_CONFIRM
            if answer.confirmed
            else charging_api_pb2.OUTCOME_SETTLEMENT_REVERSE
        ),
        refunded=money(answer.refunded, answer.currency_code),
    ).SerializeToString(deterministic=True)
