"""DisputeService over gRPC. A partner disputes its own lines; the operator decides."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from sqlmodel import Session
from tidemark.partner_settlement.v1 import dispute_api_pb2 as api
from tidemark.partner_settlement.v1 import dispute_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.callers import Caller, Callers, Role, require_operator, require_party
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.grpc_requests import (
    checked_actor,
    checked_id,
    checked_text,
    fingerprint,
)
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.adapters.statement_messages import stamp
from services.partner_settlement.application.disputing import raise_dispute, step_dispute
from services.partner_settlement.application.settling import Act
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.disputes import Dispute, DisputeState, DisputeStep

Context = Any
A = TypeVar("A", bound=Message)

_STATES = {state: getattr(api, f"DISPUTE_STATE_{state.name}") for state in DisputeState}


class DisputeServicer(dispute_api_pb2_grpc.DisputeServiceServicer):
    """Translates, checks whose line or dispute it is, runs one step on the books, translates back."""

    def __init__(self, settlement: SqlSettlement, callers: Callers, clock: Clock) -> None:
        self._settlement = settlement
        self._callers = callers
        self._clock = clock

    async def RaiseDispute(
        self, request: api.RaiseDisputeRequest, context: Context
    ) -> api.RaiseDisputeResponse:
        """Holds a line back."""
        caller = self._callers.of(context)
        # Another's statement and one that does not exist sound the same.
        require_party(caller, request.statement_id.partition("/")[0])
        dispute_id = f"d-{secrets.token_hex(8)}"
        return await self._once(
            request,
            caller,
            api.RaiseDisputeResponse,
            lambda books, act: raise_dispute(
                books, dispute_id, request.statement_id, request.line_number, request.claimed_minor, act
            ),
        )

    async def AnswerDispute(
        self, request: api.AnswerDisputeRequest, context: Context
    ) -> api.AnswerDisputeResponse:
        """Adds to the trail."""
        return await self._step(request, context, api.AnswerDisputeResponse, DisputeStep.ANSWER)

    async def EscalateDispute(
        self, request: api.EscalateDisputeRequest, context: Context
    ) -> api.EscalateDisputeResponse:
        """To somebody who may decide."""
        return await self._step(request, context, api.EscalateDisputeResponse, DisputeStep.ESCALATE)

    async def AcceptDispute(
        self, request: api.AcceptDisputeRequest, context: Context
    ) -> api.AcceptDisputeResponse:
        """By the operator: what was agreed stands in the next statement."""
        require_operator(self._callers.of(context))
        agreed = request.agreed_minor if request.HasField("agreed_minor") else None
        return await self._step(request, context, api.AcceptDisputeResponse, DisputeStep.ACCEPT, agreed)

    async def RejectDispute(
        self, request: api.RejectDisputeRequest, context: Context
    ) -> api.RejectDisputeResponse:
        """By the operator: the line stands."""
        require_operator(self._callers.of(context))
        return await self._step(request, context, api.RejectDisputeResponse, DisputeStep.REJECT)

    async def WithdrawDispute(
        self, request: api.WithdrawDisputeRequest, context: Context
    ) -> api.WithdrawDisputeResponse:
        """As if it had never been raised."""
        return await self._step(request, context, api.WithdrawDisputeResponse, DisputeStep.WITHDRAW)

    async def ListDisputes(
        self, request: api.ListDisputesRequest, context: Context
    ) -> api.ListDisputesResponse:
        """A partner's own, or any for the operator."""
        caller = self._callers.of(context)
        party = request.party_code or caller.party
        if party or caller.role is not Role.OPERATOR:
            require_party(caller, party)

        def find(books: SqlBooks, _session: Session) -> api.ListDisputesResponse:
            found = books.disputes(party=party, statement_id=request.statement_id)
            shown = [item for item in found if item.is_open or not request.open_only]
            return api.ListDisputesResponse(disputes=map(dispute_message, shown))

        return await self._settlement.read(find)

    async def _step(
        self,
        request: Any,
        context: Context,
        answer: type[A],
        step: DisputeStep,
        agreed_minor: int | None = None,
    ) -> A:
        caller = self._callers.of(context)

        def work(books: SqlBooks, act: Act) -> Dispute:
            _refuse_stranger(books, request.dispute_id, caller)
            return step_dispute(books, request.dispute_id, step, act, agreed_minor)

        return await self._once(request, caller, answer, work)

    async def _once(
        self, request: Any, caller: Caller, answer: type[A], work: Callable[[SqlBooks, Act], Dispute]
    ) -> A:
        actor, text = checked_actor(request.actor, caller), checked_text(request.text, "text", needed=True)
        act = Act(actor, self._clock.now(), text)

        def done(books: SqlBooks, _session: Session) -> bytes:
            message = answer()
            message.dispute.CopyFrom(dispute_message(work(books, act)))  # type: ignore[attr-defined]
            return message.SerializeToString()

        mark = fingerprint(request, caller)
        return answer.FromString(await self._settlement.once(checked_id(request.request_id), mark, done))


def _refuse_stranger(books: SqlBooks, dispute_id: str, caller: Caller) -> None:
    """A partner hears of another's dispute what it hears of one that does not exist."""
    found = books.dispute(dispute_id)
    is_own = found is not None and found.party_code == caller.party
    if caller.role is not Role.OPERATOR and not is_own:
        words = f"there is no dispute {dispute_id!r}"
        raise RefusedError(Refused(reasons.DISPUTE_UNKNOWN, words, "dispute_id"))


def dispute_message(dispute: Dispute) -> api.Dispute:
    """A dispute with its trail."""
    message = api.Dispute(
        dispute_id=dispute.dispute_id,
        statement_id=dispute.statement_id,
        line_number=dispute.line_number,
        party_code=dispute.party_code,
        state=_STATES[dispute.state],
        currency_code=dispute.currency_code,
        line_minor=dispute.line_minor,
        claimed_minor=dispute.claimed_minor,
        agreed_minor=dispute.agreed_minor or 0,
        raised_at=stamp(dispute.trail[0].at),
    )
    for item in dispute.trail:
        message.trail.add(at=stamp(item.at), actor=item.actor, state=_STATES[item.state], text=item.text)
    return message
