"""What is heard most about charging systems, and does not happen here: told on a real server.

Complaints that have tests elsewhere are listed with them in `docs/charging.md`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import charging_data_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, priced_charging
from tests.support.live_element import Element, creating, refusal, usage, used, wish
from tests.support.live_prices import DATA, EURO, MEGABYTE, OCTET, VIDEO

WHO = "device-anna"
SUCCESS = charging_data_pb2.RESULT_CODE_SUCCESS


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path) as node:
        yield node


async def test_a_session_comes_back_neither_every_second_nor_once_a_day(node: Node) -> None:
    """A fixed small grant would flood the core: at 8 kB/s an hour takes a dozen reports, not hundreds."""
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    created = await element.create(WHO, "c-1", usage(DATA, asks=wish()))
    (information,) = created.charging_data.multiple_unit_information
    octets_a_second, second, number = 8_000, 0, 1
    while second < 3_600:
        let_through = information.granted_unit.total_volume_octets - information.volume_quota_threshold_octets
        second += -(-let_through // octets_a_second)
        number += 1
        report = usage(DATA, used(let_through, number), asks=wish())
        answer = await element.update(created.charging_data_ref, number, report, second=second)
        (information,) = answer.multiple_unit_information
    assert 6 <= number <= 20


async def test_a_session_lives_on_when_another_process_takes_over(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    ref = (await element.create(WHO, "c-1", usage(DATA, asks=wish()))).charging_data_ref
    await element.update(ref, 2, usage(DATA, used(100_000, 1), asks=wish()), second=30)
    held = await care.money("anna")
    await node.restart()
    care, element = Care(node.channel), Element(node.channel)
    assert await care.money("anna") == held
    answer = await element.update(ref, 3, usage(DATA, used(100_000, 2), asks=wish()), second=60)
    assert answer.multiple_unit_information[0].granted_unit.total_volume_octets > 0
    await element.release(ref, 4, usage(DATA, used(50_000, 3)), second=90)
    assert await care.money("anna") == (5 * EURO - 250_000 * OCTET, 0)


async def test_an_allowance_is_never_negative_however_far_a_report_goes_beyond_it(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", "prepaid", "video-pass")
    created = await element.create(WHO, "c-1", usage(VIDEO, asks=wish()))
    answer = await element.update(
        created.charging_data_ref, 2, usage(VIDEO, used(7 * MEGABYTE, 1)), second=60
    )
    left = {item.bucket_id: item for item in answer.charge_information.remaining}
    assert [item.quantity.amount for item in left.values() if item.HasField("quantity")] == [0]
    assert (await care.money("anna"))[0] == 5 * EURO - 2 * MEGABYTE * OCTET


async def test_a_thousand_small_reports_cost_exactly_what_one_large_one_does(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", identifiers=("device-anna", "device-bert"))
    refs = [
        (await element.create(who, "c-1", usage(DATA, asks=wish()))).charging_data_ref
        for who in ("device-anna", "device-bert")
    ]
    amounts = []
    for ref, pieces in zip(refs, (1_000, 1), strict=True):
        charged = 0
        for number in range(2, pieces + 2):
            report = usage(DATA, used(123_000 // pieces, number))
            answer = await element.update(ref, number, report, second=number)
            charged += answer.charge_information.amount.minor_micros
        amounts.append(charged)
    assert amounts == [123_000 * OCTET] * 2


REQUIRED = (
    "subscriber_identifier",
    "charging_id",
    "nf_consumer_identification",
    "invocation_time_stamp",
    "invocation_sequence_number",
)


async def test_a_request_that_lacks_a_field_is_refused_and_the_subscriber_goes_on(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    for number, field in enumerate(charging_data_pb2.ChargingDataRequest.DESCRIPTOR.fields_by_name):
        lacking = creating(WHO, f"c-{number}", usage(DATA, asks=wish()))
        lacking.charging_data.ClearField(field)  # type: ignore[arg-type]
        call = element.stub.CreateChargingSession(lacking, timeout=10)
        if field in REQUIRED:
            refused = await refusal(call)
            assert refused.reason == "FIELD_MISSING"
            assert refused.field.startswith(f"charging_data.{field}")
        else:
            await call
    created = await element.create(WHO, "c-99", usage(DATA, asks=wish()))
    assert created.charging_data.multiple_unit_information[0].result_code == SUCCESS
