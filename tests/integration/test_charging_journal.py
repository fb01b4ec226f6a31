"""The journal under charging: damaged, taken over by another process, drained at the end.

Nothing acknowledged is lost, nothing that may be wrong is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2
from tidemark.charging.v1 import (
    account_api_pb2,
    charging_api_pb2,
    journal_api_pb2,
    journal_api_pb2_grpc,
)

from tests.support.live_accounts import Care
from tests.support.live_charging import (
    ChargingProcess,
    Node,
    charging_node,
    charging_process,
    charging_settings,
    health,
    journal,
    journal_status,
    price,
    priced_charging,
    record_of,
    running,
)
from tests.support.live_element import Element, Refusal, refusal, updating, usage, used
from tests.support.live_prices import DATA, EURO, OCTET
from tests.support.waiting import eventually

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
CHARGING = charging_api_pb2.DESCRIPTOR.services_by_name["ChargingService"].full_name
ACCOUNTS = account_api_pb2.DESCRIPTOR.services_by_name["AccountService"].full_name
JOURNAL = journal_api_pb2.DESCRIPTOR.services_by_name["JournalService"].full_name
# gRPC itself cancels a call that reaches a server in the middle of its shutdown.
NOT_ANSWERED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
CORRUPT = Refusal(grpc.StatusCode.UNAVAILABLE, "JOURNAL_CORRUPT")


async def spend(channel: grpc.aio.Channel, updates: int = 5) -> None:
    """Anna with 5 EUR, of which each update spends a kilobyte."""
    await Care(channel).open("anna")
    element = Element(channel)
    ref = (await element.create("device-anna", "c-1")).charging_data_ref
    for number in range(1, updates + 1):
        await element.update(ref, 1 + number, usage(DATA, used(1_000, number)), second=number)


async def verdict(channel: grpc.aio.Channel) -> journal_api_pb2.VerifyJournalResponse:
    stub = journal_api_pb2_grpc.JournalServiceStub(channel)
    return await stub.VerifyJournal(journal_api_pb2.VerifyJournalRequest(), timeout=10)


def edit(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Runs one statement on charging's database while charging is down."""
    with contextlib.closing(sqlite3.connect(folder / "charging.sqlite")) as connection:
        rows = connection.execute(statement, values).fetchall()
        connection.commit()
        return rows


DAMAGES = {
    "a changed payload": "UPDATE journal SET payload = CAST(payload || x'00' AS BLOB) WHERE sequence = ?",
    "a payload overwritten with text": "UPDATE journal SET payload = 'oops' WHERE sequence = ?",
    "a changed hash": "UPDATE journal SET hash = zeroblob(32) WHERE sequence = ?",
    "a changed link": "UPDATE journal SET previous_hash = zeroblob(32) WHERE sequence = ?",
    "a lost record": "DELETE FROM journal WHERE sequence = ?",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_damaged_record_stops_charging_names_itself_and_put_back_loses_nothing(
    tmp_path: Path, damage: str
) -> None:
    await price(tmp_path)
    charging = charging_node(charging_settings(tmp_path))
    async with running(charging):
        await spend(charging.channel)
        whole = await journal(charging.channel)
        digest = (await journal_status(charging.channel)).state_digest
        await charging.stop()
        sequence = whole[-3].sequence
        (row,) = edit(tmp_path, "SELECT * FROM journal WHERE sequence = ?", sequence)
        edit(tmp_path, damage, sequence)
        edit(tmp_path, "DELETE FROM snapshot")  # as after a crash: the record is read again at the start

        await charging.start()
        await assert_stopped_at(charging, sequence)
        await charging.stop()
        edit(tmp_path, "INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", *row)

        await charging.start()
        assert await health(charging.channel) == SERVING
        assert (await verdict(charging.channel)).intact
        assert (await journal(charging.channel))[: len(whole)] == whole
        assert (await journal_status(charging.channel)).state_digest == digest
        assert await Care(charging.channel).money("anna") == (5 * EURO - 5_000 * OCTET, 0)


async def assert_stopped_at(charging: Node, sequence: int) -> None:
    """Nothing but the journal is served, and everybody is told which record it is."""
    named = {sequence, sequence + 1}  # a changed hash shows in the record after it as well
    care, element = Care(charging.channel), Element(charging.channel)
    assert await refusal(care.account("anna")) == CORRUPT
    assert await refusal(care.top_up("anna", EURO)) == CORRUPT
    assert await refusal(element.create("device-anna", "c-2")) == CORRUPT
    assert await refusal(element.update("s-0-4-1", 99)) == CORRUPT
    assert [await health(charging.channel, name) for name in (CHARGING, ACCOUNTS, JOURNAL, "")] == [
        NOT_SERVING,
        NOT_SERVING,
        SERVING,
        NOT_SERVING,
    ]
    status = await journal_status(charging.channel)
    assert status.state == journal_api_pb2.PARTITION_STATE_STOPPED
    assert any(f"record {number}" in status.detail for number in named)
    found = await verdict(charging.channel)
    assert not found.intact
    assert found.fault_sequence in named
    assert f"record {found.fault_sequence}" in found.detail
    assert len(await journal(charging.channel)) > sequence - 2


async def test_a_damaged_record_behind_a_snapshot_is_named_by_whoever_verifies(tmp_path: Path) -> None:
    """The snapshot stands for it, so charging goes on; the audit does not pass."""
    async with priced_charging(tmp_path) as charging:
        await spend(charging.channel)
        await charging.stop()
        edit(tmp_path, DAMAGES["a changed payload"], 5)
        await charging.start()
        assert await Care(charging.channel).money("anna") == (5 * EURO - 5_000 * OCTET, 0)
        found = await verdict(charging.channel)
        assert (found.intact, found.fault_sequence) == (False, 5)


async def test_a_second_process_fences_the_first_which_stops_answering_and_ends(tmp_path: Path) -> None:
    async with charging_process(tmp_path) as first:
        await spend(first.channel, updates=1)
        before = await journal_status(first.channel)
        second = charging_node(charging_settings(tmp_path, owner="charging-b"))
        async with running(second):
            assert await Care(second.channel).money("anna") == (5 * EURO - 1_000 * OCTET, 0)
            late = Element(first.channel).update("s-0-4-1", 9, usage(DATA, used(1_000, 9)), second=9)
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await late
            assert error.value.code() in NOT_ANSWERED
            assert await first.ended() == 1
            assert "partition 0 fenced" in first.log_file.read_text()
            after = await journal_status(second.channel)
            assert (after.epoch, after.head_sequence) == (before.epoch + 1, before.head_sequence + 1)
            assert after.state_digest == before.state_digest
            element = Element(second.channel)
            (ref,) = await session_refs(second)
            await element.update(ref, 3, usage(DATA, used(1_000, 2)), second=30)
            assert await Care(second.channel).money("anna") == (5 * EURO - 2_000 * OCTET, 0)
            assert (await verdict(second.channel)).intact


async def test_an_idle_process_that_was_succeeded_ends_before_it_shows_old_balances_for_long(
    tmp_path: Path,
) -> None:
    """Nobody charges anything through it, so the journal has no commit to refuse."""
    async with charging_process(tmp_path) as first:
        await spend(first.channel, updates=1)
        second = charging_node(charging_settings(tmp_path, owner="charging-b"))
        async with running(second):
            await Care(second.channel).top_up("anna", EURO)
            assert await first.ended() == 1
            assert "partition 0 fenced" in first.log_file.read_text()
            assert await Care(second.channel).money("anna") == (6 * EURO - 1_000 * OCTET, 0)


async def session_refs(node: Node) -> set[str]:
    """Sessions that were opened, as the journal has them."""
    return {
        event.session_opened.charging_data_ref
        for row in await journal(node.channel)
        for entry in record_of(row).entries
        for event in entry.events
        if event.HasField("session_opened")
    }


async def test_a_drain_on_sigterm_loses_no_accepted_request(tmp_path: Path) -> None:
    """Calls from many sessions while the process ends: each OK is in the journal, nothing else is."""
    async with charging_process(tmp_path) as charging:
        sessions = await open_sessions(charging, 8)
        answered: list[tuple[str, int]] = []
        callers = [asyncio.ensure_future(_report_until_refused(charging, ref, answered)) for ref in sessions]
        await eventually(lambda: len(answered) > 100, what="usage is being charged")
        charging.terminate()
        codes = await asyncio.gather(*callers)
        assert await charging.ended() == 0
        assert set(codes) <= NOT_ANSWERED

        await charging.start()
        written = await charged(charging)
        assert set(answered) <= set(written)
        assert len(written) == len(set(written))
        balance, reserved = await Care(charging.channel).money("anna")
        assert (balance, reserved) == (500 * EURO - len(written) * 1_000 * OCTET, 0)
        assert (await verdict(charging.channel)).intact


async def open_sessions(charging: ChargingProcess, count: int) -> list[str]:
    await Care(charging.channel).open("anna", money=500 * EURO)
    element = Element(charging.channel)
    created = [await element.create("device-anna", f"c-{number}") for number in range(count)]
    return [answer.charging_data_ref for answer in created]


async def _report_until_refused(
    charging: ChargingProcess, ref: str, answered: list[tuple[str, int]]
) -> grpc.StatusCode:
    """One kilobyte after the other, in containers numbered like the requests."""
    stub = Element(charging.channel).stub
    number = 1
    while True:
        number += 1
        try:
            await stub.UpdateChargingSession(
                updating(ref, number, usage(DATA, used(1_000, number)), second=number), timeout=10
            )
        except grpc.aio.AioRpcError as error:
            return error.code()
        answered.append((ref, number))


async def charged(charging: ChargingProcess) -> list[tuple[str, int]]:
    """Session and request number of every charge in the journal."""
    found = []
    for row in await journal(charging.channel):
        for entry in record_of(row).entries:
            numbers = {
                event.session_advanced.charging_data_ref: event.session_advanced.invocation_sequence_number
                for event in entry.events
                if event.HasField("session_advanced")
            }
            found += [
                (event.usage_charged.charging_data_ref, numbers[event.usage_charged.charging_data_ref])
                for event in entry.events
                if event.HasField("usage_charged")
            ]
    return found


async def test_kill_9_under_load_loses_no_answered_request_and_charges_none_twice(tmp_path: Path) -> None:
    async with charging_process(tmp_path) as charging:
        sessions = await open_sessions(charging, 8)
        answered: list[tuple[str, int]] = []
        callers = [asyncio.ensure_future(_report_until_refused(charging, ref, answered)) for ref in sessions]
        await eventually(lambda: len(answered) > 100, what="usage is being charged")
        await charging.kill()
        await asyncio.gather(*callers, return_exceptions=True)
        await charging.start()
        written = await charged(charging)
        assert set(answered) <= set(written)
        assert len(written) == len(set(written)) <= len(answered) + len(sessions)
        balance, _ = await Care(charging.channel).money("anna")
        assert balance == 500 * EURO - len(written) * 1_000 * OCTET
