"""Policy counters and spending caps: what a PCF asks for, and a customer who lifts a cap (TS 29.594)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import grpc
import pytest
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, priced_charging
from tests.support.live_element import (
    DEBIT,
    MORNING,
    Element,
    Refusal,
    next_of,
    pieces,
    refusal,
    usage,
    used,
    wish,
)
from tests.support.live_policies import BILL_SHOCK_CAP, POLICIES
from tests.support.live_policy import PolicyDesk
from tests.support.live_prices import CENT, DATA, EURO, MEGABYTE, TEXT

WHO = "device-anna"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, POLICIES) as node:
        await Care(node.channel).open("anna", money=20 * EURO)
        yield node


def _second() -> int:
    """Now, after the stories' morning: counters are asked for by the server's clock."""
    return int(datetime.now(ZoneInfo("Europe/Berlin")).timestamp()) - MORNING


async def _use(node: Node, ref: str, sequence: int, octets: int, asks: bool = True) -> None:
    element = Element(node.channel)
    report = usage(DATA, used(octets, sequence), asks=wish() if asks else None)
    await element.update(ref, sequence, report, second=_second())


async def _session(node: Node) -> str:
    element = Element(node.channel)
    created = await element.create(WHO, "c-1", usage(DATA, asks=wish()), second=_second())
    return created.charging_data_ref


async def test_counters_stand_where_usage_has_moved_them(node: Node) -> None:
    desk, ref = PolicyDesk(node.channel), await _session(node)
    before = await desk.counters(WHO)
    assert sorted(before) == ["bill-shock", "fair-use", "texts"]
    assert [before[code].status for code in sorted(before)] == ["", "", ""]
    await _use(node, ref, 2, 6 * MEGABYTE)
    counters = await desk.counters(WHO)
    money, units = counters["bill-shock"], counters["fair-use"]
    # 6 MB at 0.10 EUR.
    assert (money.money.currency_code, money.money.minor_micros) == ("EUR", 60 * CENT)
    assert (money.status, money.cap, money.capped) == ("warned", BILL_SHOCK_CAP, False)
    assert (units.quantity.unit, units.quantity.amount, units.status) == ("octets", 6 * MEGABYTE, "slow")
    assert not units.HasField("cap")
    now = datetime.now(ZoneInfo("Europe/Berlin"))
    assert money.period == f"{now:%Y-%m}"
    assert money.period_end.seconds > now.timestamp()
    assert list(await desk.counters(WHO, "texts")) == ["texts"]


async def test_a_pcf_is_told_each_change_of_status_and_nothing_in_between(node: Node) -> None:
    desk, ref = PolicyDesk(node.channel), await _session(node)
    stream = desk.watch(WHO, "fair-use")
    (first,) = (await next_of(stream)).counters
    assert first.status == ""
    await _use(node, ref, 2, 1 * MEGABYTE)
    (normal,) = (await next_of(stream)).counters
    await _use(node, ref, 3, 1 * MEGABYTE)
    await _use(node, ref, 4, 2 * MEGABYTE)
    (slow,) = (await next_of(stream)).counters
    assert [(item.status, item.quantity.amount) for item in (normal, slow)] == [
        ("normal", 1 * MEGABYTE),
        ("slow", 4 * MEGABYTE),
    ]
    stream.cancel()


async def test_a_cap_stops_the_session_and_lifting_it_calls_the_session_back(node: Node) -> None:
    desk, element = PolicyDesk(node.channel), Element(node.channel)
    ref = await _session(node)
    notices = element.notices()
    await notices.initial_metadata()
    answer = await element.update(ref, 2, usage(DATA, used(10 * MEGABYTE, 1), asks=wish()), second=_second())
    (information,) = answer.multiple_unit_information
    assert information.result_code == charging_data_pb2.RESULT_CODE_QUOTA_LIMIT_REACHED
    assert (await Care(node.channel).money("anna"))[0] == 19 * EURO
    lifted = await desk.set_cap(WHO, "bill-shock")
    assert (lifted.reauthorised_sessions, lifted.counter.capped) == (1, False)
    assert not lifted.counter.HasField("cap")
    told = await next_of(notices)
    assert (told.notification_type, told.charging_data_ref, list(told.rating_groups)) == (
        charging_api_pb2.NOTIFICATION_TYPE_REAUTHORIZATION,
        ref,
        [DATA],
    )
    answer = await element.update(ref, 3, usage(DATA, asks=wish()), second=_second())
    assert answer.multiple_unit_information[0].granted_unit.total_volume_octets > 0


async def test_a_cap_of_ones_own_holds_over_a_restart_until_it_is_reset(node: Node) -> None:
    desk = PolicyDesk(node.channel)
    first = await desk.set_cap(WHO, "bill-shock", 3 * EURO, request_id="three-euros")
    await node.restart()
    desk = PolicyDesk(node.channel)
    assert (await desk.counters(WHO))["bill-shock"].cap == 3 * EURO
    assert await desk.set_cap(WHO, "bill-shock", 3 * EURO, request_id="three-euros") == first
    differs = await refusal(desk.set_cap(WHO, "bill-shock", 4 * EURO, request_id="three-euros"))
    assert (differs.code, differs.reason) == (grpc.StatusCode.ABORTED, "DUPLICATE_DIFFERS")
    await desk.set_cap(WHO, "bill-shock", reset=True)
    assert (await desk.counters(WHO))["bill-shock"].cap == BILL_SHOCK_CAP


async def test_events_stop_at_a_cap_of_units(node: Node) -> None:
    element = Element(node.channel)
    for number in range(3):
        await element.event(DEBIT, WHO, f"e-{number}", usage(TEXT, asks=pieces(1)), second=_second())
    fourth = element.event(DEBIT, WHO, "e-9", usage(TEXT, asks=pieces(1)), second=_second())
    assert (await refusal(fourth)).reason == "QUOTA_LIMIT_REACHED"
    assert (await PolicyDesk(node.channel).counters(WHO, "texts"))["texts"].capped


async def test_what_is_not_the_customers_to_lift_stays(node: Node) -> None:
    desk = PolicyDesk(node.channel)
    precondition = grpc.StatusCode.FAILED_PRECONDITION
    assert await refusal(desk.set_cap(WHO, "texts")) == Refusal(precondition, "NOT_LIFTABLE", "counter_code")
    assert await refusal(desk.set_cap(WHO, "nothing")) == Refusal(
        precondition, "COUNTER_UNKNOWN", "counter_code"
    )
    assert await refusal(desk.counters(WHO, "fair-use", "nothing")) == Refusal(
        precondition, "COUNTER_UNKNOWN", "counter_codes[1]"
    )
