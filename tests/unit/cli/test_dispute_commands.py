"""`tidemark disputes`: amounts in the currency of the line, what was said as a conversation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import dispute_api_pb2 as api
from tidemark.partner_settlement.v1 import report_api_pb2, statement_pb2

from services.common.kernel.outcome import Refused
from services.partner_settlement.domain.reasons import ALREADY_DISPUTED
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark
from tests.unit.cli.test_settlement_run import words

AT = Timestamp(seconds=1_796_083_200)
STATEMENT = "melody/2026-11/1"
SAYS = ("--text", "we count 40 plays more", "--actor", "melody")
RAISED, ANSWERED = api.DISPUTE_STATE_RAISED, api.DISPUTE_STATE_ANSWERED
ESCALATED, ACCEPTED = api.DISPUTE_STATE_ESCALATED, api.DISPUTE_STATE_ACCEPTED


def dispute(*states: api.DisputeState.ValueType, currency: str = "EUR", agreed: int = 0) -> api.Dispute:
    """A dispute that went through states."""
    return api.Dispute(
        dispute_id="d-1",
        statement_id=STATEMENT,
        line_number=2,
        party_code="melody",
        state=states[-1],
        currency_code=currency,
        line_minor=1_100,
        claimed_minor=1_250,
        agreed_minor=agreed,
        raised_at=AT,
        trail=[
            api.DisputeMessage(at=AT, actor=f"actor-{place}", state=state, text=f"words {place}")
            for place, state in enumerate(states)
        ],
    )


def statement(*currencies: str) -> list[Any]:
    """A statement as it is streamed, with a line in each currency."""
    lines = [
        report_api_pb2.StreamStatementResponse(
            line=statement_pb2.StatementLine(number=place, currency_code=code)
        )
        for place, code in enumerate(currencies, 1)
    ]
    summary = report_api_pb2.StreamStatementResponse(summary=report_api_pb2.StatementSummary())
    return [summary, *lines, report_api_pb2.StreamStatementResponse(footer=statement_pb2.StatementFooter())]


@pytest.mark.parametrize(
    ("claimed", "line", "minor"),
    [
        ("12.50", 2, 1_250),
        ("12.50EUR", 2, 1_250),
        ("12.50 EUR", 2, 1_250),
        ("-12.50", 2, -1_250),
        ("12", 1, 12),
        ("0", 2, 0),
    ],
)
def test_a_claim_is_read_in_the_currency_of_its_line(
    tidemark: Tidemark, services: FakeServices, claimed: str, line: int, minor: int
) -> None:
    services.answer("StreamStatement", statement("JPY", "EUR"))
    services.answer("RaiseDispute", api.RaiseDisputeResponse(dispute=dispute(RAISED)))
    result = tidemark("disputes", "raise", STATEMENT, str(line), "--claimed", claimed, *SAYS)
    assert result.exit_code == 0, result.output
    request = services.requests[-1]
    assert (request.statement_id, request.line_number, request.claimed_minor) == (STATEMENT, line, minor)
    assert (request.text, request.actor) == ("we count 40 plays more", "melody")
    assert "the line is 11.00 EUR, claimed 12.50 EUR, held back from what is paid" in result.stdout


@pytest.mark.parametrize("claimed", ["12.50USD", "12.505", "much", "1,250.00", ""])
def test_a_claim_that_cannot_be_meant_is_wrong_usage(
    tidemark: Tidemark, services: FakeServices, claimed: str
) -> None:
    services.answer("StreamStatement", statement("EUR"))
    assert tidemark("disputes", "raise", STATEMENT, "1", "--claimed", claimed, *SAYS).exit_code == 2
    assert not any(isinstance(request, api.RaiseDisputeRequest) for request in services.requests)


def test_a_line_that_is_not_there_is_told(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("StreamStatement", statement("EUR"))
    result = tidemark("disputes", "raise", STATEMENT, "7", "--claimed", "1", *SAYS)
    assert result.exit_code == 1
    assert f"{STATEMENT} has no line 7; `tidemark statements show {STATEMENT}`" in result.stderr


def test_a_refusal_says_where_to_look(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("StreamStatement", statement("EUR"))
    services.answer("RaiseDispute", Refused(ALREADY_DISPUTED, "line 1 was disputed before", "line_number"))
    result = tidemark("disputes", "raise", STATEMENT, "1", "--claimed", "1", *SAYS)
    assert result.exit_code == 1
    assert "`tidemark disputes list --statement` shows how it went" in result.stderr


@pytest.mark.parametrize("step", ["answer", "escalate", "accept", "reject", "withdraw"])
def test_each_step_says_what_is_said_and_by_whom(
    tidemark: Tidemark, services: FakeServices, step: str
) -> None:
    method = f"{step.capitalize()}Dispute"
    services.answer(method, getattr(api, f"{method}Response")(dispute=dispute(RAISED, ANSWERED)))
    result = tidemark("disputes", step, "d-1", *SAYS, "--request-id", "r-1")
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    assert type(request).__name__ == f"{method}Request"
    assert (request.request_id, request.dispute_id) == ("r-1", "d-1")
    assert (request.text, request.actor) == ("we count 40 plays more", "melody")
    assert tidemark("disputes", step, "d-1", "--text", "so").exit_code == 2


def test_what_is_agreed_is_read_in_the_disputes_currency(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ListDisputes", api.ListDisputesResponse(disputes=[dispute(RAISED, currency="JPY")]))
    accepted = api.AcceptDisputeResponse(dispute=dispute(RAISED, ACCEPTED, agreed=1_200))
    services.answer("AcceptDispute", accepted)
    assert tidemark("disputes", "accept", "d-1", "--agreed", "1200", *SAYS).exit_code == 0
    assert services.requests[-1].agreed_minor == 1_200
    assert tidemark("disputes", "accept", "d-1", "--agreed", "12.50", *SAYS).exit_code == 2
    shown = tidemark("disputes", "accept", "d-1", *SAYS)
    assert not services.requests[-1].HasField("agreed_minor")
    assert "agreed 12.00 EUR" in shown.stdout
    assert "held back" not in shown.stdout


def test_a_dispute_is_shown_as_a_conversation(tidemark: Tidemark, services: FakeServices) -> None:
    told = dispute(RAISED, ANSWERED, ESCALATED, ESCALATED, ACCEPTED, agreed=1_200)
    services.answer("ListDisputes", api.ListDisputesResponse(disputes=[told]))
    shown = words(tidemark("disputes", "show", "d-1").stdout)
    said = [line.removeprefix("2026-12-01 00:00:00Z ") for line in shown if line.startswith("2026-12-01")]
    assert said == [
        "actor-0 disputes the line",
        "actor-1 answers",
        "actor-2 escalates it",
        "actor-3 answers",
        "actor-4 accepts it",
    ]
    assert [line for line in shown if line.startswith("words")] == [f"words {place}" for place in range(5)]
    document = json.loads(tidemark("disputes", "show", "d-1", "--json").stdout)
    assert document["claimed_minor"] == "1250"


def test_a_dispute_that_is_not_there_is_told(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ListDisputes", api.ListDisputesResponse())
    for arguments in (("show", "d-9"), ("accept", "d-9", "--agreed", "1", *SAYS)):
        result = tidemark("disputes", *arguments)
        assert result.exit_code == 1
        assert "there is no dispute d-9; `tidemark disputes list`" in result.stderr


def test_disputes_are_rows(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ListDisputes", api.ListDisputesResponse(disputes=[dispute(RAISED, ANSWERED)]))
    result = tidemark("disputes", "list", "--party", "melody", "--statement", STATEMENT, "--open")
    row = f"d-1 {STATEMENT} 2 answered 11.00 EUR 12.50 EUR 2026-12-01 00:00:00Z 2"
    assert row in words(result.stdout)
    (request,) = services.requests
    assert (request.party_code, request.statement_id, request.open_only) == ("melody", STATEMENT, True)
    services.answer("ListDisputes", api.ListDisputesResponse())
    assert "nothing is in dispute" in tidemark("disputes", "list").stdout
