"""Who a command is to a service that asks: the user's word, else the operator of the suite here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc
from tidemark.partner_settlement.v1 import settlement_api_pb2, settlement_api_pb2_grpc
from typer.testing import CliRunner, Result

from services.cli.invocation import Invocation
from services.cli.main import app
from services.cli.output import Output
from services.cli.supervision.state import SuiteState, write_state
from services.cli.supervision.token_secret import make_token_secret, read_token_secret
from services.cli.target import Target
from services.common.runtime.callers import Caller, Callers, Role
from services.common.runtime.token_keys import TokenKey
from tests.support.fake_services import FakeServices

SETTLEMENT = "partner_settlement"


class Call:
    """A context of a call that presents a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def invocation_metadata(self) -> Any:
        return (("authorization", f"Bearer {self._token}"),)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The folder of a suite, as far as its files."""
    write_state(tmp_path, SuiteState("s-1", "running", {"charging": 1, SETTLEMENT: 2}, {}))
    make_token_secret(tmp_path)
    return tmp_path


def caller(suite: Path, token: str) -> Caller:
    return Callers([TokenKey("HS256", read_token_secret(suite))]).of(Call(token))


def settlement(suite: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["settlement", *arguments, "--data-dir", str(suite)])


def test_a_command_is_the_operator_of_the_suite_it_finds(suite: Path) -> None:
    assert caller(suite, Target(suite).token_for(SETTLEMENT)).role is Role.OPERATOR


def test_a_token_that_was_given_wins(suite: Path) -> None:
    assert Target(suite, token="mine").token_for(SETTLEMENT) == "mine"


def test_a_service_that_does_not_ask_gets_no_token(suite: Path) -> None:
    assert Target(suite, token="mine").token_for("charging") == ""


def test_a_service_elsewhere_does_not_get_the_suites_token(suite: Path) -> None:
    elsewhere = {SETTLEMENT: "10.0.0.1:7630"}
    assert Target(suite, elsewhere).token_for(SETTLEMENT) == ""
    assert Target(suite, elsewhere, token="mine").token_for(SETTLEMENT) == "mine"


def test_without_a_suite_there_is_no_token(tmp_path: Path) -> None:
    assert Target(tmp_path).token_for(SETTLEMENT) == ""
    make_token_secret(tmp_path)  # left by one that was stopped
    assert Target(tmp_path).token_for(SETTLEMENT) == ""


def test_a_partners_token_makes_its_holder_that_partner(suite: Path) -> None:
    made = settlement(suite, "token", "music-house")
    assert made.exit_code == 0
    holder = caller(suite, made.stdout.strip())
    assert (holder.role, holder.party) == (Role.PARTNER, "music-house")
    document = json.loads(settlement(suite, "token", "music-house", "--minutes", "5", "--json").stdout)
    assert (document["party"], document["seconds"]) == ("music-house", 300)
    assert caller(suite, document["token"]) == holder


async def test_calls_to_partner_settlement_present_the_token_and_others_do_not(
    services: FakeServices, tmp_path: Path
) -> None:
    services.answer("GetAccrualStatus", settlement_api_pb2.GetAccrualStatusResponse())
    services.answer("ListCatalogVersions", catalog_api_pb2.ListCatalogVersionsResponse())
    addresses = {SETTLEMENT: services.address, "catalog": services.address}
    invocation = Invocation(Target(tmp_path, addresses, token="mine"), Output(as_json=False))
    async with invocation.channel(SETTLEMENT) as channel:
        await settlement_api_pb2_grpc.SettlementServiceStub(channel).GetAccrualStatus(
            settlement_api_pb2.GetAccrualStatusRequest(), timeout=5
        )
    async with invocation.channel("catalog") as channel:
        await catalog_api_pb2_grpc.CatalogServiceStub(channel).ListCatalogVersions(
            catalog_api_pb2.ListCatalogVersionsRequest(), timeout=5
        )
    assert services.authorizations == ["Bearer mine", ""]


def test_what_is_no_code_is_wrong_usage(suite: Path) -> None:
    assert settlement(suite, "token", "Music House").exit_code == 2


def test_without_a_suite_the_command_says_how_to_start_one(tmp_path: Path) -> None:
    refused = settlement(tmp_path, "token", "music-house")
    assert refused.exit_code == 1
    assert "start one with `tidemark up`" in refused.stderr
