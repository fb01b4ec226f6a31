"""What bad input gets: a status, a reason and the field at fault; nothing changes and nobody is blocked.

Every line of the tables is sent as octets over real gRPC. Afterwards the
digest of charging's whole state is the same, nothing stands in the journal,
and the subscriber is charged as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message
from tidemark.charging.v1 import account_api_pb2, charging_api_pb2, journal_api_pb2

from tests.support.bad_account_input import ACCOUNT_CASES
from tests.support.bad_charging_input import CHARGING_CASES, CREATE, UPDATE
from tests.support.bad_circumstance_input import CIRCUMSTANCE_CASES
from tests.support.bad_input import Case, Scene, scene_of
from tests.support.bad_subscription_input import SUBSCRIPTION_CASES
from tests.support.live_charging import journal_status, priced_charging
from tests.support.live_element import (
    Element,
    Refusal,
    creating,
    next_of,
    raw_call,
    refusal,
    updating,
    usage,
    used,
    wish,
)
from tests.support.live_prices import DATA, OCTET

CASES = [*CHARGING_CASES, *CIRCUMSTANCE_CASES, *ACCOUNT_CASES, *SUBSCRIPTION_CASES]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with priced_charging(tmp_path) as node:
        yield await scene_of(node.channel)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_bad_input_is_refused_with_reason_and_field_and_changes_nothing(
    scene: Scene, case: Case
) -> None:
    before = await journal_status(scene.channel)
    assert await refusal(raw_call(scene.channel, case.method, case.build(scene))) == case.expected
    await assert_nothing_happened(scene, before.head_sequence, before.state_digest)


async def assert_nothing_happened(scene: Scene, sequence: int, digest: bytes) -> None:
    """The state is the same, and the session that is open goes on."""
    after = await journal_status(scene.channel)
    assert (after.head_sequence, after.state_digest) == (sequence, digest)
    element = Element(scene.channel)
    answer = await element.update(scene.ref, 3, usage(DATA, used(1_000, 7), asks=wish()), second=60)
    assert answer.charge_information.amount.minor_micros == 1_000 * OCTET
    assert answer.multiple_unit_information[0].granted_unit.total_volume_octets > 0


async def test_an_oversized_message_is_refused_before_it_is_read(scene: Scene) -> None:
    before = await journal_status(scene.channel)
    huge = creating("device-anna", "c-9", usage(DATA, asks=wish()))
    huge.charging_data.charging_id = "c" * 2_000_000
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await raw_call(scene.channel, CREATE, huge)
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    await assert_nothing_happened(scene, before.head_sequence, before.state_digest)


async def test_a_request_cut_off_anywhere_is_refused_and_breaks_nothing(
    scene: Scene,
) -> None:
    """A message cut off anywhere: malformed, or well-formed and lacking something."""
    before = await journal_status(scene.channel)
    whole = updating(scene.ref, 3, usage(DATA, used(1, 9)), second=20).SerializeToString(deterministic=True)
    for length in range(len(whole) - 1):
        refused = await refusal(raw_call(scene.channel, UPDATE, whole[:length]))
        assert refused.reason in {"MALFORMED_MESSAGE", "FIELD_MISSING", "CONTEXT_NOT_FOUND"}, length
    await assert_nothing_happened(scene, before.head_sequence, before.state_digest)


STREAM_CASES = [
    (
        "AccountService/WatchBalance",
        account_api_pb2.WatchBalanceRequest(account_id="anna", after_sequence=2**63),
        Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "after_sequence"),
    ),
    (
        "AccountService/WatchBalance",
        account_api_pb2.WatchBalanceRequest(account_id="nobody"),
        Refusal(grpc.StatusCode.NOT_FOUND, "ACCOUNT_UNKNOWN", "account_id"),
    ),
    (
        "AccountService/WatchBalance",
        account_api_pb2.WatchBalanceRequest(),
        Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING", "lookup"),
    ),
    (
        "ChargingService/Notify",
        charging_api_pb2.NotifyRequest(),
        Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING", "nf_name"),
    ),
    (
        "JournalService/ReadJournal",
        journal_api_pb2.ReadJournalRequest(after_sequence=2**64 - 1),
        Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "after_sequence"),
    ),
    (
        "JournalService/ReadJournal",
        journal_api_pb2.ReadJournalRequest(partition=7),
        Refusal(grpc.StatusCode.NOT_FOUND, "PARTITION_UNKNOWN", "partition"),
    ),
]


@pytest.mark.parametrize(("method", "request_", "expected"), STREAM_CASES)
async def test_a_stream_that_cannot_be_opened_says_why(
    scene: Scene, method: str, request_: Message, expected: Refusal
) -> None:
    before = await journal_status(scene.channel)
    open_stream = scene.channel.unary_stream(
        f"/tidemark.charging.v1.{method}", request_serializer=bytes, response_deserializer=bytes
    )
    stream = open_stream(request_.SerializeToString(), timeout=10)
    assert await refusal(next_of(stream)) == expected
    await assert_nothing_happened(scene, before.head_sequence, before.state_digest)


async def test_the_relay_is_not_set_forward(scene: Scene) -> None:
    forward = journal_api_pb2.RewindRelayRequest(after_sequence=10_000)
    expected = Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", "after_sequence")
    assert await refusal(raw_call(scene.channel, "JournalService/RewindRelay", forward)) == expected


async def test_bad_input_from_many_at_once_holds_nobody_up(scene: Scene) -> None:
    before = await journal_status(scene.channel)
    cases = CASES * 3
    refused = await asyncio.gather(
        *(refusal(raw_call(scene.channel, case.method, case.build(scene))) for case in cases)
    )
    assert refused == [case.expected for case in cases]
    await assert_nothing_happened(scene, before.head_sequence, before.state_digest)
