"""Takes a settlement run through its steps, from where it stands up to where it is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import grpc
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api
from tidemark.partner_settlement.v1 import settlement_api_pb2_grpc

from services.cli.failures import CommandFailedError
from services.cli.invocation import fresh_id
from services.cli.settling.calls import STEP_SECONDS, standing
from services.cli.settling.run_view import STATES, state_name


class Until(StrEnum):
    """Where a walk ends. Paying is not part of one: it says that money has moved."""

    FROZEN = "frozen"
    CALCULATED = "calculated"
    APPROVED = "approved"
    CLOSED = "closed"

    @property
    def place(self) -> int:
        """Its place in the order of states."""
        return [state_name(state) for state in STATES].index(self.value)


@dataclass(frozen=True, slots=True)
class Walk:
    """What is wanted of a period. `rates` count when it is calculated."""

    period: str
    until: Until
    actor: str
    early: bool = False
    rates: Sequence[api.ExchangeRate] = ()

    async def steps(self, channel: grpc.aio.Channel) -> AsyncIterator[api.Run]:
        """The run as it stands, then after each step. A walk that was cut off goes on where it was.

        Raises CommandFailedError where rates come too late, grpc.aio.AioRpcError where a step is refused.
        """
        stub = settlement_api_pb2_grpc.SettlementServiceStub(channel)
        run = await standing(channel, self.period)
        place = STATES.index(run.state)
        yield run
        if self.rates:
            place = self._before_calculation(run, place)
        # Over a list of steps, not until a state is seen: somebody else may move the run meanwhile.
        for state in STATES[place : self.until.place]:
            yield await self._step(stub, state)

    def _before_calculation(self, run: api.Run, place: int) -> int:
        calculated = Until.CALCULATED.place
        if place > calculated:
            raise CommandFailedError(
                f"{self.period} is {state_name(run.state)}: rates count when a run is calculated; "
                "`tidemark settlement reopen` takes it back"
            )
        return min(place, calculated - 1)

    async def _step(self, stub: settlement_api_pb2_grpc.SettlementServiceAsyncStub, state: int) -> api.Run:
        """The step that leads on from a state. Each has an id of its own: the state makes it happen once."""
        request_id, run_id, actor = fresh_id(), self.period, self.actor
        if state == api.RUN_STATE_OPEN:
            freeze = api.FreezeRunRequest(request_id=request_id, period=run_id, early=self.early, actor=actor)
            return (await stub.FreezeRun(freeze, timeout=STEP_SECONDS)).run
        if state == api.RUN_STATE_FROZEN:
            calculate = api.CalculateRunRequest(
                request_id=request_id, run_id=run_id, actor=actor, exchange_rates=self.rates
            )
            return (await stub.CalculateRun(calculate, timeout=STEP_SECONDS)).run
        if state == api.RUN_STATE_CALCULATED:
            approve = api.ApproveRunRequest(request_id=request_id, run_id=run_id, actor=actor)
            return (await stub.ApproveRun(approve, timeout=STEP_SECONDS)).run
        close = api.CloseRunRequest(request_id=request_id, run_id=run_id, actor=actor)
        return (await stub.CloseRun(close, timeout=STEP_SECONDS)).run
