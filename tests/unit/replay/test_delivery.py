"""A request is sent again, unchanged, until it is answered, over a real channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import pytest
from tidemark.charging.v1 import charging_api_pb2

from services.cli.replay.charging_data import Service, SessionIdentity, debit_request
from services.cli.replay.delivery import Delivery, DeliveryError
from services.cli.replay.outgoing import Answer, Outgoing, Refusal
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Category, Reason, Refused
from services.common.runtime.grpc_errors import abort

IDENTITY = SessionIdentity(Service.MESSAGE, "imsi-001010000000001", "m-1", Instant(0))
DEBIT = Outgoing(0, debit_request(IDENTITY, 300, 1, 5))


Request = charging_api_pb2.ChargeOneTimeEventRequest
Response = charging_api_pb2.ChargeOneTimeEventResponse


class FailingCharging:
    """Ends the first calls with the given status codes, then answers."""

    def __init__(self, failures: list[grpc.StatusCode], refused: Refused | None = None) -> None:
        self.received: list[Request] = []
        self._failures = failures
        self._refused = refused

    async def charge(
        self, request: Request, context: grpc.aio.ServicerContext[Request, Response]
    ) -> Response:
        self.received.append(request)
        if self._failures:
            await context.abort(self._failures.pop(0), "not now")
        if self._refused is not None:
            await abort(context, self._refused)
        response = Response()
        response.charging_data.invocation_sequence_number = 1
        return response

    def handlers(self) -> grpc.GenericRpcHandler[Request, Response]:
        charge = grpc.unary_unary_rpc_method_handler(
            self.charge,
            request_deserializer=Request.FromString,
            response_serializer=Response.SerializeToString,
        )
        service = charging_api_pb2.DESCRIPTOR.services_by_name["ChargingService"].full_name
        return grpc.method_handlers_generic_handler(service, {"ChargeOneTimeEvent": charge})


@asynccontextmanager
async def delivery_to(charging: FailingCharging, give_up_seconds: float = 30) -> AsyncIterator[Delivery]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((charging.handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Delivery(channel, give_up_seconds)
    finally:
        await server.stop(grace=None)


async def test_the_same_request_is_sent_again_until_charging_answers() -> None:
    charging = FailingCharging([grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED])
    async with delivery_to(charging) as delivery:
        answer = await delivery.send(DEBIT)
    assert isinstance(answer, Answer)
    assert answer.charging_data.invocation_sequence_number == 1
    assert delivery.retransmissions == 2
    assert [item.charging_data.retransmission_indicator for item in charging.received] == [False, True, True]
    for item in charging.received:
        item.charging_data.retransmission_indicator = False
    assert all(item == DEBIT.request for item in charging.received)


async def test_a_refusal_is_an_answer_with_its_reason_and_field() -> None:
    refused = Refused(
        Reason("USER_UNKNOWN", Category.NOT_FOUND), "nobody", "charging_data.subscriber_identifier"
    )
    async with delivery_to(FailingCharging([], refused)) as delivery:
        assert await delivery.send(DEBIT) == Refusal(
            "USER_UNKNOWN", "nobody (field charging_data.subscriber_identifier)"
        )


async def test_a_failure_without_a_reason_stops_the_element() -> None:
    async with delivery_to(FailingCharging([grpc.StatusCode.UNIMPLEMENTED])) as delivery:
        with pytest.raises(DeliveryError, match="UNIMPLEMENTED: not now"):
            await delivery.send(DEBIT)


async def test_it_gives_up_when_nobody_answers_in_time() -> None:
    charging = FailingCharging([grpc.StatusCode.UNAVAILABLE] * 1000)
    async with delivery_to(charging, give_up_seconds=0) as delivery:
        with pytest.raises(DeliveryError, match="did not answer for 0 s"):
            await delivery.send(DEBIT)
    assert len(charging.received) == 1
