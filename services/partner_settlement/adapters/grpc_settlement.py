"""SettlementService over gRPC: every step is one transaction, and a request id makes it at most once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from sqlmodel import Session
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api
from tidemark.partner_settlement.v1 import settlement_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Callers, require_operator
from services.partner_settlement.adapters.accrual.epochs import watermarks
from services.partner_settlement.adapters.accrual.input import record_count
from services.partner_settlement.adapters.books.runs import find_run
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.grpc_requests import (
    checked_actor,
    checked_id,
    checked_text,
    fingerprint,
)
from services.partner_settlement.adapters.run_messages import amount_messages, run_message, watermark_message
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.application import settling
from services.partner_settlement.application.settling import Act
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.exchange import parse_rate
from services.partner_settlement.domain.runs import Run
from services.partner_settlement.domain.statements import ExchangeRate

Context = Any
A = TypeVar("A", bound=Message)


class SettlementServicer(settlement_api_pb2_grpc.SettlementServiceServicer):
    """Translates, runs one step on the books, translates back. `fault` tells what accrual is stuck on."""

    def __init__(
        self,
        settlement: SqlSettlement,
        callers: Callers,
        clock: Clock,
        operator_name: str,
        time_zone: str,
        fault: Callable[[], str],
    ) -> None:
        self._settlement = settlement
        self._callers = callers
        self._clock = clock
        self._operator_name = operator_name
        self._time_zone = time_zone
        self._fault = fault

    async def FreezeRun(self, request: api.FreezeRunRequest, context: Context) -> api.FreezeRunResponse:
        """Fixes the input of a period."""
        return await self._step(
            request,
            context,
            api.FreezeRunResponse,
            lambda books, act: settling.freeze(
                books, request.period, act, early=request.early, time_zone=self._time_zone
            ),
        )

    async def CalculateRun(
        self, request: api.CalculateRunRequest, context: Context
    ) -> api.CalculateRunResponse:
        """Works out every statement."""
        return await self._step(
            request,
            context,
            api.CalculateRunResponse,
            lambda books, act: settling.calculate(
                books,
                request.run_id,
                act,
                [_rate(item) for item in request.exchange_rates],
                operator_name=self._operator_name,
                time_zone=self._time_zone,
            ),
        )

    async def ApproveRun(self, request: api.ApproveRunRequest, context: Context) -> api.ApproveRunResponse:
        """A person has looked at it."""
        return await self._step(
            request,
            context,
            api.ApproveRunResponse,
            lambda books, act: settling.approve(books, request.run_id, act),
        )

    async def CloseRun(self, request: api.CloseRunRequest, context: Context) -> api.CloseRunResponse:
        """Statements, ledger and consumed input in one transaction."""
        return await self._step(
            request,
            context,
            api.CloseRunResponse,
            lambda books, act: settling.close(books, request.run_id, act),
        )

    async def PayRun(self, request: api.PayRunRequest, context: Context) -> api.PayRunResponse:
        """Payouts were made."""
        return await self._step(
            request,
            context,
            api.PayRunResponse,
            lambda books, act: settling.pay(
                books,
                request.run_id,
                act,
                checked_text(request.payment_reference, "payment_reference", needed=True),
            ),
        )

    async def ReopenRun(self, request: api.ReopenRunRequest, context: Context) -> api.ReopenRunResponse:
        """Back to open, with a reason."""
        return await self._step(
            request,
            context,
            api.ReopenRunResponse,
            lambda books, act: settling.reopen(books, request.run_id, act),
            request.reason,
        )

    async def ReleaseParkedStatement(
        self, request: api.ReleaseParkedStatementRequest, context: Context
    ) -> api.ReleaseParkedStatementResponse:
        """What was held back becomes payable."""

        def release(books: SqlBooks, act: Act, _session: Session) -> api.ReleaseParkedStatementResponse:
            checked_text(act.reason, "reason", needed=True)
            released = settling.release_parked(books, request.statement_id, act)
            return api.ReleaseParkedStatementResponse(released=amount_messages(released))

        return await self._once(request, context, api.ReleaseParkedStatementResponse, release, request.reason)

    async def GetRun(self, request: api.GetRunRequest, context: Context) -> api.GetRunResponse:
        """One run."""
        require_operator(self._callers.of(context))

        def find(books: SqlBooks, session: Session) -> api.GetRunResponse:
            run = find_run(session, request.run_id)
            if run is None:
                words = f"there is no run {request.run_id!r}"
                raise RefusedError(Refused(reasons.RUN_UNKNOWN, words, "run_id"))
            return api.GetRunResponse(run=run_message(books, session, run, self._time_zone))

        return await self._settlement.read(find)

    async def ListRuns(self, _request: api.ListRunsRequest, context: Context) -> api.ListRunsResponse:
        """All of them."""
        require_operator(self._callers.of(context))
        return await self._settlement.read(
            lambda books, session: api.ListRunsResponse(
                runs=[run_message(books, session, run, self._time_zone) for run in books.runs()]
            )
        )

    async def GetAccrualStatus(
        self, _request: api.GetAccrualStatusRequest, context: Context
    ) -> api.GetAccrualStatusResponse:
        """How far the journal is in."""
        require_operator(self._callers.of(context))
        return await self._settlement.read(
            lambda _books, session: api.GetAccrualStatusResponse(
                watermarks=map(watermark_message, watermarks(session)),
                records=record_count(session),
                fault=self._fault(),
            )
        )

    async def _step(
        self,
        request: Any,
        context: Context,
        answer: type[A],
        step: Callable[[SqlBooks, Act], Run],
        reason: str = "",
    ) -> A:
        def work(books: SqlBooks, act: Act, session: Session) -> A:
            message = answer()
            message.run.CopyFrom(run_message(books, session, step(books, act), self._time_zone))  # type: ignore[attr-defined]
            return message

        return await self._once(request, context, answer, work, reason)

    async def _once(
        self,
        request: Any,
        context: Context,
        answer: type[A],
        work: Callable[[SqlBooks, Act, Session], A],
        reason: str,
    ) -> A:
        caller = self._callers.of(context)
        require_operator(caller)
        actor = checked_actor(request.actor, caller)
        act = Act(actor, self._clock.now(), checked_text(reason, "reason"))
        answered = await self._settlement.once(
            checked_id(request.request_id),
            fingerprint(request, caller),
            lambda books, session: work(books, act, session).SerializeToString(),
        )
        return answer.FromString(answered)


def _rate(message: api.ExchangeRate) -> ExchangeRate:
    return parse_rate(message.from_currency_code, message.to_currency_code, message.rate, message.date)
