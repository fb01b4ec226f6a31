"""Many requests in one message: each comes to what it would have come to by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tidemark.charging.v1 import charging_api_pb2 as api
from tidemark.charging.v1 import charging_api_pb2_grpc

from services.charging.adapters.charge_batch import MOST_REQUESTS
from services.common.runtime.grpc_errors import error_info
from tests.support.live_accounts import Care
from tests.support.live_charging import Node, journal, journal_status, priced_charging, record_of
from tests.support.live_element import (
    DEBIT,
    REFUND,
    creating,
    happening,
    refusal,
    releasing,
    updating,
    usage,
    used,
    wish,
)
from tests.support.live_prices import DATA, EURO, OCTET

CALL_SECONDS = 30
SINGLE = {
    "create": "CreateChargingSession",
    "update": "UpdateChargingSession",
    "release": "ReleaseChargingSession",
    "one_time_event": "ChargeOneTimeEvent",
    "settle_outcome": "SettleOutcome",
}
Request = tuple[str, Message]


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    """With an account of 5 EUR."""
    async with priced_charging(tmp_path) as node:
        await Care(node.channel).open("anna")
        yield node


async def batch(node: Node, *requests: Request) -> list[api.BatchedAnswer]:
    """The answers to requests in one message."""
    message = api.ChargeBatchRequest()
    for kind, one in requests:
        getattr(message.requests.add(), kind).CopyFrom(one)
    stub = charging_api_pb2_grpc.ChargingServiceStub(node.channel)
    return list((await stub.ChargeBatch(message, timeout=CALL_SECONDS)).answers)


async def singly(node: Node, kind: str, request: Any) -> api.BatchedAnswer:
    """What a single call comes to, in the words of a batch."""
    stub = charging_api_pb2_grpc.ChargingServiceStub(node.channel)
    answer = api.BatchedAnswer()
    try:
        getattr(answer, kind).CopyFrom(await getattr(stub, SINGLE[kind])(request, timeout=CALL_SECONDS))
    except grpc.aio.AioRpcError as error:
        info = error_info(error)
        assert info is not None
        metadata = dict(info.metadata)
        answer.refused.field = metadata.pop("field", "")
        answer.refused.code, answer.refused.reason = error.code().value[0], info.reason
        answer.refused.message = error.details() or ""
        answer.refused.metadata.update(metadata)
    return answer


def debit(charging_id: str, octets: int = 1_000) -> Request:
    """So much volume at once."""
    return "one_time_event", happening(DEBIT, "device-anna", charging_id, usage(DATA, used(octets)))


async def test_a_session_lives_in_one_message_and_leaves_one_journal_record(charging: Node) -> None:
    before = len(await journal(charging.channel))
    (opened,) = await batch(charging, ("create", creating("device-anna", "c-1", usage(DATA, asks=wish()))))
    ref = opened.create.charging_data_ref
    answers = await batch(
        charging,
        ("update", updating(ref, 2, usage(DATA, used(300_000, 1), asks=wish()), second=10)),
        ("update", updating(ref, 3, usage(DATA, used(200_000, 2), asks=wish()), second=20)),
        ("release", releasing(ref, 4, usage(DATA, used(100_000, 3)), second=30)),
        debit("e-1"),
    )
    assert [answer.WhichOneof("answer") for answer in answers] == [
        "update",
        "update",
        "release",
        "one_time_event",
    ]
    assert [answers[number].update.charging_data.invocation_sequence_number for number in (0, 1)] == [2, 3]
    assert await Care(charging.channel).money("anna") == (5 * EURO - 601_000 * OCTET, 0)
    rows = (await journal(charging.channel))[before:]
    assert [len(record_of(row).entries) for row in rows] == [1, 4]


async def test_one_that_is_refused_touches_no_other(charging: Node) -> None:
    answers = await batch(
        charging,
        debit("e-1"),
        ("update", updating("no-such-session", 2, second=5)),
        ("one_time_event", api.ChargeOneTimeEventRequest()),
        ("one_time_event", happening(DEBIT, "device-nobody", "e-2", usage(DATA, used(1)))),
        debit("e-3", 100_000_000),
        debit("e-1", 2_000),
        debit("e-4"),
    )
    assert [answer.refused.reason for answer in answers] == [
        "",
        "CONTEXT_NOT_FOUND",
        "FIELD_MISSING",
        "USER_UNKNOWN",
        "QUOTA_LIMIT_REACHED",
        "DUPLICATE_DIFFERS",
        "",
    ]
    assert await Care(charging.channel).money("anna") == (5 * EURO - 2_000 * OCTET, 0)


async def test_a_refund_and_a_request_of_no_kind_are_answered_in_their_place(charging: Node) -> None:
    (charged,) = await batch(charging, debit("e-1"))
    (charge_id,) = charged.one_time_event.charging_data.charge_information.charge_ids
    stub = charging_api_pb2_grpc.ChargingServiceStub(charging.channel)
    back = api.BatchedRequest(one_time_event=happening(REFUND, "device-anna", "e-2", refund=charge_id))
    answer = await stub.ChargeBatch(
        api.ChargeBatchRequest(requests=[api.BatchedRequest(), back]), timeout=CALL_SECONDS
    )
    assert [one.WhichOneof("answer") for one in answer.answers] == ["refused", "one_time_event"]
    assert answer.answers[0].refused.reason == "FIELD_MISSING"
    assert await Care(charging.channel).money("anna") == (5 * EURO, 0)


async def test_a_batch_sent_again_gets_its_first_answers_and_changes_nothing(charging: Node) -> None:
    requests = [debit(f"e-{number}") for number in range(20)]
    first = await batch(charging, *requests)
    stands = await journal_status(charging.channel)
    assert await batch(charging, *requests) == first
    assert await batch(charging, *reversed(requests)) == first[::-1]
    assert (await journal_status(charging.channel)).state_digest == stands.state_digest
    assert await Care(charging.channel).money("anna") == (5 * EURO - 20_000 * OCTET, 0)


async def test_a_batch_has_a_most(charging: Node) -> None:
    assert (
        len(await batch(charging, *[debit(f"e-{number}", 1) for number in range(MOST_REQUESTS)]))
        == MOST_REQUESTS
    )
    refused = await refusal(batch(charging, *[debit("e-1")] * (MOST_REQUESTS + 1)))
    assert (refused.reason, refused.field) == ("FIELD_INVALID", "requests")
    assert await batch(charging) == []


def requests_of(ref: str) -> st.SearchStrategy[list[Request]]:
    """What an element might send of one session and beside it, good and bad."""
    report = st.builds(
        lambda number, octets: (
            "update",
            updating(ref, number, usage(DATA, used(octets), asks=wish()), second=number),
        ),
        st.integers(1, 8),
        st.integers(0, 2_000_000),
    )
    end = st.builds(lambda number: ("release", releasing(ref, number, second=number)), st.integers(6, 9))
    event = st.builds(
        debit, st.sampled_from(["e-1", "e-2", "e-3"]), st.sampled_from([0, 1, 3_000_000, 60_000_000])
    )
    return st.lists(st.one_of(report, event, report, end), min_size=1, max_size=12)


@pytest.fixture
async def twin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """Another charging, in the same state."""
    async with priced_charging(tmp_path_factory.mktemp("twin")) as node:
        await Care(node.channel).open("anna")
        yield node


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_a_batch_comes_to_what_its_requests_come_to_singly(
    charging: Node, twin: Node, data: st.DataObject
) -> None:
    number = len(await journal(charging.channel))
    opening = creating("device-anna", f"c-{number}", usage(DATA, asks=wish()))
    refs = []
    for node in (charging, twin):
        (opened,) = await batch(node, ("create", opening))
        refs.append(opened.create.charging_data_ref)
    seed: Sequence[Request] = data.draw(requests_of(refs[0]))
    together = await batch(charging, *seed)
    assert len(together) == len(seed)
    for (kind, request), answer in zip(seed, together, strict=True):
        alone: Any = type(request).FromString(request.SerializeToString())
        if kind in {"update", "release"}:
            alone.charging_data_ref = refs[1]
        assert _plain(await singly(twin, kind, alone)) == _plain(answer)
    assert await Care(twin.channel).money("anna") == await Care(charging.channel).money("anna")


def _plain(answer: api.BatchedAnswer) -> str:
    """Without charge ids and journal places, which count records, and without words that name them."""
    kind = answer.WhichOneof("answer")
    copy = api.BatchedAnswer.FromString(answer.SerializeToString())
    if kind == "refused":
        return f"{copy.refused.code} {copy.refused.reason} {copy.refused.field}"
    data: Any = getattr(copy, str(kind)).charging_data
    data.ClearField("invocation_time_stamp")
    for information in (
        data.charge_information,
        *(one.charge_information for one in data.multiple_unit_information),
    ):
        information.ClearField("charge_ids")
    return str(copy)
