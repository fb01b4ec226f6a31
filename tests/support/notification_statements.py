"""Statements of a partner, as settlement tells of them on the bus."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import agreement_pb2, settlement_events_pb2

from services.common.runtime.bus import Bus

STUDIO = "studio"
"""A partner."""


async def close_statement(bus: Bus, message_id: str, revision: int) -> None:
    """As settlement tells it; the bus takes each message id for another message."""
    event = settlement_events_pb2.StatementClosed(
        statement_id="st-7",
        party_code=STUDIO,
        period="2026-11",
        revision=revision,
        closed_at=Timestamp(seconds=1_796_083_200),
        payable=[agreement_pb2.CurrencyAmount(currency_code="EUR", amount_minor=123_456)],
    )
    await bus.wait_connected()
    await bus.publish(event.DESCRIPTOR.full_name, event.SerializeToString(), message_id)
