"""Story: a partner disputes a line, is paid the rest, and is met half way; and it sees nobody else's papers.

Every amount is worked out by hand beside it, in minor units (cents).
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator

import pytest
from tidemark.partner_settlement.v1 import (
    dispute_api_pb2,
    ledger_api_pb2,
    report_api_pb2,
    settlement_api_pb2,
    statement_pb2,
)

from services.cli.demo.scenes.actor import paid
from services.cli.demo.scenes.usage import units
from services.cli.suite import Suite
from tests.support.live_element import refusal
from tests.support.settlement_story import (
    CALL_SECONDS,
    Office,
    Town,
    access,
    calendar,
    figures,
    request_id,
    town,
)

PURCHASE, DONATION = 600, 601
AGREEMENTS = """
parties:
  appmart: {name: Appmart, roles: [app-store]}
  rival: {name: Rival, roles: [app-store]}

agreements:
  app-store-2026:
    name: Purchases
    from: 2026-01-01
    period: day
    currencies: [EUR]
    terms:
      purchases:
        name: Purchases
        covers: {kinds: [usage], offerings: [carrier-billing], prices: [purchase]}
        basis: retail
        waterfall:
          - {code: proceeds, percent: {to: appmart, percent: "70"}}
          - {code: finders-fee, percent: {to: rival, percent: "10"}}
      donations:
        name: Donations
        covers: {kinds: [usage], offerings: [carrier-billing], prices: [donation]}
        basis: retail
        waterfall:
          - {code: passed-on, remainder: {to: appmart}}
    disputes: {minimum: {EUR: "1.00"}, days: 30}
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with town(tmp_path_factory.mktemp("dispute") / "suite", AGREEMENTS) as running:
        yield running


@pytest.fixture
async def scene(suite: Suite) -> AsyncIterator[Town]:
    async with access(suite) as found:
        yield found


async def test_a_line_in_dispute_is_held_back_and_what_is_agreed_stands_in_the_next_statement(
    scene: Town,
) -> None:
    today = await calendar()
    yesterday, day = today.yesterday.isoformat(), today.today.isoformat()
    stage = scene.stage("shop", today.noon_yesterday())
    (buyer,) = await stage.account("buyer", "prepaid-data", "carrier-billing")
    # 20.00 and 3 per cent; a donation of 5.00 arrives whole.
    assert paid(await buyer.event(units(PURCHASE, 2_000))) == "20.60 EUR"
    assert paid(await buyer.event(units(DONATION, 500))) == "5.00 EUR"
    stage.at = today.stamp()
    assert paid(await buyer.event(units(PURCHASE, 1_000))) == "10.30 EUR"
    await scene.followed()
    await scene.office.settle(yesterday, early=False)
    mine = f"appmart/{yesterday}/1"
    # 5.00, and 70 % of 20.60.
    closed = await scene.office.statement(mine)
    assert figures(closed) == [
        ("donations", "passed-on", "carrier-billing", 500, 500),
        ("purchases", "proceeds", "carrier-billing", 2_000, 1_442),
    ]
    async with scene.partner("appmart") as appmart, scene.partner("rival") as rival:
        assert await appmart.statement(mine) == closed
        await _sees_nothing_of(rival, mine)
        assert (await refusal(_raise(appmart, mine, 1, 550))).reason == "BELOW_THRESHOLD"
        dispute = (await _raise(appmart, mine, 2, 1_642)).dispute
        assert (dispute.line_minor, dispute.claimed_minor) == (1_442, 1_642)
        assert await _standing_of(scene, "appmart") == {
            "partner-held:appmart": -1_442,
            "partner-payable:appmart": -500,
        }
        # Only what is not in dispute is paid.
        await scene.office.pay(yesterday)
        assert await _standing_of(scene, "appmart") == {"partner-held:appmart": -1_442}
        accept = dispute_api_pb2.AcceptDisputeRequest(
            request_id=request_id(),
            dispute_id=dispute.dispute_id,
            agreed_minor=1_542,
            text="half way",
            actor="finance",
        )
        own = await refusal(appmart.disputes.AcceptDispute(accept, timeout=CALL_SECONDS))
        assert own.reason == "NOT_OPERATOR"
    accepted = await scene.office.disputes.AcceptDispute(accept, timeout=CALL_SECONDS)
    assert accepted.dispute.state == dispute_api_pb2.DISPUTE_STATE_ACCEPTED
    assert [said.text for said in accepted.dispute.trail] == ["we count more", "half way"]
    await scene.office.settle(day)
    # The 14.42 that were held back, 1.00 that was agreed on beyond, and 70 % of today's 10.30.
    final = await scene.office.statement(f"appmart/{day}/1")
    assert [
        (line.kind, line.net_minor, line.refers_to_statement_id, line.refers_to_line) for line in final.lines
    ] == [
        (statement_pb2.LINE_KIND_DISPUTE, 1_442, mine, 2),
        (statement_pb2.LINE_KIND_DISPUTE, 100, mine, 2),
        (statement_pb2.LINE_KIND_SHARE, 721, "", 0),
    ]
    assert (final.totals[0].held_minor, final.totals[0].payable_minor) == (0, 2_263)
    await scene.office.pay(day)
    assert await _standing_of(scene, "appmart") == {}


async def _sees_nothing_of(partner: Office, statement_id: str) -> None:
    """Another's statement is answered as one that does not exist; what only the operator does is refused."""
    pull = report_api_pb2.PullDocumentRequest(
        statement_id=statement_id, format=report_api_pb2.DOCUMENT_FORMAT_PDF
    )
    records = report_api_pb2.StreamUsageRecordsRequest(statement_id=statement_id)
    for call in (
        partner.statement(statement_id),
        _first(partner.reports.PullDocument(pull, timeout=CALL_SECONDS)),
        _first(partner.reports.StreamUsageRecords(records, timeout=CALL_SECONDS)),
    ):
        assert (await refusal(call)).reason == "STATEMENT_UNKNOWN"
    everything = report_api_pb2.ListStatementsRequest()
    listed = await partner.reports.ListStatements(everything, timeout=CALL_SECONDS)
    assert {summary.header.party.code for summary in listed.statements} == {"rival"}
    others = report_api_pb2.ListStatementsRequest(party_code="appmart")
    asked = await refusal(partner.reports.ListStatements(others, timeout=CALL_SECONDS))
    assert asked.reason == "NOT_YOUR_PARTY"
    assert (await refusal(_raise(partner, statement_id, 2, 0))).reason == "NOT_YOUR_PARTY"
    runs = settlement_api_pb2.ListRunsRequest()
    assert (await refusal(partner.runs.ListRuns(runs, timeout=CALL_SECONDS))).reason == "NOT_OPERATOR"


async def _first(stream: AsyncIterable[object]) -> object:
    return await anext(aiter(stream))


async def _raise(
    partner: Office, statement_id: str, line: int, claimed_minor: int
) -> dispute_api_pb2.RaiseDisputeResponse:
    request = dispute_api_pb2.RaiseDisputeRequest(
        request_id=request_id(),
        statement_id=statement_id,
        line_number=line,
        claimed_minor=claimed_minor,
        text="we count more",
        actor="bookkeeping",
    )
    answer: dispute_api_pb2.RaiseDisputeResponse = await partner.disputes.RaiseDispute(
        request, timeout=CALL_SECONDS
    )
    return answer


async def _standing_of(scene: Town, party: str) -> dict[str, int]:
    """A party's accounts in the ledger that are not at zero."""
    answer = await scene.office.ledger.GetTrialBalance(
        ledger_api_pb2.GetTrialBalanceRequest(party_code=party), timeout=CALL_SECONDS
    )
    return {item.account.code: item.balance_minor for item in answer.balances if item.balance_minor}
