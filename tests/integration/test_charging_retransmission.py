"""A repeated request gets the first answer, octet for octet, and is charged once, whatever came between.

Rule 1 of the charging contract (RFC 8506 section 8.2, TS 32.290 clause 5.3.2).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from tidemark.charging.v1 import charging_api_pb2

from tests.support.front_doors import FRONT_DOORS
from tests.support.live_accounts import Care, topping_up
from tests.support.live_charging import (
    ChargingProcess,
    Node,
    charging_process,
    journal,
    journal_status,
    priced_charging,
    record_of,
)
from tests.support.live_element import (
    DEBIT,
    ENQUIRY,
    REFUND,
    Element,
    Refusal,
    creating,
    happening,
    pieces,
    raw_call,
    refusal,
    releasing,
    updating,
    usage,
    used,
    wish,
)
from tests.support.live_prices import DATA, EURO, INITIAL_OCTETS, MESSAGE, OCTET, TEXT, WEB

CREATE = "ChargingService/CreateChargingSession"
UPDATE = "ChargingService/UpdateChargingSession"
CONFLICT = Refusal(grpc.StatusCode.ABORTED, "DUPLICATE_DIFFERS")


@dataclass(frozen=True, slots=True)
class Said:
    """One request, and the octets that came back the first time."""

    method: str
    request: bytes
    answer: bytes


class Conversation:
    """What an element and a care desk say, to be said again word for word."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.said: list[Said] = []

    async def say(self, method: str, request: Message) -> bytes:
        """Says it for the first time."""
        octets = request.SerializeToString(deterministic=True)
        answer = await raw_call(self.channel, method, octets)
        self.said.append(Said(method, octets, answer))
        return answer

    async def repeat(self, channel: grpc.aio.Channel) -> None:
        """Says everything again, in order and then backwards, and compares the answers."""
        for said in (*self.said, *reversed(self.said)):
            assert await raw_call(channel, said.method, said.request) == said.answer, said.method


async def converse(channel: grpc.aio.Channel) -> Conversation:
    """A session of 400 kB, a message and its refund, a top-up of 1 EUR, on an account of 5 EUR."""
    await Care(channel).open("anna")
    talk = Conversation(channel)
    created = await talk.say(CREATE, creating("device-anna", "c-1", usage(DATA, asks=wish())))
    ref = charging_api_pb2.CreateChargingSessionResponse.FromString(created).charging_data_ref
    update = updating(ref, 2, usage(DATA, used(300_000, 1), asks=wish()), second=10)
    await talk.say(UPDATE, update)
    release = releasing(ref, 3, usage(DATA, used(100_000, 2)), second=20)
    await talk.say("ChargingService/ReleaseChargingSession", release)
    event = happening(DEBIT, "device-anna", "e-1", usage(TEXT, asks=pieces(1)))
    charged = await talk.say("ChargingService/ChargeOneTimeEvent", event)
    answer = charging_api_pb2.ChargeOneTimeEventResponse.FromString(charged)
    (charge_id,) = answer.charging_data.charge_information.charge_ids
    back = happening(REFUND, "device-anna", "e-2", refund=charge_id)
    await talk.say("ChargingService/ChargeOneTimeEvent", back)
    await talk.say("AccountService/TopUpAccount", topping_up("anna", EURO, "voucher-1"))
    return talk


EXPECTED_MONEY = (5 * EURO - 400_000 * OCTET + EURO, 0)


async def undisturbed(channel: grpc.aio.Channel) -> tuple[tuple[int, int], int]:
    """What a repetition must not move: the money, and how many journal records carry a request."""
    records = [record_of(row) for row in await journal(channel)]
    requests = sum(bool(entry.duplicate_key) for record in records for entry in record.entries)
    return await Care(channel).money("anna"), requests


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path) as node:
        yield node


async def test_every_repeated_request_gets_its_first_answer_and_changes_nothing(charging: Node) -> None:
    talk = await converse(charging.channel)
    assert await undisturbed(charging.channel) == (EXPECTED_MONEY, 7)
    await talk.repeat(charging.channel)
    assert await undisturbed(charging.channel) == (EXPECTED_MONEY, 7)


async def test_the_first_answers_outlive_a_restart(charging: Node) -> None:
    talk = await converse(charging.channel)
    await charging.restart()
    await talk.repeat(charging.channel)
    assert await undisturbed(charging.channel) == (EXPECTED_MONEY, 7)


async def test_the_first_answers_outlive_a_snapshot_and_a_restart(tmp_path: Path) -> None:
    async with priced_charging(tmp_path, snapshot_every_records=2) as charging:
        talk = await converse(charging.channel)
        status = await journal_status(charging.channel)
        assert status.snapshot_sequence > 0
        await charging.restart()
        await talk.repeat(charging.channel)
        assert await undisturbed(charging.channel) == (EXPECTED_MONEY, 7)


@pytest.mark.parametrize("front_door", FRONT_DOORS)
async def test_the_first_answers_outlive_kill_9(tmp_path: Path, front_door: str) -> None:
    async with charging_process(tmp_path, front_door=front_door) as charging:
        talk = await converse(charging.channel)
        await charging.kill()
        await charging.start()
        await talk.repeat(charging.channel)
        assert await undisturbed(charging.channel) == (EXPECTED_MONEY, 7)


@pytest.mark.parametrize("front_door", FRONT_DOORS)
async def test_a_request_whose_answer_died_with_the_process_is_charged_once(
    tmp_path: Path, front_door: str
) -> None:
    """Killed while Updates are in flight: each is sent again until it is answered."""
    async with charging_process(tmp_path, front_door=front_door) as charging:
        await Care(charging.channel).open("anna", money=50 * EURO)
        created = await Element(charging.channel).create("device-anna", "c-1")
        requests = [
            updating(created.charging_data_ref, 2 + n, usage(DATA, used(1_000, n)), second=n)
            for n in range(60)
        ]
        answered: dict[int, bytes] = {}
        for kills_after in (7, 39, None):
            await _send_until(charging, requests, answered, kills_after)
        assert await Care(charging.channel).money("anna") == (50 * EURO - 60 * 1_000 * OCTET, 0)
        for number, answer in answered.items():
            again = await raw_call(charging.channel, UPDATE, requests[number])
            assert again == answer


async def _send_until(
    charging: ChargingProcess,
    requests: list[charging_api_pb2.UpdateChargingSessionRequest],
    answered: dict[int, bytes],
    kills_after: int | None,
) -> None:
    """Sends in order what has no answer yet; kills while the request after `kills_after` is under way."""
    for number, request in enumerate(requests):
        if number in answered:
            continue
        call = asyncio.ensure_future(raw_call(charging.channel, UPDATE, request))
        if number == kills_after:
            await asyncio.wait({call}, timeout=0.001)
            killing = asyncio.ensure_future(charging.kill())
            with contextlib.suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
                answered[number] = await call
            await killing
            return await charging.start()
        answered[number] = await call
    return None


async def test_one_request_sent_many_times_at_once_is_charged_once(charging: Node) -> None:
    await Care(charging.channel).open("anna")
    created = await Element(charging.channel).create("device-anna", "c-1")
    request = updating(created.charging_data_ref, 2, usage(DATA, used(1_000, 1), asks=wish()))
    answers = await asyncio.gather(*(raw_call(charging.channel, UPDATE, request) for _ in range(30)))
    assert len(set(answers)) == 1
    balance, reserved = await Care(charging.channel).money("anna")
    assert (balance, reserved) == (5 * EURO - 1_000 * OCTET, INITIAL_OCTETS * OCTET)


async def test_the_retransmission_mark_makes_no_other_request_of_it(charging: Node) -> None:
    await Care(charging.channel).open("anna")
    first = creating("device-anna", "c-1", usage(DATA, asks=wish()))
    marked = creating("device-anna", "c-1", usage(DATA, asks=wish()), retransmission_indicator=True)
    answer = await raw_call(charging.channel, CREATE, first)
    assert await raw_call(charging.channel, CREATE, marked) == answer


async def test_the_same_number_with_other_usage_is_refused_and_the_session_goes_on(charging: Node) -> None:
    await Care(charging.channel).open("anna")
    element = Element(charging.channel)
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    first = await element.update(ref, 2, usage(DATA, used(1_000, 1), asks=wish()), second=10)
    other = usage(DATA, used(2_000, 1), asks=wish())
    assert await refusal(element.update(ref, 2, other, second=10)) == CONFLICT
    assert await refusal(element.release(ref, 2, usage(DATA, used(1_000, 1)), second=10)) == CONFLICT
    assert await refusal(element.create("device-anna", "c-1", usage(WEB, asks=wish()))) == CONFLICT
    assert await element.update(ref, 2, usage(DATA, used(1_000, 1), asks=wish()), second=10) == first
    await element.release(ref, 3, usage(DATA, used(500, 2)), second=20)
    assert await Care(charging.channel).money("anna") == (5 * EURO - 1_500 * OCTET, 0)


async def test_a_container_reported_again_in_a_later_request_is_charged_once(charging: Node) -> None:
    """`localSequenceNumber` is the second duplicate key (TS 32.291 clause 6.1.6.2.1.6)."""
    await Care(charging.channel).open("anna")
    element = Element(charging.channel)
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    await element.update(ref, 2, usage(DATA, used(1_000, 1), used(2_000, 2), asks=wish()), second=10)
    await element.update(ref, 3, usage(DATA, used(2_000, 2), used(4_000, 3), asks=wish()), second=20)
    await element.release(ref, 4, usage(DATA, used(4_000, 3)), second=30)
    assert await Care(charging.channel).money("anna") == (5 * EURO - 7_000 * OCTET, 0)


async def test_a_price_enquiry_is_answered_anew_and_never_charged(charging: Node) -> None:
    care, element = Care(charging.channel), Element(charging.channel)
    await care.open("anna")
    before = await journal_status(charging.channel)
    for _ in range(3):
        answer = await element.event(ENQUIRY, "device-anna", "e-1", usage(TEXT, asks=pieces(1)))
        assert answer.charge_information.amount.minor_micros == MESSAGE
    after = await journal_status(charging.channel)
    assert (after.head_sequence, after.state_digest) == (before.head_sequence, before.state_digest)


async def test_a_refused_debit_leaves_its_key_free(charging: Node) -> None:
    care, element = Care(charging.channel), Element(charging.channel)
    await care.open("anna", money=0)
    event = usage(TEXT, asks=pieces(1))
    refused = await refusal(element.event(DEBIT, "device-anna", "e-1", event))
    assert refused == Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, "QUOTA_LIMIT_REACHED")
    await care.top_up("anna", EURO)
    await element.event(DEBIT, "device-anna", "e-1", event)
    assert await care.money("anna") == (EURO - MESSAGE, 0)
