"""Every service as one real gRPC server with scripted answers, for tests of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from tidemark.catalog.v1 import catalog_api_pb2
from tidemark.charging.v1 import (
    account_api_pb2,
    charge_api_pb2,
    charging_api_pb2,
    journal_api_pb2,
    subscription_api_pb2,
)
from tidemark.notification.v1 import assistant_api_pb2, case_api_pb2, notification_api_pb2
from tidemark.partner_settlement.v1 import (
    agreement_api_pb2,
    dispute_api_pb2,
    ledger_api_pb2,
    loyalty_api_pb2,
    report_api_pb2,
    settlement_api_pb2,
)

from services.common.kernel.outcome import Refused
from services.common.runtime.grpc_errors import STATUS_DETAILS_KEY, status_code, status_details

Answer = Message | Refused | grpc.StatusCode | Sequence[Message | Refused | grpc.StatusCode]

_FILES = (
    account_api_pb2,
    charge_api_pb2,
    charging_api_pb2,
    journal_api_pb2,
    subscription_api_pb2,
    catalog_api_pb2,
    assistant_api_pb2,
    case_api_pb2,
    notification_api_pb2,
    agreement_api_pb2,
    dispute_api_pb2,
    ledger_api_pb2,
    loyalty_api_pb2,
    report_api_pb2,
    settlement_api_pb2,
)


class FakeServices:
    """Answers each method as scripted, once per `answer` call and then again the last one.

    `requests` are those received, in order, and `authorizations` what each presented (empty: nothing).
    A method without a script is UNIMPLEMENTED.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.requests: list[Any] = []
        self.authorizations: list[str] = []
        self._answers: dict[str, list[Answer]] = {}

    def answer(self, method: str, *answers: Answer) -> None:
        """What a method answers; a list is a stream. More than one: one per call."""
        self._answers[method] = list(answers)

    def next_answer(self, method: str, request: Message, context: grpc.ServicerContext) -> Answer:
        """Notes a request and picks its answer."""
        self.requests.append(request)
        self.authorizations.append(str(dict(context.invocation_metadata()).get("authorization", "")))
        answers = self._answers.get(method, [grpc.StatusCode.UNIMPLEMENTED])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def fake_services() -> Iterator[FakeServices]:
    """Runs the server on a free port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    services = FakeServices(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
    for file in _FILES:
        for descriptor in file.DESCRIPTOR.services_by_name.values():
            handlers = {method.name: _handler(services, method) for method in descriptor.methods}
            server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(descriptor.full_name, handlers),)
            )
    server.start()
    try:
        yield services
    finally:
        server.stop(None).wait()


def _handler(services: FakeServices, method: Any) -> Any:
    def unary(request: Message, context: grpc.ServicerContext) -> Message:
        (message,) = _messages(services.next_answer(method.name, request, context), context)
        return message

    def stream(request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        yield from _messages(services.next_answer(method.name, request, context), context)

    make: Callable[..., Any] = (
        grpc.unary_stream_rpc_method_handler
        if method.server_streaming
        else grpc.unary_unary_rpc_method_handler
    )
    return make(
        stream if method.server_streaming else unary,
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )


def _messages(answer: Answer, context: grpc.ServicerContext) -> Iterator[Message]:
    for part in answer if isinstance(answer, Sequence) else [answer]:
        if isinstance(part, Refused):
            context.set_trailing_metadata(((STATUS_DETAILS_KEY, status_details(part)),))
            context.abort(status_code(part), part.message)
        if isinstance(part, grpc.StatusCode):
            context.abort(part, "scripted")
        yield part
