"""Outcomes that are the unit: charged once with their evidence, confirmed or given back later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal, priced_charging, record_of
from tests.support.live_element import DEBIT, Element, Refusal, happening, pieces, refusal, usage
from tests.support.live_policies import OPERATION, OPERATION_PRICE, PLAIN
from tests.support.live_policy import (
    CONFIRM,
    EVIDENCE_SHA256,
    REVERSE,
    PolicyDesk,
    delivered,
    post_event,
)
from tests.support.live_prices import EURO

WHO = "device-anna"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("anna", money=20 * EURO)
        yield node


async def _charge(node: Node, charging_id: str, outcome_id: str, provisional: bool = True) -> str:
    answer = await Element(node.channel).event(
        DEBIT,
        WHO,
        charging_id,
        usage(OPERATION, asks=pieces(1)),
        outcome=delivered(outcome_id, provisional),
    )
    assert answer.charge_information.amount.minor_micros == OPERATION_PRICE
    (charge_id,) = answer.charge_information.charge_ids
    return charge_id


async def test_an_outcome_is_charged_once_whatever_the_element_calls_the_event(node: Node) -> None:
    charge_id = await _charge(node, "e-1", "operation-17")
    assert await _charge(node, "e-1", "operation-17") == charge_id
    with pytest.raises(grpc.aio.AioRpcError) as again:
        await _charge(node, "e-2", "operation-17")
    assert again.value.code() is grpc.StatusCode.ALREADY_EXISTS
    refused = await refusal(_charge(node, "e-2", "operation-17"))
    assert (refused.reason, refused.field) == ("OUTCOME_CHARGED", "charging_data.outcome.outcome_id")
    assert (await Care(node.channel).money("anna"))[0] == 15 * EURO


async def test_an_outcome_without_its_name_is_refused(node: Node) -> None:
    event = Element(node.channel).event(DEBIT, WHO, "e-1", usage(OPERATION, asks=pieces(1)))
    assert await refusal(event) == Refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING", "charging_data.outcome"
    )


async def test_a_provisional_outcome_is_confirmed_and_then_final(node: Node) -> None:
    desk = PolicyDesk(node.channel)
    charge_id = await _charge(node, "e-1", "operation-17")
    answer = await desk.settle(charge_id, CONFIRM, reason="")
    assert (answer.settlement, answer.refunded.minor_micros) == (CONFIRM, 0)
    refused = await refusal(desk.settle(charge_id, REVERSE))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "OUTCOME_SETTLED")
    assert (await Care(node.channel).money("anna"))[0] == 15 * EURO


async def test_a_reversed_outcome_is_given_back_whole_once_also_over_a_restart(node: Node) -> None:
    desk = PolicyDesk(node.channel)
    charge_id = await _charge(node, "e-1", "operation-17")
    first = await desk.settle(charge_id, REVERSE, request_id="reverse-17")
    assert (first.refunded.currency_code, first.refunded.minor_micros) == ("EUR", OPERATION_PRICE)
    await node.restart()
    desk = PolicyDesk(node.channel)
    assert await desk.settle(charge_id, REVERSE, request_id="reverse-17") == first
    assert await desk.settle(charge_id, REVERSE, request_id="another-id") == first
    assert (await Care(node.channel).money("anna"))[0] == 20 * EURO
    refused = await refusal(_charge(node, "e-3", "operation-17"))
    assert refused.reason == "OUTCOME_CHARGED"


async def test_the_journal_holds_the_evidence_and_who_settled(node: Node) -> None:
    charge_id = await _charge(node, "e-1", "operation-17")
    await PolicyDesk(node.channel).settle(charge_id, REVERSE)
    events = [
        event
        for row in await journal(node.channel)
        for entry in record_of(row).entries
        for event in entry.events
    ]
    (charged,) = [event.usage_charged for event in events if event.HasField("usage_charged")]
    assert charged.outcome.evidence_sha256 == EVIDENCE_SHA256
    (settled,) = [event.outcome_settled for event in events if event.HasField("outcome_settled")]
    assert (settled.charge_id, settled.confirmed, settled.actor) == (charge_id, False, "quality desk")


async def test_what_is_no_outcome_cannot_be_settled(node: Node) -> None:
    refused = await refusal(PolicyDesk(node.channel).settle("c-0-1-1-1", REVERSE))
    assert refused == Refusal(grpc.StatusCode.NOT_FOUND, "OUTCOME_UNKNOWN", "charge_id")


async def test_an_outcome_reported_after_the_service_is_charged_though_it_overdraws(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("poor", money=1 * EURO)
    event = happening(
        DEBIT, "device-poor", "e-1", usage(OPERATION, asks=pieces(1)), outcome=delivered("operation-18")
    )
    assert (await refusal(element.stub.ChargeOneTimeEvent(event))).reason == "QUOTA_LIMIT_REACHED"
    await element.stub.ChargeOneTimeEvent(post_event(event))
    assert (await care.money("poor"))[0] == -4 * EURO
