"""Velocity limits and the stop list: abuse is refused by name, honest retransmissions never are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from tidemark.charging.v1 import charging_api_pb2

from services.common.runtime.grpc_errors import error_info
from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal_status, priced_charging
from tests.support.live_element import (
    CHECK,
    DEBIT,
    Element,
    Refusal,
    creating,
    happening,
    next_of,
    pieces,
    refusal,
    usage,
    used,
    wish,
)
from tests.support.live_policies import (
    BARRED_NUMBER,
    CREATES_A_WINDOW,
    EVENTS_AN_ELEMENT,
    LIMITED,
    PLAIN,
    SECONDS_A_WINDOW,
    TEXT_PRICE,
)
from tests.support.live_policy import PolicyDesk, post_event
from tests.support.live_prices import DATA, EURO, OCTET, TEXT

DENIED = grpc.StatusCode.PERMISSION_DENIED
ABORT = charging_api_pb2.NOTIFICATION_TYPE_ABORT_CHARGING
WHO = "device-anna"


@pytest.fixture
async def limited(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, LIMITED) as node:
        for name in ("anna", "bert"):
            await Care(node.channel).open(name)
        yield node


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path, PLAIN) as node:
        await Care(node.channel).open("anna")
        yield node


async def test_a_subscriber_opens_so_many_sessions_a_window_and_no_more(limited: Node) -> None:
    element = Element(limited.channel)
    for number in range(CREATES_A_WINDOW):
        await element.create(WHO, f"c-{number}", usage(DATA, asks=wish()))
    before = await journal_status(limited.channel)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await element.create(WHO, "c-9", usage(DATA, asks=wish()))
    info = error_info(error.value)
    assert info is not None
    assert (error.value.code(), info.reason, info.metadata["limit"]) == (
        DENIED,
        "VELOCITY_EXCEEDED",
        "sessions",
    )
    assert 0 < int(info.metadata["retry_after_seconds"]) <= SECONDS_A_WINDOW
    assert info.metadata["field"] == "charging_data.subscriber_identifier"
    after = await journal_status(limited.channel)
    assert (after.head_sequence, after.state_digest) == (before.head_sequence, before.state_digest)
    await element.create("device-bert", "c-9", usage(DATA, asks=wish()))


async def test_a_retransmission_or_an_update_is_never_too_fast(limited: Node) -> None:
    element = Element(limited.channel)
    created = [
        await element.create(WHO, f"c-{number}", usage(DATA, asks=wish()))
        for number in range(CREATES_A_WINDOW)
    ]
    for number, first in enumerate(created):
        for _ in range(3):
            assert await element.create(WHO, f"c-{number}", usage(DATA, asks=wish())) == first
    for number in range(2, 12):
        await element.update(created[0].charging_data_ref, number, usage(DATA, used(10, number)))
    assert (await refusal(element.create(WHO, "c-9"))).reason == "VELOCITY_EXCEEDED"


async def test_an_element_sends_so_many_events_for_whomever(limited: Node) -> None:
    element = Element(limited.channel, "smsc-1")
    for number in range(EVENTS_AN_ELEMENT):
        who, action = ("device-anna", "device-bert")[number % 2], (DEBIT, CHECK)[number % 2]
        await element.event(action, who, f"e-{number}", usage(TEXT, asks=pieces(1)))
    refused = await refusal(element.event(DEBIT, WHO, "e-9", usage(TEXT, asks=pieces(1))))
    assert refused == Refusal(DENIED, "VELOCITY_EXCEEDED", "charging_data.nf_consumer_identification.nf_name")
    await Element(limited.channel, "smsc-2").event(DEBIT, WHO, "e-9", usage(TEXT, asks=pieces(1)))


async def test_a_barred_subscriber_gets_nothing_and_is_charged_what_was_used(node: Node) -> None:
    element, desk, care = Element(node.channel), PolicyDesk(node.channel), Care(node.channel)
    ref = (await element.create(WHO, "c-1", usage(DATA, asks=wish()))).charging_data_ref
    notices = element.notices()
    await notices.initial_metadata()
    assert (await desk.bar(WHO)).aborted_sessions == 1
    told = await next_of(notices)
    assert (told.notification_type, told.charging_data_ref) == (ABORT, ref)
    for call in (
        element.create(WHO, "c-2", usage(DATA, asks=wish())),
        element.event(DEBIT, WHO, "e-1", usage(TEXT, asks=pieces(1))),
        element.event(CHECK, WHO, "e-2", usage(TEXT, asks=pieces(1))),
    ):
        assert await refusal(call) == Refusal(
            DENIED, "SUBSCRIBER_BARRED", "charging_data.subscriber_identifier"
        )
    answer = await element.update(ref, 2, usage(DATA, used(1_000, 1), asks=wish()), second=10)
    (information,) = answer.multiple_unit_information
    assert not information.HasField("granted_unit")
    assert answer.charge_information.amount.minor_micros == 1_000 * OCTET
    afterwards = happening(DEBIT, WHO, "e-3", usage(TEXT, asks=pieces(1)))
    await element.stub.ChargeOneTimeEvent(post_event(afterwards))
    assert (await care.money("anna"))[0] == 5 * EURO - 1_000 * OCTET - TEXT_PRICE


async def test_an_element_that_was_away_hears_of_the_bar_until_its_session_has_ended(node: Node) -> None:
    element, desk = Element(node.channel), PolicyDesk(node.channel)
    ref = (await element.create(WHO, "c-1", usage(DATA, asks=wish()))).charging_data_ref
    await desk.bar(WHO)
    await node.restart()
    element = Element(node.channel)
    for _ in range(2):
        stream = element.notices()
        told = await next_of(stream)
        assert (told.notification_type, told.charging_data_ref) == (ABORT, ref)
        stream.cancel()
    await element.release(ref, 2)
    await PolicyDesk(node.channel).bar(WHO, barred=False)
    await element.create(WHO, "c-2", usage(DATA, asks=wish()))


async def test_a_barred_number_cannot_be_written_to(node: Node) -> None:
    request = happening(DEBIT, WHO, "e-1", usage(TEXT, asks=pieces(1)))
    request.charging_data.sms.recipient_address = BARRED_NUMBER
    refused = await refusal(Element(node.channel).stub.ChargeOneTimeEvent(request))
    assert (refused.code, refused.reason) == (DENIED, "END_USER_REQUEST_DENIED")


async def test_one_charging_id_serves_two_subscribers_of_one_element(node: Node) -> None:
    await Care(node.channel).open("bert")
    stub = Element(node.channel).stub
    refs = {
        (await stub.CreateChargingSession(creating(who, "c-1", usage(DATA, asks=wish())))).charging_data_ref
        for who in ("device-anna", "device-bert")
    }
    assert len(refs) == 2
