"""`tidemark account` sends what was asked for and shows what came back."""

from __future__ import annotations

import json

from tidemark.charging.v1 import account_api_pb2 as api

from services.common.kernel.outcome import Category, Reason, Refused
from tests.support.accounts import acme, euros
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark


def test_an_account_is_shown_with_money_as_a_decimal_and_octets_in_short(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("GetAccount", api.GetAccountResponse(account=acme()))
    result = tidemark("account", "get", "acme")
    assert result.exit_code == 0
    assert services.requests == [api.GetAccountRequest(account_id="acme")]
    cells = [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]
    assert "account acme: 1 open session(s), as of journal record 7" in cells
    assert "sub-1 prepaid-data (v3) Europe/Berlin" in cells
    assert "b-money Money 10.00 EUR 2.50 EUR no end everything" in cells
    assert "b-video Video pass 4.99 GB 2026-03-31 23:33:20Z rating groups 107, 108" in cells


def test_json_has_exact_figures_and_nothing_else(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetAccount", api.GetAccountResponse(account=acme()))
    document = json.loads(tidemark("account", "get", "acme", "--json").stdout)
    money, video = document["account"]["buckets"]
    assert money["money"] == {"currency_code": "EUR", "minor_micros": "1000000000"}
    assert video["quantity"] == {"unit": "octets", "amount": "4999999999"}


def test_an_identifier_is_looked_up_as_one(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetAccount", api.GetAccountResponse(account=acme()))
    tidemark("account", "get", "msisdn-491700000001")
    assert services.requests == [api.GetAccountRequest(subscriber_identifier="msisdn-491700000001")]


def test_provision_sends_subscribers_offerings_and_money(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ProvisionAccount", api.ProvisionAccountResponse(account=acme()))
    result = tidemark(
        *("account", "provision", "acme", "--opening-balance", "10", "--credit-limit", "5.50"),
        *("--subscriber", "imsi-262017000000001:prepaid-data,video-pass", "--time-zone", "Europe/Berlin"),
        *("--effective-from", "2026-03-02T09:00:00+01:00", "--request-id", "r-1"),
    )
    assert result.exit_code == 0, result.output
    (request,) = services.requests
    assert request.request_id == "r-1"
    assert request.opening_balance == euros(1_000_000_000)
    assert request.credit_limit == euros(550_000_000)
    assert request.effective_from.ToJsonString() == "2026-03-02T08:00:00Z"
    (subscriber,) = request.subscribers
    assert list(subscriber.identifiers) == ["imsi-262017000000001"]
    assert subscriber.time_zone == "Europe/Berlin"


def test_absent_amounts_stay_absent(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ProvisionAccount", api.ProvisionAccountResponse(account=acme()))
    tidemark("account", "provision", "acme", "--subscriber", "imsi-262017000000001:prepaid-data")
    (request,) = services.requests
    assert not request.HasField("opening_balance")
    assert not request.HasField("credit_limit")
    assert not request.HasField("effective_from")


def test_each_run_has_a_request_id_of_its_own_unless_one_is_given(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("TopUpAccount", api.TopUpAccountResponse(account=acme(), reauthorised_sessions=2))
    result = tidemark("account", "top-up", "acme", "5", "--reference", "voucher-17")
    tidemark("account", "top-up", "acme", "5")
    tidemark("account", "top-up", "acme", "5", "--request-id", "again")
    first, second, third = (request.request_id for request in services.requests)
    assert first
    assert first != second
    assert third == "again"
    assert services.requests[0].amount == euros(500_000_000)
    assert services.requests[0].reference == "voucher-17"
    assert "2 session(s) were told to come back" in result.stdout


def test_an_adjustment_is_money_or_units_by_how_it_is_written(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("AdjustBalance", api.AdjustBalanceResponse(account=acme()))
    why = ("--reason", "goodwill", "--actor", "care-desk")
    assert tidemark("account", "adjust", "acme", "b-money", "--by", "-2.50", *why).exit_code == 0
    assert tidemark("account", "adjust", "acme", "b-video", "--by", "-5MB", *why).exit_code == 0
    money, units = services.requests
    assert money.money == euros(-250_000_000)
    assert (units.quantity.unit, units.quantity.amount) == ("octets", -5_000_000)
    assert (units.reason, units.actor) == ("goodwill", "care-desk")


def test_a_transfer_shows_both_accounts(tidemark: Tidemark, services: FakeServices) -> None:
    bolt = api.Account(account_id="bolt", currency_code="EUR")
    services.answer("TransferBalance", api.TransferBalanceResponse(from_account=acme(), to_account=bolt))
    result = tidemark("account", "transfer", "acme", "bolt", "5.00", "--reason", "gift")
    (request,) = services.requests
    assert (request.from_account_id, request.to_account_id) == ("acme", "bolt")
    assert request.amount == euros(500_000_000)
    assert "account acme:" in result.stdout
    assert "account bolt:" in result.stdout


def test_a_refusal_is_one_line_on_standard_error_and_exit_code_1(
    tidemark: Tidemark, services: FakeServices
) -> None:
    unknown = Reason("ACCOUNT_UNKNOWN", Category.NOT_FOUND)
    services.answer("GetAccount", Refused(unknown, "there is no account x", "account_id"))
    result = tidemark("account", "get", "x")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "tidemark: charging: there is no account x (ACCOUNT_UNKNOWN, field account_id); "
        "`tidemark account provision` opens one\n"
    )


def test_an_amount_that_is_none_is_wrong_usage_and_nothing_is_sent(
    tidemark: Tidemark, services: FakeServices
) -> None:
    result = tidemark("account", "top-up", "acme", "1e3")
    assert result.exit_code == 2
    assert "AMOUNT" in result.stderr
    assert "plain decimal" in result.stderr
    assert services.requests == []


def test_a_service_that_is_away_is_said_with_what_to_do(tidemark: Tidemark) -> None:
    result = tidemark("account", "get", "acme", "--charging", "127.0.0.1:1")
    assert result.exit_code == 1
    assert result.stderr == (
        "tidemark: charging is not reachable at 127.0.0.1:1; "
        "start a suite with `tidemark up`, or say where it is with --charging\n"
    )
