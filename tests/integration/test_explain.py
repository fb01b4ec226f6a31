"""A customer asks why: each charge is explained from the journal, whatever became of it since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from tidemark.charging.v1 import charge_api_pb2, charge_api_pb2_grpc

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, priced_charging
from tests.support.live_element import DEBIT, REFUND, Element, euros, pieces, refusal, usage, used, wish
from tests.support.live_prices import CENT, DATA, MEGABYTE, OCTET, PRICES, TEXT, VIDEO

TAXED = PRICES.replace(
    "zones:\n  home:", 'taxes:\n  vat: {name: VAT, percent: "19", inclusive: true}\nzones:\n  home:', 1
).replace(
    'per_unit: {amount: "0.10", per: 1 MB}', 'per_unit: {amount: "0.10", per: 1 MB}\n        tax: vat', 1
)
"""The prices of stories, with 19 % VAT in what data costs."""


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, TAXED) as node:
        await Care(node.channel).open("kate", "prepaid", "video-pass")
        yield node


async def explain(channel: grpc.aio.Channel, charge_id: str) -> charge_api_pb2.ExplainChargeResponse:
    stub = charge_api_pb2_grpc.ChargeServiceStub(channel)
    request = charge_api_pb2.ExplainChargeRequest(charge_id=charge_id)
    answer: charge_api_pb2.ExplainChargeResponse = await stub.ExplainCharge(request, timeout=10)
    return answer


async def test_a_report_of_a_session_is_explained_down_to_the_tax(charging: Node) -> None:
    """1,500,000 octets at 0.10 a megabyte are 0.15 EUR, of which 19/119 are VAT: 0.02394958."""
    element = Element(charging.channel)
    created = await element.create("device-kate", "k-1", usage(DATA, asks=wish()))
    answer = await element.release(created.charging_data_ref, 2, usage(DATA, used(1_500_000)), second=60)
    (charge_id,) = answer.charge_information.charge_ids
    told = await explain(charging.channel, charge_id)
    assert list(told.sentences) == [
        "Data, 1.5 MB (1,500,000 octets) on Monday 2 March 2026 at 11:00 in zone home "
        "(subscriber's clock, Europe/Berlin).",
        "Price 1/prepaid/data 'Data' of catalog version 1: 0.10 EUR for 1 MB, 19 % tax (vat) included.",
        "Counted as reported: 1,500,000 octets.",
        "1,500,000 octets x 0.10 EUR / 1,000,000 = 0.15 EUR.",
        "In all 0.15 EUR.",
        "19 % tax (vat) is included: 0.02394958 EUR.",
        "Paid from 'money'.",
    ]
    assert told.WhichOneof("charge") == "usage"
    assert told.usage.charge_id == charge_id
    assert told.usage.amount_minor_micros == 1_500_000 * OCTET == told.steps[2].amount.minor_micros
    assert (told.price_id, told.price_name) == ("1/prepaid/data", "Data")
    assert told.changed_since == euros(0)


async def test_what_an_allowance_paid_is_named(charging: Node) -> None:
    """Six megabytes of video: five come with the pass, one is paid."""
    element = Element(charging.channel)
    answer = await element.event(DEBIT, "device-kate", "v-1", usage(VIDEO, used(6 * MEGABYTE)))
    told = await explain(charging.channel, answer.charge_information.charge_ids[0])
    assert "5,000,000 of them came from the allowance 'Five megabytes of video'." in told.sentences
    assert [(step.kind, step.units.amount, step.amount.minor_micros) for step in told.steps] == [
        ("increments", 6 * MEGABYTE, 0),
        ("allowance", 5 * MEGABYTE, 0),
        ("price", MEGABYTE, 10 * CENT),
        ("money", 0, 10 * CENT),
        ("tax", 0, 1_596_639),
    ]


async def test_every_charge_of_a_request_has_an_explanation_of_its_own(charging: Node) -> None:
    element = Element(charging.channel)
    answer = await element.event(
        DEBIT, "device-kate", "b-1", usage(TEXT, asks=pieces(1)), usage(DATA, used(1_000))
    )
    first, second = answer.charge_information.charge_ids
    assert (await explain(charging.channel, first)).sentences[3] == "0.07 EUR, however much is used."
    assert (await explain(charging.channel, second)).usage.used_units == 1_000


async def test_a_refund_is_told_at_the_charge_and_has_an_id_of_its_own(charging: Node) -> None:
    """0.07 charged, 0.05 given back: 0.02 is left of it."""
    element = Element(charging.channel)
    answer = await element.event(DEBIT, "device-kate", "t-1", usage(TEXT, asks=pieces(1)))
    (charge_id,) = answer.charge_information.charge_ids
    refunded = await element.event(REFUND, "device-kate", "t-2", refund=charge_id, amount=euros(5 * CENT))
    told = await explain(charging.channel, charge_id)
    assert list(told.sentences)[-2:] == ["Refunded since: 0.05 EUR.", "It comes to 0.02 EUR now."]
    assert told.changed_since == euros(-5 * CENT)
    (refund_id,) = refunded.charge_information.charge_ids
    of_refund = await explain(charging.channel, refund_id)
    assert of_refund.WhichOneof("charge") == "refund"
    assert of_refund.sentences[0] == f"Refund of the charge {charge_id}."


async def test_a_charge_is_explained_after_a_restart_as_before(charging: Node) -> None:
    element = Element(charging.channel)
    answer = await element.event(DEBIT, "device-kate", "t-1", usage(TEXT, asks=pieces(1)))
    (charge_id,) = answer.charge_information.charge_ids
    before = await explain(charging.channel, charge_id)
    await charging.restart()
    assert await explain(charging.channel, charge_id) == before


@pytest.mark.parametrize(
    ("charge_id", "reason"),
    [
        ("", "FIELD_MISSING"),
        ("c-0-1-1-1", "CHARGE_UNKNOWN"),
        ("c-0-99999-1-1", "CHARGE_UNKNOWN"),
        ("c-7-1-1-1", "CHARGE_UNKNOWN"),
        ("nonsense", "CHARGE_UNKNOWN"),
        (f"c-0-{2**64}-1-1", "CHARGE_UNKNOWN"),
    ],
)
async def test_what_was_never_charged_is_not_explained(charging: Node, charge_id: str, reason: str) -> None:
    refused = await refusal(explain(charging.channel, charge_id))
    assert (refused.reason, refused.field) == (reason, "charge_id")
