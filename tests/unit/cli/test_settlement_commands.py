"""`tidemark settlement`: single steps, runs as they are, and how far the journal is followed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.message import Message
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api

from services.cli.settling.run_view import dots
from services.common.kernel.outcome import Refused
from services.partner_settlement.domain.reasons import RUN_UNKNOWN
from tests.support.fake_services import FakeServices
from tests.support.settlement_answers import MELODY, PERIOD, STATES, SUMMARIES, amount, run_in
from tests.unit.cli.conftest import Tidemark
from tests.unit.cli.test_settlement_run import words

OPEN, FROZEN, CALCULATED, APPROVED, CLOSED, PAID = STATES
STEPS: list[tuple[str, tuple[str, ...], Message, dict[str, Any]]] = [
    (
        "FreezeRun",
        ("freeze", PERIOD, "--early"),
        api.FreezeRunResponse(run=run_in(FROZEN)),
        {"period": PERIOD, "early": True, "actor": "cli"},
    ),
    (
        "CalculateRun",
        ("calculate", PERIOD, "--fx", "CHF/EUR=1.05@2026-11-30"),
        api.CalculateRunResponse(run=run_in(CALCULATED)),
        {"run_id": PERIOD, "actor": "cli"},
    ),
    (
        "ApproveRun",
        ("approve", PERIOD, "--actor", "ada"),
        api.ApproveRunResponse(run=run_in(APPROVED)),
        {"run_id": PERIOD, "actor": "ada"},
    ),
    (
        "CloseRun",
        ("close", PERIOD, "--actor", "ada"),
        api.CloseRunResponse(run=run_in(CLOSED)),
        {"run_id": PERIOD, "actor": "ada"},
    ),
    (
        "PayRun",
        ("pay", PERIOD, "--reference", "SEPA-1", "--actor", "ada"),
        api.PayRunResponse(run=run_in(PAID)),
        {"run_id": PERIOD, "payment_reference": "SEPA-1", "actor": "ada"},
    ),
    (
        "ReopenRun",
        ("reopen", PERIOD, "--reason", "wrong", "--actor", "ada"),
        api.ReopenRunResponse(run=run_in(OPEN, revision=2)),
        {"run_id": PERIOD, "reason": "wrong", "actor": "ada"},
    ),
]


@pytest.mark.parametrize(("method", "arguments", "answer", "sent"), STEPS, ids=lambda value: str(value)[:9])
def test_a_step_is_taken_once_however_often_it_is_asked_for(
    tidemark: Tidemark,
    services: FakeServices,
    method: str,
    arguments: tuple[str, ...],
    answer: Any,
    sent: dict[str, Any],
) -> None:
    services.answer(method, answer)
    services.answer("ListStatements", SUMMARIES)
    result = tidemark("settlement", *arguments, "--request-id", "once")
    assert result.exit_code == 0, result.output
    request = services.requests[0]
    assert request.request_id == "once"
    assert {name: getattr(request, name) for name in sent} == sent
    state = api.RunState.Name(answer.run.state).removeprefix("RUN_STATE_").lower()
    assert f"[{state}]" in result.stdout
    fresh = [tidemark("settlement", *arguments, "--json") for _ in range(2)]
    assert json.loads(fresh[0].stdout)["run"]["period"] == PERIOD
    ids = {item.request_id for item in services.requests if type(item) is type(request)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "arguments",
    [("approve", PERIOD), ("pay", PERIOD, "--actor", "ada"), ("reopen", PERIOD, "--actor", "ada")],
)
def test_what_somebody_answers_for_names_them_and_says_why(
    tidemark: Tidemark, arguments: tuple[str, ...]
) -> None:
    assert tidemark("settlement", *arguments).exit_code == 2


def test_a_parked_statement_is_released_with_a_reason(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ReleaseParkedStatement", api.ReleaseParkedStatementResponse(released=[amount(81_200)]))
    result = tidemark("settlement", "release", MELODY, "--reason", "checked", "--actor", "ada")
    assert "released 812.00 EUR; it stands in the next statement of melody" in result.stdout
    (request,) = services.requests
    assert (request.statement_id, request.reason, request.actor) == (MELODY, "checked", "ada")


def test_runs_are_rows_with_their_progress(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ListRuns", api.ListRunsResponse(runs=[run_in(CALCULATED), run_in(OPEN, revision=2)]))
    shown = words(tidemark("settlement", "runs").stdout)
    assert "2026-11 ●●●○○○ calculated 1 394 1,234.50 EUR, 1,200 JPY 2 1 2026-12-01 00:00:00Z" in shown, shown
    assert "2026-11 ●○○○○○ open 2" in shown
    services.answer("ListRuns", api.ListRunsResponse())
    assert "no period was settled yet" in tidemark("settlement", "runs").stdout


def test_a_run_is_shown_with_its_history_and_watermarks(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetRun", api.GetRunResponse(run=run_in(CLOSED)))
    services.answer("ListStatements", SUMMARIES)
    shown = words(tidemark("settlement", "show", PERIOD).stdout)
    assert "2026-12-01 00:00:00Z 1 approved closed finance-desk" in shown
    assert f"0 4711 {'ab' * 32}" in shown
    assert any(line.startswith("next: `tidemark settlement pay 2026-11 ") for line in shown)


def test_without_totals_what_is_payable_is_shown(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetRun", api.GetRunResponse(run=run_in(PAID)))
    services.answer("ListStatements", type(SUMMARIES)())
    shown = words(tidemark("settlement", "show", PERIOD).stdout)
    assert "melody melody/2026-11/1 812.00 EUR" in shown
    assert not any(line.startswith("next: ") for line in shown)


def test_an_unknown_run_says_where_the_runs_are(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetRun", Refused(RUN_UNKNOWN, "there is no run '2026-13'", "run_id"))
    result = tidemark("settlement", "show", "2026-13")
    assert result.exit_code == 1
    assert "`tidemark settlement runs` shows the runs there are" in result.stderr


def test_status_says_how_far_the_journal_is_followed_and_what_is_in_the_way(
    tidemark: Tidemark, services: FakeServices
) -> None:
    mark = api.Watermark(partition=0, sequence=4711, journal_hash=b"\xab" * 32)
    services.answer("GetAccrualStatus", api.GetAccrualStatusResponse(watermarks=[mark], records=394))
    shown = words(tidemark("settlement", "status").stdout)
    assert "394 settlement records out of charging's journal" in shown
    assert f"0 4711 {'ab' * 32}" in shown
    assert "it follows freely" in shown
    services.answer("GetAccrualStatus", api.GetAccrualStatusResponse(fault="record 7 is unknown"))
    assert "it can't go on: record 7 is unknown" in tidemark("settlement", "status").stdout


def test_a_state_that_is_not_known_here_has_no_dots() -> None:
    assert dots(api.RUN_STATE_UNSPECIFIED) == "○○○○○○"
    assert dots(PAID) == "●●●●●●"
