"""`tidemark ledger`: balances that add up, entries as they come, and what is wrong where something is."""

from __future__ import annotations

import json

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import ledger_api_pb2 as api

from services.common.kernel.outcome import Category, Reason, Refused
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark
from tests.unit.cli.test_settlement_run import words

AT = Timestamp(seconds=1_796_083_200)
GONE = Refused(Reason("LEDGER_GONE", Category.UNAVAILABLE), "the database went away")


def balance(code: str, debit: int, credit: int, currency: str = "EUR") -> api.AccountBalance:
    return api.AccountBalance(
        account=api.LedgerAccount(code=code),
        currency_code=currency,
        debit_minor=debit,
        credit_minor=credit,
        balance_minor=debit - credit,
    )


def entry(number: int) -> api.StreamEntriesResponse:
    return api.StreamEntriesResponse(
        entry=api.LedgerEntry(
            number=number,
            kind=api.ENTRY_KIND_REVERSAL if number == 2 else api.ENTRY_KIND_DISPUTE_OUTCOME,
            booked_at=AT,
            run_id="2026-11",
            revision=1,
            description="shares of November",
            actor="ada",
            reverses_number=1 if number == 2 else 0,
            postings=[
                api.LedgerPosting(
                    account_code="charging-clearing", currency_code="EUR", amount_minor=123_450
                ),
                api.LedgerPosting(
                    account_code="partner-payable:melody", currency_code="EUR", amount_minor=-123_450
                ),
            ],
        )
    )


def test_balances_are_shown_with_their_sums(tidemark: Tidemark, services: FakeServices) -> None:
    balances = [
        balance("bank", 0, 123_450),
        balance("partner-payable:melody", 123_450, 0),
        balance("bank", 1_200, 1_200, "JPY"),
    ]
    services.answer("GetTrialBalance", api.GetTrialBalanceResponse(balances=balances))
    result = tidemark("ledger", "balance")
    assert result.exit_code == 0, result.output
    shown = words(result.stdout)
    assert "partner-payable:melody 1,234.50 EUR 0.00 EUR 1,234.50 EUR" in shown
    assert "all accounts 1,234.50 EUR 1,234.50 EUR 0.00 EUR" in shown
    assert "all accounts 1,200 JPY 1,200 JPY 0 JPY" in shown


def test_balances_that_do_not_come_to_zero_are_a_failure(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetTrialBalance", api.GetTrialBalanceResponse(balances=[balance("bank", 0, 5)]))
    result = tidemark("ledger", "balance")
    assert result.exit_code == 1
    assert "out by -0.05 EUR; `tidemark ledger verify` says where" in result.stderr


def test_the_accounts_of_one_party_need_not_come_to_zero(tidemark: Tidemark, services: FakeServices) -> None:
    answer = api.GetTrialBalanceResponse(balances=[balance("partner-payable:melody", 0, 5)])
    services.answer("GetTrialBalance", answer)
    result = tidemark("ledger", "balance", "--party", "melody")
    assert result.exit_code == 0
    assert "all accounts" not in result.stdout
    assert services.requests[0].party_code == "melody"


def test_a_ledger_without_entries_says_so(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetTrialBalance", api.GetTrialBalanceResponse())
    assert "nothing is booked yet" in tidemark("ledger", "balance").stdout


def test_entries_are_shown_with_their_postings(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("StreamEntries", [entry(1), entry(2)])
    result = tidemark("ledger", "entries", "--account", "charging-clearing", "--after", "7")
    shown = words(result.stdout)
    first = "1 2026-12-01 00:00:00Z dispute-outcome charging-clearing 1,234.50 EUR"
    assert f"{first} shares of November; 2026-11 revision 1; by ada" in shown
    assert "partner-payable:melody 1,234.50 EUR" in shown
    assert any(line.startswith("2 2026-12-01 00:00:00Z reversal of 1 ") for line in shown)
    assert shown[-1] == "2 entries"
    (request,) = services.requests
    assert (request.account_code, request.after_number) == ("charging-clearing", 7)


def test_entries_are_printed_before_the_last_has_come(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("StreamEntries", [*map(entry, range(1, 202)), GONE])
    result = tidemark("ledger", "entries")
    assert result.exit_code == 1
    assert "the database went away" in result.stderr
    assert any(line.startswith("200 2026-12-01") for line in words(result.stdout))


def test_entries_are_json_lines(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("StreamEntries", [entry(1), entry(2)])
    result = tidemark("ledger", "entries", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [item["number"] for item in found] == ["1", "2"]
    assert found[0]["postings"][1]["amount_minor"] == "-123450"


def test_a_ledger_that_adds_up_says_so(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("VerifyLedger", api.VerifyLedgerResponse(entries=3, postings=8))
    result = tidemark("ledger", "verify")
    assert result.exit_code == 0
    assert "balanced: 3 entries, 8 postings" in result.stdout


def test_differences_are_told_and_end_in_failure(tidemark: Tidemark, services: FakeServices) -> None:
    wrong = api.VerifyLedgerResponse(entries=3, postings=8, differences=["entry 2 is out by 5"])
    services.answer("VerifyLedger", wrong)
    result = tidemark("ledger", "verify")
    assert result.exit_code == 1
    assert "entry 2 is out by 5" in result.stdout
    assert "the ledger does NOT add up: 1 difference(s)" in result.stderr
    document = tidemark("ledger", "verify", "--json")
    assert document.exit_code == 1
    assert json.loads(document.stdout)["differences"] == ["entry 2 is out by 5"]
