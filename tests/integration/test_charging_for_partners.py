"""What a settlement with partners needs of charging, told on the wire and kept in the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from tidemark.charging.v1 import charge_api_pb2, charge_api_pb2_grpc, journal_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal, journal_status, priced_charging, record_of
from tests.support.live_element import DEBIT, REFUND, Container, Element, euros, usage, wish
from tests.support.live_policies import PLAIN, TAXED, TAXED_OCTETS
from tests.support.live_prices import CENT, EURO, TEXT

WHO = "device-anna"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("anna", money=20 * EURO)
        yield node


async def _events(channel: grpc.aio.Channel) -> list[journal_pb2.Event]:
    rows = await journal(channel)
    return [event for row in rows for entry in record_of(row).entries for event in entry.events]


async def _charges(channel: grpc.aio.Channel) -> list[journal_pb2.UsageCharged]:
    return [event.usage_charged for event in await _events(channel) if event.HasField("usage_charged")]


async def test_each_container_is_charged_with_its_own_sponsor_and_application(node: Node) -> None:
    element = Element(node.channel)
    ref = (await element.create(WHO, "c-1", usage(TAXED, asks=wish()))).charging_data_ref
    report = usage(
        TAXED,
        Container(total_volume_octets=100, sponsor_identity="shoes-ag"),
        Container(total_volume_octets=200, application_service_provider_identity="clip-world"),
        Container(total_volume_octets=300),
    )
    answer = await element.update(ref, 2, report, second=60)
    assert await element.update(ref, 2, report, second=60) == answer, "the same request again"
    await node.restart()
    assert [
        (charge.used_units, charge.sponsor_identity, charge.application_service_provider_identity)
        for charge in await _charges(node.channel)
    ] == [(100, "shoes-ag", ""), (200, "", "clip-world"), (300, "", "")]


async def test_an_event_names_them_and_its_explanation_tells_them(node: Node) -> None:
    sponsored = Container(
        service_specific_units=1,
        sponsor_identity="shoes-ag",
        application_service_provider_identity="clip-world",
    )
    answer = await Element(node.channel).event(DEBIT, WHO, "e-1", usage(TEXT, sponsored))
    assert answer.charge_information.amount.minor_micros == 7 * CENT
    (charge_id,) = answer.charge_information.charge_ids
    stub = charge_api_pb2_grpc.ChargeServiceStub(node.channel)
    told = await stub.ExplainCharge(charge_api_pb2.ExplainChargeRequest(charge_id=charge_id), timeout=10)
    assert told.usage.sponsor_identity == "shoes-ag"
    assert list(told.sentences)[-2:] == [
        "The application was of clip-world.",
        "It was sponsored by shoes-ag.",
    ]


async def test_refunds_contain_the_tax_of_a_charge_exactly_also_over_a_restart(node: Node) -> None:
    """1,190 octets cost 11,900 millionths of a cent, 1,900 of them tax; a third of it is 633.33."""
    element = Element(node.channel)
    answer = await element.event(DEBIT, WHO, "e-1", usage(TAXED, Container(total_volume_octets=TAXED_OCTETS)))
    (charge_id,) = answer.charge_information.charge_ids
    for number, part in enumerate((3_967, 3_967)):
        await element.event(REFUND, WHO, f"r-{number}", refund=charge_id, amount=euros(part))
    before = (await journal_status(node.channel)).state_digest
    await node.restart()
    assert (await journal_status(node.channel)).state_digest == before
    await Element(node.channel).event(REFUND, WHO, "r-2", refund=charge_id)
    refunds = [
        event.charge_refunded for event in await _events(node.channel) if event.HasField("charge_refunded")
    ]
    assert [(refund.amount_minor_micros, refund.tax_minor_micros) for refund in refunds] == [
        (3_967, 633),
        (3_967, 634),
        (3_966, 633),
    ]
    assert [refund.refunded_total_tax_minor_micros for refund in refunds] == [633, 1_267, 1_900]
