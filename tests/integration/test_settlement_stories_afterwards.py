"""Stories: what comes after a period is closed, and what a crash in the middle of closing one leaves behind.

Every amount is worked out by hand beside it, in minor units (cents).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

import nats
import pytest
from tidemark.partner_settlement.v1 import (
    agreement_pb2,
    ledger_api_pb2,
    report_api_pb2,
    settlement_api_pb2,
    settlement_events_pb2,
    statement_pb2,
)

from services.cli.demo.scenes.actor import paid
from services.cli.demo.scenes.usage import units
from services.cli.suite import PARTNER_SETTLEMENT, Suite
from services.common.runtime.grpc_client import retrying
from tests.support.live_element import REFUND, Element
from tests.support.settlement_story import (
    CALL_SECONDS,
    Calendar,
    Town,
    access,
    calendar,
    figures,
    request_id,
    town,
)
from tests.support.waiting import eventually

A = TypeVar("A")

PURCHASE, DONATION, DISTANCE = 600, 601, 410
AGREEMENTS = """
parties:
  appmart: {name: Appmart, roles: [app-store]}
  fleetlink: {name: Fleetlink, roles: [iot-platform]}

agreements:
  app-store-2026:
    name: Purchases
    from: 2026-01-01
    period: day
    currencies: [EUR]
    terms:
      credits:
        name: Donations that are taken back
        covers: {kinds: [refund], offerings: [carrier-billing], prices: [donation]}
        basis: retail
        waterfall:
          - {code: credit, percent: {to: appmart, percent: "70"}}
      purchases:
        name: Purchases and donations
        covers: {kinds: [usage], offerings: [carrier-billing]}
        basis: retail
        waterfall:
          - {code: proceeds, percent: {to: appmart, percent: "70"}}
  fleet-2026:
    name: Fleet
    from: 2026-01-05
    period: week
    currencies: [EUR]
    terms:
      fleet:
        name: Kilometres
        covers: {kinds: [usage], offerings: [iot-fleet], prices: [distance]}
        basis: retail
        waterfall:
          - {code: platform, percent: {to: fleetlink, percent: "40"}}
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with town(tmp_path_factory.mktemp("afterwards") / "suite", AGREEMENTS) as running:
        yield running


@pytest.fixture
async def scene(suite: Suite) -> AsyncIterator[Town]:
    async with access(suite) as found:
        yield found


@pytest.fixture
async def today() -> Calendar:
    return await calendar()


async def test_late_usage_and_a_refund_are_adjustments_of_the_next_period(
    scene: Town, today: Calendar
) -> None:
    stage = scene.stage("shop", today.noon_yesterday())
    (buyer,) = await stage.account("buyer", "prepaid-data", "carrier-billing")
    # 10.00 and 3 per cent, twice.
    first = await buyer.event(units(PURCHASE, 1_000))
    assert paid(first) == "10.30 EUR"
    assert paid(await buyer.event(units(PURCHASE, 1_000))) == "10.30 EUR"
    donated = await buyer.event(units(DONATION, 500))
    assert paid(donated) == "5.00 EUR"
    await scene.followed()
    yesterday, day = today.yesterday.isoformat(), today.today.isoformat()
    await scene.office.settle(yesterday, early=False)
    await scene.office.pay(yesterday)
    # 70 % of 5.00 and of 20.60.
    closed = await scene.office.statement(f"appmart/{yesterday}/1")
    assert figures(closed) == [
        ("purchases", "proceeds", "carrier-billing", 500, 350),
        ("purchases", "proceeds", "carrier-billing", 2_000, 1_442),
    ]
    assert not closed.header.early

    # Yesterday is over and paid. A shop reports another purchase of it, 20.60; the first is given back, and
    # so is the donation.
    assert paid(await buyer.event(units(PURCHASE, 2_000))) == "20.60 EUR"
    for charged in (first, donated):
        (charge,) = charged.charge_information.charge_ids
        await Element(scene.charging).event(REFUND, buyer.identifier, f"back-{charge}", refund=charge)
    stage.at = today.stamp()
    assert paid(await buyer.event(units(PURCHASE, 1_000))) == "10.30 EUR"
    await scene.followed()
    await scene.office.settle(day)
    # Today's own: 7.21. Yesterday anew: 41.20 were charged, 28.84 of them the shop's, where it had 14.42;
    # 10.30 were given back, 7.21 of them by the shop; and 3.50 of the 5.00, by a term of their own.
    own, credit, back, late = (await scene.office.statement(f"appmart/{day}/1")).lines
    assert (own.kind, own.home_period, own.net_minor) == (statement_pb2.LINE_KIND_SHARE, day, 721)
    for line, original in ((credit, 1), (back, 2), (late, 2)):
        assert (line.kind, line.home_period) == (statement_pb2.LINE_KIND_ADJUSTMENT, yesterday)
        assert (line.refers_to_statement_id, line.refers_to_line) == (f"appmart/{yesterday}/1", original)
    assert (credit.term_code, credit.records, credit.quantity, credit.net_minor) == ("credits", 1, -500, -350)
    assert (late.records, late.quantity, late.net_minor) == (1, 2_000, 1_442)
    assert late.record_kind == agreement_pb2.RECORD_KIND_USAGE
    assert (back.records, back.quantity, back.net_minor) == (1, -1_000, -721)
    assert back.record_kind == agreement_pb2.RECORD_KIND_REFUND
    assert await scene.office.statement(f"appmart/{yesterday}/1") == closed, "what is closed stays as it is"


async def test_a_crash_in_the_middle_of_a_run_loses_nothing_and_books_nothing_twice(
    scene: Town, today: Calendar
) -> None:
    stage = scene.stage("fleet", today.stamp())
    (depot,) = await stage.account("depot", "iot-fleet", credit="5000.00")
    for _ in range(20):
        assert paid(await depot.event(units(DISTANCE, 1_000))) == "3.50 EUR"
    await asyncio.to_thread(scene.suite.kill, PARTNER_SETTLEMENT)
    # Charging does not wait for anybody: these are followed up when settlement is back.
    for _ in range(20):
        await depot.event(units(DISTANCE, 1_000))
    await asyncio.to_thread(scene.suite.restart, PARTNER_SETTLEMENT)
    await scene.followed()

    runs, week = scene.office.runs, today.week
    freeze = settlement_api_pb2.FreezeRunRequest(
        request_id=request_id(), period=week, early=True, actor="finance"
    )
    await _through_a_crash(scene, lambda: runs.FreezeRun(freeze, timeout=CALL_SECONDS))
    # After the freeze: for the next week.
    await depot.event(units(DISTANCE, 5_000))
    calculate = settlement_api_pb2.CalculateRunRequest(request_id=request_id(), run_id=week, actor="finance")
    await _through_a_crash(scene, lambda: runs.CalculateRun(calculate, timeout=CALL_SECONDS))
    approve = settlement_api_pb2.ApproveRunRequest(request_id=request_id(), run_id=week, actor="finance")
    await runs.ApproveRun(approve, timeout=CALL_SECONDS)
    close = settlement_api_pb2.CloseRunRequest(request_id=request_id(), run_id=week, actor="finance")
    closed = await _through_a_crash(scene, lambda: runs.CloseRun(close, timeout=CALL_SECONDS))

    assert closed == await runs.CloseRun(close, timeout=CALL_SECONDS), "the same request, the first answer"
    assert [step.to_state for step in closed.run.transitions] == [
        settlement_api_pb2.RUN_STATE_FROZEN,
        settlement_api_pb2.RUN_STATE_CALCULATED,
        settlement_api_pb2.RUN_STATE_APPROVED,
        settlement_api_pb2.RUN_STATE_CLOSED,
    ]
    # 40,000 km at 0.0035 are 140.00, of which 40 %.
    told = await scene.office.statement(f"fleetlink/{week}/1")
    assert figures(told) == [("fleet", "platform", "iot-fleet", 40_000, 5_600)]
    assert (told.lines[0].records, told.header.sequence_number) == (40, 1)
    assert await _standing_of(scene, "fleetlink") == [("partner-payable:fleetlink", -5_600)]
    assert await scene.office.ledger_differences() == []
    listed = report_api_pb2.ListStatementsRequest(party_code="fleetlink")
    answer = await scene.office.reports.ListStatements(listed, timeout=CALL_SECONDS)
    assert [summary.header.statement_id for summary in answer.statements] == [f"fleetlink/{week}/1"]
    await eventually(lambda: _is_announced_once(scene, f"fleetlink/{week}/1"), 30, "it is announced, once")


async def _through_a_crash(scene: Town, call: Callable[[], Awaitable[A]]) -> A:
    """kill -9 while a request is on its way, a restart, and the same request until it is answered."""
    first = asyncio.ensure_future(call())
    await asyncio.to_thread(scene.suite.kill, PARTNER_SETTLEMENT)
    await asyncio.gather(first, return_exceptions=True)
    await asyncio.to_thread(scene.suite.restart, PARTNER_SETTLEMENT)
    return await retrying(call)


async def _standing_of(scene: Town, party: str) -> list[tuple[str, int]]:
    """A party's accounts in the ledger that are not at zero."""
    answer = await scene.office.ledger.GetTrialBalance(
        ledger_api_pb2.GetTrialBalanceRequest(party_code=party), timeout=CALL_SECONDS
    )
    return [(item.account.code, item.balance_minor) for item in answer.balances if item.balance_minor]


async def _is_announced_once(scene: Town, statement_id: str) -> bool:
    """True where the bus has one StatementClosed of it. More would be as wrong as none."""
    subject = settlement_events_pb2.StatementClosed.DESCRIPTOR.full_name
    client = await nats.connect(scene.suite.addresses.nats_url)
    try:
        stream = client.jetstream()
        info = await stream.stream_info("PARTNER_SETTLEMENT", subjects_filter=subject)
        found = [
            settlement_events_pb2.StatementClosed.FromString(
                (await stream.get_msg("PARTNER_SETTLEMENT", sequence)).data or b""
            ).statement_id
            for sequence in range(1, info.state.messages + 1)
        ]
    finally:
        await client.close()
    assert found.count(statement_id) <= 1
    return statement_id in found
