"""Many charging requests in one message: each is decided and refused as if it had come by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tidemark.charging.v1 import charging_api_pb2

from services.charging.adapters.messages.common import refuse
from services.charging.domain import reasons
from services.common.kernel.outcome import Refused
from services.common.runtime.grpc_errors import status_code
from services.common.runtime.grpc_guard import refusal

MOST_REQUESTS = 1_000

Handler = Callable[[Any, Any], Awaitable[Any]]


class ChargeBatch:
    """Hands the requests of a batch to the handlers of single calls, by the field that they came in."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    async def __call__(
        self, request: charging_api_pb2.ChargeBatchRequest, context: Any
    ) -> charging_api_pb2.ChargeBatchResponse:
        """The answers in the order of the requests. Raises RefusedError FIELD_INVALID for too many."""
        if len(request.requests) > MOST_REQUESTS:
            raise refuse(reasons.FIELD_INVALID, f"at most {MOST_REQUESTS} requests at once", "requests")
        # Tasks begin in the order in which they are made, and each decides before it first waits.
        answers = await asyncio.gather(*(self._answer(one, context) for one in request.requests))
        return charging_api_pb2.ChargeBatchResponse(answers=answers)

    async def _answer(
        self, request: charging_api_pb2.BatchedRequest, context: Any
    ) -> charging_api_pb2.BatchedAnswer:
        kind = request.WhichOneof("request")
        answer = charging_api_pb2.BatchedAnswer()
        if kind is None:
            _fill(answer.refused, refuse(reasons.FIELD_MISSING, "which request?", "request").refused)
            return answer
        try:
            given = await self._handlers[kind](getattr(request, kind), context)
        except Exception as error:
            _fill(answer.refused, refusal(f"ChargeBatch/{kind}", error))
        else:
            getattr(answer, kind).CopyFrom(given)
        return answer


def _fill(message: charging_api_pb2.BatchedRefusal, refused: Refused) -> None:
    message.code = status_code(refused).value[0]
    message.reason = refused.reason.name
    message.message = refused.message
    message.field = refused.field
    message.metadata.update(refused.metadata)
