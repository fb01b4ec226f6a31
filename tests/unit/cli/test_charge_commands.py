"""`tidemark explain` and `tidemark rerate`: sentences, steps, corrections."""

from __future__ import annotations

import json

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charge_api_pb2 as api
from tidemark.type.v1 import money_pb2, quantity_pb2

from services.common.kernel.outcome import Category, Reason, Refused
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

UNKNOWN = Refused(Reason("CHARGE_UNKNOWN", Category.NOT_FOUND), "there is no such charge", "charge_id")
PERIOD = ("--from", "2026-03-01T00:00:00Z", "--to", "2026-04-01T00:00:00Z")
SIGNED = ("--reason", "wrong price", "--actor", "pricing-desk")


def euros(minor_micros: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="EUR", minor_micros=minor_micros)


def explanation() -> api.ExplainChargeResponse:
    return api.ExplainChargeResponse(
        price_id="3/prepaid/data",
        sentences=["Data, 1 MB [of it] on Monday.", "In all 0.10 EUR."],
        steps=[
            api.ExplanationStep(
                kind="increments",
                text="Counted as reported.",
                units=quantity_pb2.Quantity(unit="octets", amount=1_000_000),
            ),
            api.ExplanationStep(kind="money", text="In all 0.10 EUR.", amount=euros(10_000_000)),
        ],
    )


def answers() -> list[api.RerateChargesResponse]:
    correction = api.ChargeCorrection(
        charge_id="c-0-7-1-1", correction_id="k-0-9-1-1", before=euros(30_000_000), after=euros(10_000_000)
    )
    return [
        api.RerateChargesResponse(
            account_id="acme",
            charges_seen=3,
            charges_corrected=1,
            corrected=[euros(-20_000_000)],
            corrections=[correction],
            uncorrected=[
                api.UncorrectedCharge(charge_id=f"c-0-8-1-{number}", detail="no price") for number in (1, 2)
            ],
        ),
        api.RerateChargesResponse(charges_seen=3, charges_corrected=1, corrected=[euros(-20_000_000)]),
    ]


def rows(stdout: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in stdout.splitlines()]


def test_an_explanation_is_sentences_in_a_panel_and_a_table_of_steps(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("ExplainCharge", explanation())
    shown = rows(tidemark("explain", "c-0-7-1-1").stdout)
    assert services.requests[0].charge_id == "c-0-7-1-1"
    assert "Data, 1 MB [of it] on Monday." in shown
    assert "increments Counted as reported. 1.00 MB" in shown
    assert "money In all 0.10 EUR. 0.10 EUR" in shown


def test_an_explanation_as_json_holds_exact_figures(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ExplainCharge", explanation())
    document = json.loads(tidemark("explain", "c-0-7-1-1", "--json").stdout)
    assert document["steps"][1]["amount"] == {"currency_code": "EUR", "minor_micros": "10000000"}


def test_an_unknown_charge_is_one_line_with_advice(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ExplainCharge", UNKNOWN)
    result = tidemark("explain", "c-0-7-1-1")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "there is no such charge (CHARGE_UNKNOWN, field charge_id)" in result.stderr


def test_a_run_is_a_row_for_each_account_and_one_for_the_sum(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("RerateCharges", answers())
    result = tidemark(
        "rerate", "--version", "4", *PERIOD, *SIGNED, "--request-id", "run-1", "--account", "acme"
    )
    shown = rows(result.stdout)
    assert "acme 3 1 -0.20 EUR 2 charges: no price" in shown
    assert "in all 3 1 -0.20 EUR" in shown
    assert shown[-1].startswith("run run-1;")
    request = services.requests[0]
    assert (request.request_id, request.catalog_version, list(request.account_ids)) == ("run-1", 4, ["acme"])
    assert (request.reason, request.actor, request.preview) == ("wrong price", "pricing-desk", False)
    assert request.used_until == Timestamp(seconds=1_775_001_600)


def test_a_preview_needs_no_reason_and_says_what_it_is(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("RerateCharges", answers())
    result = tidemark("rerate", "--version", "4", *PERIOD, "--preview")
    assert "preview: nothing was written" in result.stdout
    assert services.requests[0].preview


def test_a_run_as_json_is_a_line_for_each_account(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("RerateCharges", answers())
    result = tidemark("rerate", "--version", "4", *PERIOD, *SIGNED, "--json")
    first, last = map(json.loads, result.stdout.splitlines())
    assert first["corrections"][0]["correction_id"] == "k-0-9-1-1"
    assert (last["account_id"], last["charges_seen"]) == ("", "3")


@pytest.mark.parametrize("missing", ["--reason", "--actor"])
def test_corrections_are_signed_and_explained(
    tidemark: Tidemark, services: FakeServices, missing: str
) -> None:
    given = [item for pair in (SIGNED[:2], SIGNED[2:]) if pair[0] != missing for item in pair]
    result = tidemark("rerate", "--version", "4", *PERIOD, *given)
    assert result.exit_code == 2
    assert missing in result.stderr
    assert services.requests == []
