"""The load generator keeps what it promises: so many calls in flight, and no failure goes unseen."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import grpc
import psutil
import pytest
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2
from tidemark.type.v1 import money_pb2

from benchmarks.disk import fsync_latencies
from benchmarks.element import (
    OCTETS_PER_UPDATE,
    PRICE_MINOR_MICROS_PER_OCTET,
    MeasuredAccount,
    UpdateCall,
    WrongAnswerError,
    update_request,
)
from benchmarks.load import closed_loop
from benchmarks.noop import echo_server, measure_noop
from benchmarks.processor import cpu_seconds, cpu_share, other_work, resident_bytes


async def test_a_closed_loop_keeps_exactly_so_many_calls_in_flight() -> None:
    now, most = 0, 0

    async def call() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    load = await closed_loop([call] * 5, seconds=0.02)
    assert (load.in_flight, most, now) == (5, 5, 0)
    assert len(load.latencies_seconds) >= 5
    assert load.elapsed_seconds >= 0.02


async def test_one_failing_call_ends_the_load_with_its_own_error() -> None:
    async def good() -> None:
        await asyncio.sleep(0)

    async def bad() -> None:
        raise WrongAnswerError("refused")

    with pytest.raises(WrongAnswerError, match="refused"):
        await closed_loop([good, bad], seconds=30)


async def test_the_no_op_server_runs_as_a_process_of_its_own_and_ends_with_its_measurement() -> None:
    with echo_server() as server:
        assert server.pid != os.getpid()
        assert resident_bytes(server.pid) > 0
        load = await measure_noop(server.address, b"body", in_flight=3, warm_up_seconds=0, seconds=0.05)
    assert len(load.latencies_seconds) >= 3
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def test_cpu_share_sees_work() -> None:
    with cpu_share(os.getpid()) as share:
        sum(n * n for n in range(1_000_000))
    assert share.cores > 0


def test_the_cpu_of_another_process_is_what_that_process_counts_itself() -> None:
    work = "import time; sum(range(2_000_000)); print(time.process_time(), flush=True); input()"
    command = [sys.executable, "-c", work]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert cpu_seconds(process.pid) >= 0
        its_own = float(process.stdout.readline())
        # One tick less, where it is counted in ticks; all it does afterwards is wait.
        assert its_own - 0.01 <= cpu_seconds(process.pid) < its_own + 1
        process.communicate("end\n")
    with pytest.raises((OSError, psutil.NoSuchProcess)):
        cpu_seconds(process.pid)


def test_work_of_ones_own_does_not_count_as_work_of_others() -> None:
    with other_work([os.getpid()]) as with_ours, other_work([]) as all_of_it:
        sum(n * n for n in range(3_000_000))
    assert 0 <= with_ours.cores < all_of_it.cores


def test_fsync_is_measured_once_for_each_write_and_leaves_no_file(tmp_path: Path) -> None:
    latencies = fsync_latencies(tmp_path, writes=5)
    assert len(latencies) == 5
    assert min(latencies) > 0
    assert list(tmp_path.iterdir()) == []


async def test_answers_are_booked_on_the_account_after_the_clock_has_stopped() -> None:
    account = MeasuredAccount(7)
    call = _call(account)
    price = OCTETS_PER_UPDATE * PRICE_MINOR_MICROS_PER_OCTET
    call.answers += [_answer(charging_data_pb2.RESULT_CODE_SUCCESS, price)] * 2
    call.check_answers()
    assert (account.reported_octets, account.answered_minor_micros) == (2 * OCTETS_PER_UPDATE, 2 * price)
    assert call.answers == []


async def test_an_update_that_was_granted_nothing_makes_the_figures_worthless() -> None:
    call = _call(MeasuredAccount(7))
    call.answers.append(_answer(charging_data_pb2.RESULT_CODE_QUOTA_LIMIT_REACHED, 0))
    with pytest.raises(WrongAnswerError, match="benchmark-0007"):
        call.check_answers()


def test_an_update_reports_usage_and_asks_for_more_in_one_rating_group() -> None:
    request = update_request(MeasuredAccount(7), "0-1-2", 3).charging_data
    (usage,) = request.multiple_unit_usage
    assert request.subscriber_identifier == "imsi-001010000000007"
    assert request.invocation_sequence_number == 3
    assert usage.HasField("requested_unit")
    assert usage.used_unit_container[0].total_volume_octets == OCTETS_PER_UPDATE


def _call(account: MeasuredAccount) -> UpdateCall:
    return UpdateCall(account, "0-1-2", grpc.aio.insecure_channel("127.0.0.1:1"))


def _answer(result_code: charging_data_pb2.ResultCode.ValueType, minor_micros: int) -> bytes:
    return charging_api_pb2.UpdateChargingSessionResponse(
        charging_data=charging_data_pb2.ChargingDataResponse(
            multiple_unit_information=[
                charging_data_pb2.MultipleUnitInformation(result_code=result_code, rating_group=1)
            ],
            charge_information=charging_data_pb2.ChargeInformation(
                amount=money_pb2.Money(currency_code="EUR", minor_micros=minor_micros)
            ),
        )
    ).SerializeToString()
