"""tidemark.charging.v1.ChargeService: decode and check, hand over, answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from tidemark.charging.v1 import charge_api_pb2, charge_api_pb2_grpc

from services.charging.adapters.duplicate_key import digest, duplicate_key
from services.charging.adapters.messages import charges
from services.charging.adapters.streams import until
from services.charging.application.explain_charge import ExplainCharge
from services.charging.application.rerate_charges import RepeatableRun, RerateCharges


class ChargeServicer(charge_api_pb2_grpc.ChargeServiceServicer):
    """Care desks, auditors and revenue assurance talk to this."""

    def __init__(self, explain: ExplainCharge, rerate: RerateCharges, stopping: asyncio.Event) -> None:
        self._explain = explain
        self._rerate = rerate
        self._stopping = stopping

    async def ExplainCharge(
        self, request: charge_api_pb2.ExplainChargeRequest, _context: Any
    ) -> charge_api_pb2.ExplainChargeResponse:
        """Why a charge is what it is."""
        return charges.explained(await self._explain(charges.charge_id(request)))

    async def RerateCharges(
        self, request: charge_api_pb2.RerateChargesRequest, _context: Any
    ) -> AsyncIterator[charge_api_pb2.RerateChargesResponse]:
        """An account at a time, and the sum."""
        run = charges.rerate_run(request)
        total = charges.RunTotal()
        async for account in until(self._stopping, self._rerate(run, _repeatable(request))):
            for message in charges.rerated(account, run.preview):
                total.add(message)
                yield message
        if not self._stopping.is_set():
            yield total.message()


def _repeatable(request: charge_api_pb2.RerateChargesRequest) -> RepeatableRun:
    content = charge_api_pb2.RerateChargesRequest()
    content.CopyFrom(request)
    content.preview = False
    return RepeatableRun(
        lambda account_id, number: duplicate_key("rerate", request.request_id, account_id, number),
        digest(content),
        charges.corrected,
        charges.corrected_back,
    )
