"""Quota on the wire: grants, final units, empty accounts, many rating groups, what real elements send.

Rules 3, 5, 6 and 8 of the charging contract, on real gRPC and SQLite.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, priced_charging
from tests.support.live_element import MORNING, Container, Element, Information, usage, used, wish
from tests.support.live_prices import (
    CENT,
    DATA,
    EMBARGO_PLMN,
    EURO,
    INITIAL_OCTETS,
    METER,
    OCTET,
    REDIRECT_ADDRESS,
    TEXT,
    UNKNOWN_GROUP,
    VALIDITY_SECONDS,
    VIDEO,
    VOICE,
    WEB,
)

SUCCESS = charging_data_pb2.RESULT_CODE_SUCCESS
RATING_FAILED = charging_data_pb2.RESULT_CODE_RATING_FAILED
SERVICE_DENIED = charging_data_pb2.RESULT_CODE_END_USER_SERVICE_DENIED
LIMIT_REACHED = charging_data_pb2.RESULT_CODE_QUOTA_LIMIT_REACHED
TERMINATE = charging_data_pb2.FINAL_UNIT_ACTION_TERMINATE
REDIRECT = charging_data_pb2.FINAL_UNIT_ACTION_REDIRECT
RESTRICT = charging_data_pb2.FINAL_UNIT_ACTION_RESTRICT_ACCESS
REAUTHORIZATION = charging_api_pb2.NOTIFICATION_TYPE_REAUTHORIZATION
ABORT_CHARGING = charging_api_pb2.NOTIFICATION_TYPE_ABORT_CHARGING


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path) as node:
        yield node


@pytest.fixture
def care(charging: Node) -> Care:
    return Care(charging.channel)


@pytest.fixture
def element(charging: Node) -> Element:
    return Element(charging.channel)


def only(answer: charging_data_pb2.ChargingDataResponse) -> Information:
    (information,) = answer.multiple_unit_information
    return information


def codes(answer: charging_data_pb2.ChargingDataResponse) -> dict[int, int]:
    return {item.rating_group: item.result_code for item in answer.multiple_unit_information}


async def test_a_grant_is_reserved_and_what_was_not_used_goes_back(care: Care, element: Element) -> None:
    await care.open("anna")
    created = await element.create("device-anna", "c-1", usage(DATA, asks=wish()))
    grant = only(created.charging_data)
    assert grant.granted_unit.total_volume_octets == INITIAL_OCTETS
    assert 0 < grant.volume_quota_threshold_octets < INITIAL_OCTETS
    assert grant.validity_time_seconds == VALIDITY_SECONDS
    assert await care.money("anna") == (5 * EURO, INITIAL_OCTETS * OCTET)
    released = await element.release(created.charging_data_ref, 2, usage(DATA, used(123_456)), second=60)
    assert released.charge_information.amount.minor_micros == 123_456 * OCTET
    assert await care.money("anna") == (5 * EURO - 123_456 * OCTET, 0)


async def test_the_last_units_are_final_and_say_what_to_do_then(care: Care, element: Element) -> None:
    actions = {DATA: (TERMINATE, ""), WEB: (REDIRECT, REDIRECT_ADDRESS), VIDEO: (RESTRICT, "")}
    for rating_group, (action, address) in actions.items():
        account = f"poor-{rating_group}"
        await care.open(account, money=CENT)
        created = await element.create(f"device-{account}", account, usage(rating_group, asks=wish()))
        grant = only(created.charging_data)
        assert grant.result_code == SUCCESS
        assert grant.granted_unit.total_volume_octets == CENT // OCTET
        assert grant.volume_quota_threshold_octets == 0
        final = grant.final_unit_indication
        assert (final.final_unit_action, final.redirect_server_address) == (action, address)


async def test_after_final_units_usage_is_reported_with_and_without_a_new_wish(
    care: Care, element: Element
) -> None:
    await care.open("anna", money=CENT)
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    without = only(await element.update(ref, 2, usage(DATA, used(60_000, 1)), second=10))
    assert (without.result_code, without.HasField("granted_unit")) == (SUCCESS, False)
    assert without.charge_information.amount.minor_micros == 60_000 * OCTET
    asking = only(await element.update(ref, 3, usage(DATA, used(40_000, 2), asks=wish()), second=20))
    assert (asking.result_code, asking.HasField("granted_unit")) == (LIMIT_REACHED, False)
    assert asking.charge_information.amount.minor_micros == 40_000 * OCTET
    assert await care.money("anna") == (0, 0)


async def test_an_empty_account_hears_final_units_a_validity_and_no_grant(
    care: Care, element: Element
) -> None:
    await care.open("anna", money=0)
    created = await element.create("device-anna", "c-1", usage(WEB, asks=wish()))
    answer = only(created.charging_data)
    assert (answer.result_code, answer.HasField("granted_unit")) == (LIMIT_REACHED, False)
    assert answer.final_unit_indication.final_unit_action == REDIRECT
    assert answer.final_unit_indication.redirect_server_address == REDIRECT_ADDRESS
    assert answer.validity_time_seconds == VALIDITY_SECONDS
    assert (await care.account("anna")).open_sessions == 1


async def test_usage_is_charged_when_nothing_can_be_granted(care: Care, element: Element) -> None:
    """An element that let more through than it was granted: the rest is owed, nothing is granted."""
    await care.open("anna", money=CENT)
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    answer = only(await element.update(ref, 2, usage(DATA, used(250_000, 1), asks=wish()), second=10))
    assert (answer.result_code, answer.HasField("granted_unit")) == (LIMIT_REACHED, False)
    assert answer.charge_information.amount.minor_micros == 250_000 * OCTET
    assert await care.money("anna") == (CENT - 250_000 * OCTET, 0)


async def test_every_rating_group_has_its_own_grant_and_code(care: Care, element: Element) -> None:
    """One that cannot be rated, or not here, hides nothing of the others; they are decided together."""
    await care.open("anna", "prepaid", "video-pass")
    asked = (DATA, UNKNOWN_GROUP, VIDEO, METER, VOICE, TEXT)
    created = await element.create(
        "device-anna", "c-1", *(usage(rating_group, asks=wish()) for rating_group in asked)
    )
    answer = created.charging_data
    assert codes(answer) == {
        DATA: SUCCESS,
        UNKNOWN_GROUP: RATING_FAILED,
        VIDEO: SUCCESS,
        METER: RATING_FAILED,
        VOICE: SUCCESS,
        TEXT: SUCCESS,
    }
    by_group = {item.rating_group: item for item in answer.multiple_unit_information}
    assert by_group[DATA].granted_unit.total_volume_octets == INITIAL_OCTETS
    assert by_group[VOICE].granted_unit.time_seconds == 60
    assert by_group[TEXT].granted_unit.service_specific_units == 1
    assert str(UNKNOWN_GROUP) in by_group[UNKNOWN_GROUP].detail
    used_up = usage(DATA, used(400_000, 1), asks=wish()), usage(UNKNOWN_GROUP, used(1, 1), asks=wish())
    later = await element.update(created.charging_data_ref, 2, *used_up, second=10)
    assert codes(later) == {DATA: SUCCESS, UNKNOWN_GROUP: RATING_FAILED}
    assert later.charge_information.amount.minor_micros == 400_000 * OCTET


async def test_scarce_money_is_shared_by_rating_groups_and_never_promised_twice(
    care: Care, element: Element
) -> None:
    await care.open("anna", money=10 * CENT)
    created = await element.create(
        "device-anna", "c-1", *(usage(number, asks=wish()) for number in (DATA, WEB, VIDEO))
    )
    answers = created.charging_data.multiple_unit_information
    granted = sum(item.granted_unit.total_volume_octets for item in answers)
    balance, reserved = await care.money("anna")
    assert reserved == granted * OCTET <= balance == 10 * CENT
    assert all(item.granted_unit.total_volume_octets for item in answers)


async def test_where_the_offering_is_not_available_the_rating_group_is_denied(
    care: Care, element: Element
) -> None:
    await care.open("anna")
    abroad = charging_data_pb2.PduSessionChargingInformation(serving_plmn_id=EMBARGO_PLMN)
    created = await element.create("device-anna", "c-1", usage(DATA, asks=wish()), pdu_session=abroad)
    assert codes(created.charging_data) == {DATA: SERVICE_DENIED}
    home = charging_data_pb2.PduSessionChargingInformation(serving_plmn_id="26201")
    back = await element.update(
        created.charging_data_ref, 2, usage(DATA, asks=wish()), second=10, pdu_session=home
    )
    assert codes(back) == {DATA: SUCCESS}


async def test_many_sessions_of_one_account_never_reserve_more_than_there_is(
    care: Care, element: Element
) -> None:
    await care.open("anna", money=20 * CENT)
    await asyncio.gather(
        *(element.create("device-anna", f"c-{n}", usage(DATA, asks=wish())) for n in range(20))
    )
    balance, reserved = await care.money("anna")
    assert 0 < reserved <= balance == 20 * CENT
    assert (await care.account("anna")).open_sessions == 20


async def test_usage_without_a_rating_group_is_the_catalogs_default_one(care: Care, element: Element) -> None:
    """Open5GS' SMF sends one unit usage without rating group, and always asks for 1,000,000 octets."""
    await care.open("anna")
    created = await element.create("device-anna", "c-1", usage(None, asks=wish(1_000_000)))
    granted = only(created.charging_data)
    assert (granted.rating_group, granted.granted_unit.total_volume_octets) == (DATA, 1_000_000)
    later = await element.update(
        created.charging_data_ref, 2, usage(None, used(1_000_000, 1), asks=wish(1_000_000)), second=30
    )
    assert only(later).granted_unit.total_volume_octets == 1_000_000
    assert only(later).charge_information.amount.minor_micros == 1_000_000 * OCTET


async def test_uplink_and_downlink_without_a_total_are_added_up(care: Care, element: Element) -> None:
    await care.open("anna")
    created = await element.create("device-anna", "c-1", usage(None, asks=wish(1_000_000)))
    both = Container(uplink_volume_octets=1_500, downlink_volume_octets=98_500)
    answer = await element.release(created.charging_data_ref, 2, usage(None, both), second=30)
    assert answer.charge_information.amount.minor_micros == 100_000 * OCTET
    assert await care.money("anna") == (5 * EURO - 100_000 * OCTET, 0)


async def test_a_session_may_begin_without_any_unit_usage(care: Care, element: Element) -> None:
    await care.open("anna")
    created = await element.create("device-anna", "c-1")
    assert created.charging_data_ref
    assert list(created.charging_data.multiple_unit_information) == []
    later = await element.update(created.charging_data_ref, 2, usage(DATA, asks=wish()), second=5)
    assert only(later).granted_unit.total_volume_octets == INITIAL_OCTETS


async def test_session_numbers_may_begin_with_zero_and_leave_some_out(care: Care, element: Element) -> None:
    await care.open("anna")
    created = await element.create("device-anna", "c-1", usage(DATA, asks=wish()), sequence=0)
    assert created.charging_data.invocation_sequence_number == 0
    answer = await element.update(created.charging_data_ref, 7, usage(DATA, used(1_000)), second=5)
    assert answer.invocation_sequence_number == 7
    assert answer.invocation_time_stamp.seconds == MORNING + 5
