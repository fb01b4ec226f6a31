"""Malformed and hostile messages of every call: an answer each time, and nothing is harmed.

Messages are made from the contract's descriptors: right ones with something
wrong, made-up ones, and octets that are none. Each must be answered, or
refused by name; what is refused leaves the journal where it was; afterwards a
replay gives the same state and every balance adds up.

`TIDEMARK_FUZZ_SECONDS` says for how long (default: 20).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from pathlib import Path
from random import Random

import grpc
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tidemark.charging.v1 import charging_api_pb2

from services.charging.domain.events import Operation
from services.common.runtime.grpc_errors import error_info
from services.common.runtime.settings import MEBIBYTE
from tests.support.audited_journal import AuditedJournal
from tests.support.hostile_messages import Hostile
from tests.support.live_accounts import Care
from tests.support.live_charging import Node, charging_node, charging_settings, journal, journal_status, price
from tests.support.live_element import DEBIT, Element, pieces, usage, wish
from tests.support.live_policies import OPERATION, POLICIES
from tests.support.live_policy import delivered
from tests.support.live_prices import DATA, EURO, TEXT
from tests.support.right_requests import Known, methods, right_request

SECONDS = float(os.environ.get("TIDEMARK_FUZZ_SECONDS", "20"))
ENOUGH_CALLS = 1_500
"""With so many, each call was seen from both sides."""
STREAM_SECONDS = 0.02
"""A stream that is open by then is open; what it says is not looked at."""
BY_ITSELF = {Operation.OPEN_PARTITION, Operation.EXPIRE_SESSION, Operation.RENEW}
"""Entries that no request has asked for."""
NEVER = {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNIMPLEMENTED}

WEEKLY = """\
  weekly:
    name: Weekly
    kind: add-on
    precedence: 50
    existing_subscribers: keep
    period: {days: 7}
    fees:
      weekly: {name: A week, kind: recurring, amount: "1.00", prorated: true, suspends: true}
    allowances:
      five-mb:
        name: Five megabytes
        rating_groups: [data]
        amount: 5 MB
        renews: true
        rollover: {maximum: 1 MB}
        giftable: true
"""


class Siege:
    """One server, one caller, and what came of it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.books = AuditedJournal()
        self.outcomes: Counter[str] = Counter()
        self.methods = list(methods())
        self.known = Known()

    async def begin(self) -> None:
        """Opens accounts, sessions and charges to be hostile to."""
        care, element = Care(self.node.channel), Element(self.node.channel)
        for name in self.known.accounts:
            await care.open(name, "prepaid", "weekly", money=1_000 * EURO)
        for number in range(5):
            await element.create("device-anna", f"c-{number}", usage(DATA, asks=wish()))
        for number in range(3):
            sent = await element.event(DEBIT, "device-bert", f"e-{number}", usage(TEXT, asks=pieces(1)))
            self.known.charges.extend(sent.charge_information.charge_ids)
        sent = await element.event(
            DEBIT,
            "device-bert",
            "e-9",
            usage(OPERATION, asks=pieces(1)),
            outcome=delivered("operation-1"),
        )
        self.known.charges.extend(sent.charge_information.charge_ids)
        await self._take_in()

    async def send(self, random: Random) -> None:
        """One call; it must be answered, and may change something only where it is not refused."""
        service, method, kind, streams = random.choice(self.methods)
        request = self._request(method, kind, random)
        answered, told = await self._call(f"/tidemark.charging.v1.{service}/{method}", request, streams)
        self.outcomes[f"{method}: {'answered' if answered else 'refused'}"] += 1
        entries = await self._take_in()
        if not answered:
            assert not entries, f"{method} was refused ({told}) and left a trace: {request[:1_000]!r}"

    async def end(self) -> None:
        """Replays the journal: it gives the state that is live, and every balance adds up."""
        while True:
            await self._take_in()
            status = await journal_status(self.node.channel)
            if status.head_sequence == self.books.sequence:
                break
        assert status.state_digest == self.books.digest
        self.books.assert_balanced()
        element = Element(self.node.channel)
        care = Care(self.node.channel)
        await care.open("afterwards")
        created = await element.create("device-afterwards", "c-1", usage(DATA, asks=wish()))
        (information,) = created.charging_data.multiple_unit_information
        assert information.granted_unit.total_volume_octets > 0

    def _request(self, method: str, kind: type[Message], random: Random) -> bytes:
        hostile = Hostile(random, self.known.texts)
        right = right_request(method, random, self.known)
        how = random.random()
        if how < 0.1:
            return hostile.octets(right)
        if how < 0.2:
            return hostile.made_up(kind).SerializeToString()
        return (right if how < 0.5 else hostile.spoiled(right)).SerializeToString()

    async def _call(self, path: str, request: bytes, streams: bool) -> tuple[bool, str]:
        try:
            if streams:
                await self._open(path, request)
            else:
                call = self.node.channel.unary_unary(
                    path, request_serializer=bytes, response_deserializer=bytes
                )
                self._learn(path, await call(request, timeout=10))
        except grpc.aio.AioRpcError as error:
            return False, _reason(path, request, error)
        return True, ""

    async def _open(self, path: str, request: bytes) -> None:
        """Reads a stream to its end, or for as long as it takes to see that it is open."""
        call = self.node.channel.unary_stream(path, request_serializer=bytes, response_deserializer=bytes)
        stream = call(request, timeout=30)
        try:
            async with asyncio.timeout(STREAM_SECONDS):
                async for _ in stream:
                    pass
        except TimeoutError:
            stream.cancel()

    def _learn(self, path: str, answer: bytes) -> None:
        """New charges are there to be misused, too."""
        if path.endswith("/ChargeOneTimeEvent"):
            charged = charging_api_pb2.ChargeOneTimeEventResponse.FromString(answer)
            self.known.charges.extend(charged.charging_data.charge_information.charge_ids)

    async def _take_in(self) -> list[Operation]:
        """What was written since, but for what nobody has asked for."""
        entries = self.books.read(await journal(self.node.channel, self.books.sequence))
        self.known.learn(self.books.state)
        return [entry.operation for entry in entries if entry.operation not in BY_ITSELF]


def _reason(path: str, request: bytes, error: grpc.aio.AioRpcError) -> str:
    """Why a call was refused; it must say so, unless it was too long to be looked at."""
    if len(request) > MEBIBYTE:
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        return "too long"
    sent = f"{path}: {error!r} to {request[:1_000]!r}"
    assert error.code() not in NEVER, sent
    info = error_info(error)
    assert info is not None, sent
    assert (info.domain, bool(info.reason)) == ("tidemark", True), sent
    return str(info.reason)


def test_hostile_messages_of_every_call_are_answered_and_harm_nothing(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        runner.run(price(tmp_path, POLICIES.replace("counters:\n", WEEKLY + "counters:\n")))
        node = charging_node(charging_settings(tmp_path))
        runner.run(node.start())
        siege = Siege(node)
        runner.run(siege.begin())

        @settings(
            max_examples=200,
            deadline=None,
            database=None,
            # The server keeps what an example did, so a shorter one would not fail in the same way.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(seed=st.integers(0, 2**64 - 1))
        def besiege(seed: int) -> None:
            runner.run(siege.send(Random(seed)))

        until = time.monotonic() + SECONDS
        try:
            while time.monotonic() < until:
                besiege()
            runner.run(siege.end())
        finally:
            runner.run(node.stop())
    if siege.outcomes.total() >= ENOUGH_CALLS:
        _assert_both_ways(siege)


def _assert_both_ways(siege: Siege) -> None:
    """Each call was refused, and each was answered: messages were neither all good nor all hopeless."""
    for _, method, _, _ in siege.methods:
        for outcome in ("answered", "refused"):
            assert siege.outcomes[f"{method}: {outcome}"], (method, outcome, siege.outcomes)
