"""What an answer can hold beyond a grant of octets in total: one direction, no quota, tax."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import charging_data_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal, priced_charging, record_of
from tests.support.live_element import ENQUIRY, Container, Element, usage, used, wish
from tests.support.live_policies import CDR, PLAIN, TAXED, TAXED_OCTETS, UPLOAD
from tests.support.live_prices import EURO, OCTET

WHO = "device-anna"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("anna")
        yield node


async def test_a_group_that_counts_uplink_is_granted_and_charged_uplink_alone(node: Node) -> None:
    element = Element(node.channel)
    created = await element.create(WHO, "c-1", usage(UPLOAD, asks=wish()))
    (information,) = created.charging_data.multiple_unit_information
    granted = information.granted_unit
    assert granted.uplink_volume_octets > 0
    assert not granted.HasField("total_volume_octets")
    assert not granted.HasField("downlink_volume_octets")
    both_ways = Container(uplink_volume_octets=1_000, downlink_volume_octets=900_000)
    answer = await element.update(created.charging_data_ref, 2, usage(UPLOAD, both_ways), second=60)
    assert answer.charge_information.amount.minor_micros == 1_000 * OCTET


async def test_an_offline_group_is_charged_as_reported_and_needs_no_quota(node: Node) -> None:
    element = Element(node.channel)
    created = await element.create(WHO, "c-1", usage(CDR, asks=wish()))
    (information,) = created.charging_data.multiple_unit_information
    not_applicable = charging_data_pb2.RESULT_CODE_QUOTA_MANAGEMENT_NOT_APPLICABLE
    assert (information.result_code, information.HasField("granted_unit")) == (not_applicable, False)
    answer = await element.update(created.charging_data_ref, 2, usage(CDR, used(5_000, 1)), second=60)
    assert answer.charge_information.amount.minor_micros == 5_000 * OCTET
    assert await Care(node.channel).money("anna") == (5 * EURO - 5_000 * OCTET, 0)


async def test_usage_let_through_without_a_grant_is_charged_and_marked_as_such(node: Node) -> None:
    element = Element(node.channel)
    ref = (await element.create(WHO, "c-1", usage(UPLOAD, asks=wish()))).charging_data_ref
    indicator = charging_data_pb2.QUOTA_MANAGEMENT_INDICATOR_OFFLINE_CHARGING
    let_through = Container(uplink_volume_octets=700, quota_management_indicator=indicator)
    await element.update(ref, 2, usage(UPLOAD, let_through), second=60)
    events = [
        event.usage_charged
        for row in await journal(node.channel)
        for entry in record_of(row).entries
        for event in entry.events
        if event.HasField("usage_charged")
    ]
    assert [(event.used_units, event.offline) for event in events] == [(700, True)]


async def test_the_tax_in_an_amount_is_told_with_it(node: Node) -> None:
    element = Element(node.channel)
    answer = await element.event(ENQUIRY, WHO, "e-1", usage(TAXED, asks=wish(TAXED_OCTETS)))
    # 1,190 octets at 10 are 11,900; 19 % of 10,000 are in it.
    (information,) = answer.multiple_unit_information
    for told in (answer.charge_information, information.charge_information):
        assert (told.amount.minor_micros, told.tax.minor_micros) == (11_900, 1_900)
        assert told.tax.currency_code == "EUR"
