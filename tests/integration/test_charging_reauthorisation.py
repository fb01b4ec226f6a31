"""What charging has to say to an element: come back after a top-up, or stop after silence.

Rules 2 and 4 of the charging contract, on real gRPC and SQLite.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2, journal_pb2

from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal, priced_charging, record_of
from tests.support.live_element import Element, Information, next_of, usage, used, wish
from tests.support.live_prices import (
    BRIEF,
    DATA,
    EURO,
    INITIAL_OCTETS,
    OCTET,
)
from tests.support.waiting import eventually

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


async def test_a_top_up_calls_the_element_back_and_its_update_is_granted(
    care: Care, element: Element
) -> None:
    await care.open("anna", money=0)
    stream = element.notices()
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    assert (await care.top_up("anna", EURO)).reauthorised_sessions == 1
    notice = await next_of(stream)
    assert (notice.notification_type, notice.charging_data_ref) == (REAUTHORIZATION, ref)
    assert list(notice.rating_groups) == [DATA]
    granted = only(await element.update(ref, 2, usage(DATA, asks=wish()), second=30))
    assert granted.granted_unit.total_volume_octets == INITIAL_OCTETS
    stream.cancel()


async def test_an_element_that_was_away_hears_of_the_top_up_when_it_listens_again(
    charging: Node, care: Care, element: Element
) -> None:
    await care.open("anna", money=0)
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    await care.top_up("anna", EURO)
    late = element.notices()
    assert (await next_of(late)).charging_data_ref == ref
    late.cancel()
    await charging.restart()
    element = Element(charging.channel)
    after_restart = element.notices()
    notice = await next_of(after_restart)
    assert (notice.notification_type, notice.charging_data_ref) == (REAUTHORIZATION, ref)
    assert list(notice.rating_groups) == [DATA]
    granted = only(await element.update(ref, 2, usage(DATA, asks=wish()), second=30))
    assert granted.granted_unit.total_volume_octets == INITIAL_OCTETS
    after_restart.cancel()
    # It has come back, so there is nothing to tell it any more; another session is the next it hears of.
    await Care(charging.channel).open("bert", money=0)
    other = await element.create("device-bert", "c-2", usage(DATA, asks=wish()))
    await Care(charging.channel).top_up("bert", EURO)
    again = element.notices()
    assert (await next_of(again)).charging_data_ref == other.charging_data_ref
    again.cancel()


async def test_notices_go_to_the_element_that_has_the_session(charging: Node, care: Care) -> None:
    one, other = Element(charging.channel, "smf-1"), Element(charging.channel, "smf-2")
    heard = {element.nf_name: element.notices() for element in (one, other)}
    refs = {}
    for element in (one, other):
        await care.open(element.nf_name, money=0)
        created = await element.create(f"device-{element.nf_name}", "c-1", usage(DATA, asks=wish()))
        refs[element.nf_name] = created.charging_data_ref
        await care.top_up(element.nf_name, EURO)
    assert {name: (await next_of(stream)).charging_data_ref for name, stream in heard.items()} == refs
    for stream in heard.values():
        stream.cancel()


async def test_a_silent_session_ends_its_reservation_goes_back_and_the_element_is_told(
    charging: Node, care: Care, element: Element
) -> None:
    """Tcc is twice the validity time, which is one second here (RFC 8506 section 13)."""
    await care.open("anna")
    stream = element.notices()
    silent = await element.create("device-anna", "c-1", usage(BRIEF, asks=wish()))
    lasting = await element.create("device-anna", "c-2", usage(DATA, asks=wish()))
    await element.update(silent.charging_data_ref, 2, usage(BRIEF, used(5_000, 1), asks=wish()), second=1)
    held = (await care.money("anna"))[1]
    assert held > INITIAL_OCTETS * OCTET
    notice = await next_of(stream)
    assert notice.notification_type == ABORT_CHARGING
    assert notice.charging_data_ref == silent.charging_data_ref
    assert await care.money("anna") == (5 * EURO - 5_000 * OCTET, INITIAL_OCTETS * OCTET)
    account = await care.account("anna")
    assert account.open_sessions == 1
    await element.release(lasting.charging_data_ref, 2)
    stream.cancel()
    advanced = [event.session_advanced for event in await events(charging, "session_advanced")]
    due = max(
        item.expires_at.ToMicroseconds()
        for item in advanced
        if item.charging_data_ref == silent.charging_data_ref
    )
    assert notice.occurred_at.ToMicroseconds() >= due


async def test_a_session_that_fell_silent_while_charging_was_down_ends_after_the_restart(
    charging: Node, care: Care, element: Element
) -> None:
    await care.open("anna")
    await element.create("device-anna", "c-1", usage(BRIEF, asks=wish()))
    (due,) = [event.session_advanced.expires_at for event in await events(charging, "session_advanced")]
    await charging.stop()
    await eventually(lambda: time.time_ns() > due.ToNanoseconds(), what="the session is overdue")
    await charging.start()
    again = Care(charging.channel)
    await eventually(lambda: has_money(again, (5 * EURO, 0)), what="the reservation is given back")
    (closed,) = [event.session_closed for event in await events(charging, "session_closed")]
    assert closed.cause == journal_pb2.SESSION_CLOSE_CAUSE_EXPIRED
    assert (await again.account("anna")).open_sessions == 0


async def has_money(care: Care, expected: tuple[int, int]) -> bool:
    return await care.money("anna") == expected


async def events(charging: Node, kind: str) -> list[journal_pb2.Event]:
    """All events of one kind in the journal."""
    records = [record_of(row) for row in await journal(charging.channel)]
    return [
        event
        for record in records
        for entry in record.entries
        for event in entry.events
        if event.WhichOneof("event") == kind
    ]
