"""`tidemark offers accept`, `decline`, `feedback`: what is sent, and what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import typer
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.type.v1 import money_pb2
from typer.testing import CliRunner, Result

from services.cli.commands.offers_effects import register

Run = Callable[..., Result]
AT = Timestamp(seconds=1_772_438_400)


class _Offers:
    """Says yes to everything."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def handlers(self) -> grpc.GenericRpcHandler[Any, Any]:
        """For a server."""
        charged = money_pb2.Money(currency_code="EUR", minor_micros=200_000_000)
        accepted = api.AcceptOfferResponse(charged=charged, charge_ids=["c-1"], accepted_at=AT, trial_end=AT)
        methods = {
            "AcceptOffer": self._method(api.AcceptOfferRequest, accepted),
            "DeclineOffer": self._method(api.DeclineOfferRequest, api.DeclineOfferResponse(quiet_until=AT)),
            "GiveFeedback": self._method(api.GiveFeedbackRequest, api.GiveFeedbackResponse()),
        }
        return grpc.method_handlers_generic_handler("tidemark.offers.v1.OfferService", methods)

    def _method(self, request_class: type[Message], answer: Message) -> grpc.RpcMethodHandler[Any, Any]:
        def answered(request: Any, _context: Any) -> Message:
            self.requests.append(request)
            return answer

        return grpc.unary_unary_rpc_method_handler(
            answered, request_class.FromString, lambda message: message.SerializeToString()
        )


@pytest.fixture
def offers() -> _Offers:
    return _Offers()


@pytest.fixture
def run(offers: _Offers) -> Iterator[Run]:
    """Runs `tidemark offers ARGUMENTS` against them."""
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    server.add_generic_rpc_handlers((offers.handlers(),))
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    group = typer.Typer()
    register(group)
    yield lambda *arguments: CliRunner().invoke(
        group, list(arguments), env={"TIDEMARK_OFFERS_ADDRESS": address}
    )
    server.stop(None)


def test_accept_sends_the_answer_and_shows_what_was_charged_and_when_a_trial_ends(
    run: Run, offers: _Offers
) -> None:
    result = run("accept", "d-1", "video-pass", "--request-id", "r-1", "--channel", "app")
    assert result.exit_code == 0, result.output
    (request,) = offers.requests
    assert request == api.AcceptOfferRequest(
        request_id="r-1", decision_id="d-1", offer_code="video-pass", channel="app"
    )
    assert "charged: 2.00 EUR (c-1)" in result.stdout
    assert "the trial ends at 2026-03-02 08:00:00Z" in result.stdout


def test_decline_sends_why_and_for_ever(run: Run, offers: _Offers) -> None:
    result = run("decline", "d-1", "video-pass", "--reason", "too-expensive", "--never-again")
    assert result.exit_code == 0, result.output
    (request,) = offers.requests
    assert (request.reason, request.never_again) == ("too-expensive", True)
    assert request.request_id
    assert "video-pass keeps quiet until 2026-03-02 08:00:00Z" in result.stdout
    assert "consent" in result.stdout


def test_feedback_is_a_rating_or_what_happened(run: Run, offers: _Offers) -> None:
    assert run("feedback", "d-1", "video-pass", "--rating", "5").exit_code == 0
    assert run("feedback", "d-1", "video-pass", "--as", "complained", "--reason", "too-often").exit_code == 0
    rated, complained = offers.requests
    assert (rated.kind, rated.rating) == (api.FEEDBACK_KIND_RATED, 5)
    assert (complained.kind, complained.reason) == (api.FEEDBACK_KIND_COMPLAINED, "too-often")


def test_feedback_that_is_both_or_neither_is_refused_before_anything_is_sent(
    run: Run, offers: _Offers
) -> None:
    assert run("feedback", "d-1", "video-pass").exit_code == 2
    assert run("feedback", "d-1", "video-pass", "--rating", "5", "--as", "seen").exit_code == 2
    assert run("feedback", "d-1", "video-pass", "--rating", "6").exit_code == 2
    assert offers.requests == []
