"""The rules of converged charging on the wire, one by one, over real gRPC (TS 32.290, RFC 8506).

`docs/charging.md` says where each is tested further.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal, journal_status, priced_charging, record_of
from tests.support.live_element import (
    MORNING,
    Container,
    Element,
    next_of,
    raw_call,
    updating,
    usage,
    used,
    wish,
)
from tests.support.live_policies import CLOCK, CLOCK_AFTER, CLOCK_BEFORE, NOON_SECOND, PLAIN
from tests.support.live_prices import (
    BRIEF,
    DATA,
    EMBARGO_PLMN,
    EURO,
    INITIAL_OCTETS,
    MEGABYTE,
    MINIMUM_OCTETS,
    OCTET,
    UNKNOWN_GROUP,
    VIDEO,
    VOICE,
    WEB,
)
from tests.support.waiting import eventually

WHO = "device-anna"
SUCCESS = charging_data_pb2.RESULT_CODE_SUCCESS
EXHAUSTED = charging_data_pb2.RESULT_CODE_QUOTA_LIMIT_REACHED
RATING_FAILED = charging_data_pb2.RESULT_CODE_RATING_FAILED
TERMINATE = charging_data_pb2.FINAL_UNIT_ACTION_TERMINATE
REAUTHORIZATION = charging_api_pb2.NOTIFICATION_TYPE_REAUTHORIZATION
SPLITS = [charging_data_pb2.FEATURE_TARIFF_TIME_CHANGE]


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path) as node:
        yield node


@pytest.fixture
async def clocked(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("anna")
        yield node


async def test_rule_1_a_duplicate_gets_the_first_answer_and_one_debit_also_across_a_takeover(
    node: Node,
) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    ref = (await element.create(WHO, "c-1", usage(DATA, asks=wish()))).charging_data_ref
    request = updating(ref, 2, usage(DATA, used(500_000, 1), asks=wish()), second=30)
    method = "ChargingService/UpdateChargingSession"
    first = await raw_call(node.channel, method, request)
    before = await journal_status(node.channel)
    assert await raw_call(node.channel, method, request) == first
    after = await journal_status(node.channel)
    assert (after.head_sequence, after.state_digest) == (before.head_sequence, before.state_digest)
    await node.restart()
    assert (await journal_status(node.channel)).epoch == before.epoch + 1
    assert await raw_call(node.channel, method, request) == first
    assert (await Care(node.channel).money("anna"))[0] == 5 * EURO - 500_000 * OCTET


async def test_rule_2_after_twice_the_validity_time_in_silence_the_reservation_goes_back(
    node: Node,
) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    created = await element.create(WHO, "c-1", usage(BRIEF, asks=wish()))
    (granted,) = created.charging_data.multiple_unit_information
    assert granted.validity_time_seconds == 1
    assert await care.money("anna") == (5 * EURO, INITIAL_OCTETS * OCTET)

    async def given_back() -> bool:
        return await care.money("anna") == (5 * EURO, 0)

    await eventually(given_back, 20, "the reservation goes back")
    entries = [entry for row in await journal(node.channel) for entry in record_of(row).entries]
    opened, closed = (
        next(entry.decided_at for entry in entries for event in entry.events if event.HasField(kind))
        for kind in ("session_opened", "session_closed")
    )
    assert closed.ToMicroseconds() - opened.ToMicroseconds() >= 2_000_000


async def test_rule_3_after_final_units_usage_comes_without_a_new_reservation(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", money=MINIMUM_OCTETS * OCTET)
    created = await element.create(WHO, "c-1", usage(DATA, asks=wish(MINIMUM_OCTETS)))
    (granted,) = created.charging_data.multiple_unit_information
    assert granted.granted_unit.total_volume_octets == MINIMUM_OCTETS
    assert granted.final_unit_indication.final_unit_action == TERMINATE
    answer = await element.update(
        created.charging_data_ref, 2, usage(DATA, used(MINIMUM_OCTETS, 1)), second=60
    )
    (information,) = answer.multiple_unit_information
    assert (information.result_code, information.HasField("granted_unit")) == (SUCCESS, False)
    assert await care.money("anna") == (0, 0)


async def test_rule_3_an_empty_account_hears_a_final_unit_indication_a_validity_and_no_grant(
    node: Node,
) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", money=0)
    created = await element.create(WHO, "c-1", usage(DATA, asks=wish()))
    (information,) = created.charging_data.multiple_unit_information
    assert (information.result_code, information.HasField("granted_unit")) == (EXHAUSTED, False)
    assert information.final_unit_indication.final_unit_action == TERMINATE
    assert information.validity_time_seconds > 0


async def test_rule_4_a_top_up_re_authorises_what_was_blocked_at_once(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", money=0)
    created = await element.create(WHO, "c-1", usage(DATA, asks=wish()), usage(WEB, asks=wish()))
    notices = element.notices()
    await notices.initial_metadata()
    assert (await care.top_up("anna", EURO)).reauthorised_sessions == 1
    told = await next_of(notices)
    assert (told.notification_type, told.charging_data_ref, list(told.rating_groups)) == (
        REAUTHORIZATION,
        created.charging_data_ref,
        [DATA, WEB],
    )
    answer = await element.update(created.charging_data_ref, 2, usage(DATA, asks=wish()), second=5)
    assert answer.multiple_unit_information[0].granted_unit.total_volume_octets > 0


async def test_rule_5_each_rating_group_has_its_own_grant_and_code_and_none_hides_another(
    node: Node,
) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", "prepaid", "video-pass", money=0)
    created = await element.create(
        WHO,
        "c-1",
        usage(UNKNOWN_GROUP, asks=wish()),
        usage(VIDEO, asks=wish()),
        usage(DATA, asks=wish()),
        usage(VOICE),
    )
    answers = {item.rating_group: item for item in created.charging_data.multiple_unit_information}
    assert {number: item.result_code for number, item in answers.items()} == {
        UNKNOWN_GROUP: RATING_FAILED,
        # The pass pays for video, though there is no money for data.
        VIDEO: SUCCESS,
        DATA: EXHAUSTED,
        VOICE: SUCCESS,
    }
    granted = [number for number, item in answers.items() if item.HasField("granted_unit")]
    assert granted == [VIDEO]


async def test_rule_6_usage_is_charged_even_when_no_further_grant_is_possible(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna", money=MEGABYTE * OCTET)
    ref = (await element.create(WHO, "c-1", usage(DATA, asks=wish()))).charging_data_ref
    beyond = usage(DATA, used(MEGABYTE + 1_000, 1), asks=wish())
    answer = await element.update(ref, 2, beyond, second=60)
    (information,) = answer.multiple_unit_information
    assert (information.result_code, information.HasField("granted_unit")) == (EXHAUSTED, False)
    assert information.charge_information.amount.minor_micros == (MEGABYTE + 1_000) * OCTET
    assert await care.money("anna") == (-1_000 * OCTET, 0)


async def test_rule_6_usage_is_charged_where_the_service_is_denied_from_now_on(node: Node) -> None:
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    ref = (await element.create(WHO, "c-1", usage(DATA, asks=wish()))).charging_data_ref
    embargo = charging_data_pb2.PduSessionChargingInformation(serving_plmn_id=EMBARGO_PLMN)
    report = usage(DATA, used(1_000, 1), asks=wish())
    answer = await element.update(ref, 2, report, second=60, pdu_session=embargo)
    (information,) = answer.multiple_unit_information
    assert information.result_code == charging_data_pb2.RESULT_CODE_END_USER_SERVICE_DENIED
    assert information.charge_information.amount.minor_micros == 1_000 * OCTET


async def test_rule_7_a_grant_says_when_the_price_changes_and_usage_comes_in_two_containers(
    clocked: Node,
) -> None:
    element, half_an_hour_before = Element(clocked.channel), NOON_SECOND - 1_800
    created = await element.create(
        WHO, "c-1", usage(CLOCK, asks=wish()), second=half_an_hour_before, supported_features=SPLITS
    )
    (information,) = created.charging_data.multiple_unit_information
    noon = Timestamp(seconds=MORNING + NOON_SECOND)
    assert information.granted_unit.tariff_time_change == noon
    # The grant goes on over the change of price.
    assert information.validity_time_seconds > 1_800
    before = Container(total_volume_octets=300_000, local_sequence_number=1, trigger_timestamp=noon)
    answer = await element.update(
        created.charging_data_ref,
        2,
        usage(CLOCK, before, used(200_000, 2), asks=wish()),
        second=NOON_SECOND + 600,
    )
    charged = answer.charge_information.amount.minor_micros
    assert charged == 300_000 * CLOCK_BEFORE + 200_000 * CLOCK_AFTER
    assert not answer.multiple_unit_information[0].granted_unit.HasField("tariff_time_change")


async def test_rule_7_an_element_that_does_not_split_comes_back_where_the_price_changes(
    clocked: Node,
) -> None:
    element = Element(clocked.channel)
    created = await element.create(WHO, "c-1", usage(CLOCK, asks=wish()), second=NOON_SECOND - 1_800)
    (information,) = created.charging_data.multiple_unit_information
    assert not information.granted_unit.HasField("tariff_time_change")
    assert information.validity_time_seconds == 1_800
    ref = created.charging_data_ref
    at_noon = await element.update(ref, 2, usage(CLOCK, used(300_000, 1), asks=wish()), second=NOON_SECOND)
    later = await element.update(ref, 3, usage(CLOCK, used(200_000, 2)), second=NOON_SECOND + 600)
    assert at_noon.charge_information.amount.minor_micros == 300_000 * CLOCK_BEFORE
    assert later.charge_information.amount.minor_micros == 200_000 * CLOCK_AFTER


async def test_rule_8_an_open5gs_smf_is_understood(node: Node) -> None:
    """No rating group, always a million octets, uplink and downlink without a total, sessions that begin
    without any usage."""
    care, element = Care(node.channel), Element(node.channel)
    await care.open("anna")
    ref = (await element.create(WHO, "c-1", sequence=0)).charging_data_ref
    asking = await element.update(ref, 1, usage(None, asks=wish(1_000_000)), second=1)
    (information,) = asking.multiple_unit_information
    assert (information.rating_group, information.result_code) == (DATA, SUCCESS)
    assert information.granted_unit.total_volume_octets == 1_000_000
    # It ignores a threshold where it has no volume quota: both come together.
    assert 0 < information.volume_quota_threshold_octets < 1_000_000
    both_ways = Container(uplink_volume_octets=1_000, downlink_volume_octets=9_000)
    answer = await element.update(ref, 2, usage(None, both_ways, asks=wish(1_000_000)), second=60)
    assert answer.charge_information.amount.minor_micros == 10_000 * OCTET
    await element.release(ref, 3, second=120)
    assert await care.money("anna") == (5 * EURO - 10_000 * OCTET, 0)
