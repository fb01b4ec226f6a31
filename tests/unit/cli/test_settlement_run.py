"""`tidemark settlement run`: from where a run stands up to where it is wanted, each step shown."""

from __future__ import annotations

import json

import pytest
from tidemark.partner_settlement.v1 import settlement_api_pb2 as api

from services.common.kernel.outcome import Refused
from services.partner_settlement.domain.reasons import NOTHING_TO_SETTLE, RUN_UNKNOWN
from tests.support.fake_services import FakeServices
from tests.support.settlement_answers import PERIOD, STATES, SUMMARIES, run_in
from tests.unit.cli.conftest import Tidemark

OPEN, FROZEN, CALCULATED, APPROVED, CLOSED, PAID = STATES
UNKNOWN = Refused(RUN_UNKNOWN, "there is no run '2026-11'", "run_id")


@pytest.fixture
def walked(services: FakeServices) -> FakeServices:
    """Services that settle the period; how the run stands is for the test to say."""
    services.answer("FreezeRun", api.FreezeRunResponse(run=run_in(FROZEN)))
    services.answer("CalculateRun", api.CalculateRunResponse(run=run_in(CALCULATED)))
    services.answer("ApproveRun", api.ApproveRunResponse(run=run_in(APPROVED)))
    services.answer("CloseRun", api.CloseRunResponse(run=run_in(CLOSED)))
    services.answer("ListStatements", SUMMARIES)
    return services


def stands(services: FakeServices, state: api.RunState.ValueType) -> None:
    services.answer("GetRun", api.GetRunResponse(run=run_in(state)))


def steps(services: FakeServices) -> list[str]:
    """What was asked to be done, without what was only read."""
    names = [type(request).__name__ for request in services.requests]
    return [name.removesuffix("RunRequest") for name in names if name.endswith("RunRequest")][1:]


def words(text: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in text.splitlines()]


def test_a_period_nobody_has_begun_is_frozen_and_calculated(tidemark: Tidemark, walked: FakeServices) -> None:
    walked.answer("GetRun", UNKNOWN)
    result = tidemark("settlement", "run", PERIOD, "--early")
    assert result.exit_code == 0, result.output
    assert steps(walked) == ["Freeze", "Calculate"]
    assert walked.requests[1].early
    assert walked.requests[1].request_id != walked.requests[2].request_id
    shown = words(result.stdout)
    assert "2026-11 is open" in shown
    assert "✓ frozen 394 records, 1,234.50 EUR, 1,200 JPY gross" in shown
    assert "✓ calculated 2 statements, 1 parked, 1 finding" in shown
    assert "open → frozen → [calculated] → approved → closed → paid" in shown


def test_a_calculated_run_is_shown_by_party_and_currency(tidemark: Tidemark, walked: FakeServices) -> None:
    stands(walked, FROZEN)
    shown = words(tidemark("settlement", "run", PERIOD).stdout)
    assert "melody melody/2026-11/1 900.00 EUR 88.00 EUR 812.00 EUR" in shown
    assert "melody melody/2026-11/1 700 JPY 700 JPY 0 JPY" in shown
    assert "rides rides/2026-11/1 nothing SHARE_BEYOND_BASIS" in shown
    assert "NO_AGREEMENT 3 records without an agreement" in shown
    assert f"input hash: {'3fa9' * 16}" in shown
    (parked,) = (line for line in shown if "1 parked: " in line)
    assert "tidemark settlement release rides/2026-11/1" in parked
    assert shown[-1].startswith("next: look at the statements; ")


def test_it_goes_on_where_the_run_stands(tidemark: Tidemark, walked: FakeServices) -> None:
    stands(walked, CALCULATED)
    result = tidemark("settlement", "run", PERIOD, "--until", "closed", "--actor", "ada")
    assert result.exit_code == 0, result.output
    assert steps(walked) == ["Approve", "Close"]
    assert {request.actor for request in walked.requests[1:3]} == {"ada"}
    assert "✓ approved by finance-desk" in words(result.stdout)


@pytest.mark.parametrize("state", [CALCULATED, CLOSED, PAID])
def test_where_there_is_nothing_to_do_it_changes_nothing(
    tidemark: Tidemark, walked: FakeServices, state: api.RunState.ValueType
) -> None:
    stands(walked, state)
    assert tidemark("settlement", "run", PERIOD).exit_code == 0
    assert steps(walked) == []


def test_rates_calculate_a_calculated_run_once_more(tidemark: Tidemark, walked: FakeServices) -> None:
    stands(walked, CALCULATED)
    result = tidemark("settlement", "run", PERIOD, "--fx", "CHF/EUR=1.05@2026-11-30")
    assert result.exit_code == 0, result.output
    assert steps(walked) == ["Calculate"]
    (rate,) = walked.requests[1].exchange_rates
    assert (rate.from_currency_code, rate.to_currency_code) == ("CHF", "EUR")
    assert (rate.rate, rate.date) == ("1.05", "2026-11-30")


def test_rates_that_come_too_late_are_not_passed_over(tidemark: Tidemark, walked: FakeServices) -> None:
    stands(walked, APPROVED)
    result = tidemark("settlement", "run", PERIOD, "--fx", "CHF/EUR=1.05@2026-11-30")
    assert result.exit_code == 1
    assert "2026-11 is approved: rates count when a run is calculated" in result.stderr
    assert steps(walked) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--until", "closed"),
        ("--until", "paid", "--actor", "ada"),
        ("--until", "frozen", "--fx", "CHF/EUR=1.05@2026-11-30"),
        ("--fx", "CHF/EUR=1.05"),
        ("--fx", "CHF/CHF=1.05@2026-11-30"),
        ("--fx", "CHF/EUR=0@2026-11-30"),
        ("--fx", "CHF/EUR=1.05@2026-11-31"),
        ("--fx", "CHF/ZZZ=1.05@2026-11-30"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(
    tidemark: Tidemark, walked: FakeServices, arguments: tuple[str, ...]
) -> None:
    assert tidemark("settlement", "run", PERIOD, *arguments).exit_code == 2
    assert walked.requests == []


def test_a_refused_step_keeps_those_before_it_and_says_what_to_do(
    tidemark: Tidemark, walked: FakeServices
) -> None:
    walked.answer("GetRun", UNKNOWN)
    walked.answer("FreezeRun", Refused(NOTHING_TO_SETTLE, "nothing was charged in 2026-11", "period"))
    result = tidemark("settlement", "run", PERIOD)
    assert result.exit_code == 1
    assert "2026-11 is open" in result.stdout
    assert "nothing was charged in 2026-11 (NOTHING_TO_SETTLE, field period); " in result.stderr
    assert "`tidemark settlement status`" in result.stderr


def test_json_is_a_line_for_each_step(tidemark: Tidemark, walked: FakeServices) -> None:
    stands(walked, OPEN)
    lines = [json.loads(line) for line in tidemark("settlement", "run", PERIOD, "--json").stdout.splitlines()]
    assert [line["state"] for line in lines] == ["RUN_STATE_OPEN", "RUN_STATE_FROZEN", "RUN_STATE_CALCULATED"]
    assert lines[1]["record_count"] == "394"
