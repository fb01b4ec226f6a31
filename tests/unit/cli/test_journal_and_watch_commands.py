"""`tidemark journal` and `tidemark watch`: records, proofs and streams."""

from __future__ import annotations

import json

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, charging_api_pb2, journal_pb2
from tidemark.charging.v1 import journal_api_pb2 as api

from services.cli.balance_view import BalanceView
from services.common.kernel.outcome import Category, Reason, Refused
from tests.support.accounts import acme
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

GONE = Refused(Reason("ACCOUNT_UNKNOWN", Category.NOT_FOUND), "the account is gone")
AT = Timestamp(seconds=1_772_438_400)


def rows(stdout: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in stdout.splitlines()]


def record(sequence: int) -> api.ReadJournalResponse:
    moved = journal_pb2.Event(bucket_moved=journal_pb2.BucketMoved(account_id="acme"))
    charged = journal_pb2.Event(usage_charged=journal_pb2.UsageCharged(charge_id="c-1"))
    entry = journal_pb2.JournalEntry(
        operation=journal_pb2.OPERATION_ONE_TIME_EVENT, events=[moved, moved, charged]
    )
    payload = journal_pb2.JournalRecord(sequence=sequence, recorded_at=AT, entries=[entry])
    return api.ReadJournalResponse(
        sequence=sequence, epoch=2, hash=b"\xab" * 32, payload=payload.SerializeToString()
    )


def change(sequence: int, balance: int) -> account_api_pb2.WatchBalanceResponse:
    movement = account_api_pb2.BucketMovement(
        bucket_id="b-money",
        reason=account_api_pb2.MOVEMENT_REASON_DEBITED,
        unit="EUR",
        delta=-9_000_000,
        balance=balance,
    )
    return account_api_pb2.WatchBalanceResponse(
        sequence=sequence,
        change=account_api_pb2.BalanceChange(occurred_at=AT, movements=[movement]),
    )


def present(sequence: int) -> account_api_pb2.WatchBalanceResponse:
    return account_api_pb2.WatchBalanceResponse(sequence=sequence, present=acme(sequence))


def test_records_are_read_as_rows_and_as_lines_of_json(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ReadJournal", [record(101), record(102)])
    shown = rows(tidemark("journal", "read", "--after", "100", "--limit", "2").stdout)
    assert "101 2026-03-02 08:00:00Z one_time_event 2 x bucket_moved, usage_charged abababababab" in shown
    request = services.requests[0]
    assert (request.after_sequence, request.maximum_records, request.follow) == (100, 2, False)
    lines = [json.loads(line) for line in tidemark("journal", "read", "--json").stdout.splitlines()]
    assert [line["sequence"] for line in lines] == ["101", "102"]
    assert lines[0]["hash"] == "ab" * 32
    assert lines[0]["record"]["entries"][0]["events"][2]["usage_charged"]["charge_id"] == "c-1"


def test_status_says_how_far_the_bus_is_behind(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer(
        "GetJournalStatus",
        api.GetJournalStatusResponse(
            state=api.PARTITION_STATE_SERVING, head_sequence=12, relayed_sequence=10, head_recorded_at=AT
        ),
    )
    shown = rows(tidemark("journal", "status").stdout)
    assert "state serving" in shown
    assert "last record 12 of 2026-03-02 08:00:00Z" in shown
    assert "last on the bus 10 (2 behind)" in shown


def test_an_intact_chain_is_exit_code_0_and_a_broken_one_1(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer(
        "VerifyJournal",
        api.VerifyJournalResponse(intact=True, records=12),
        api.VerifyJournalResponse(records=4, fault_sequence=5, detail="its content does not match its hash"),
    )
    intact = tidemark("journal", "verify")
    assert intact.exit_code == 0
    assert "intact: 12 records" in intact.stdout
    broken = tidemark("journal", "verify")
    assert broken.exit_code == 1
    assert "NOT intact at record 5: its content does not match its hash" in broken.stderr


def test_rewind_says_where_the_relay_goes_on(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("RewindRelay", api.RewindRelayResponse(relayed_sequence=100))
    assert "after record 100" in tidemark("journal", "rewind", "--after", "100").stdout
    assert services.requests == [api.RewindRelayRequest(after_sequence=100)]


def test_watching_a_balance_goes_on_after_the_last_change_when_the_connection_is_lost(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer(
        "WatchBalance",
        [present(7), change(8, 991_000_000), grpc.StatusCode.UNAVAILABLE],
        [change(8, 991_000_000), change(9, 982_000_000), GONE],
    )
    result = tidemark("watch", "balance", "acme", "--json")
    assert [json.loads(line)["sequence"] for line in result.stdout.splitlines()] == ["7", "8", "9"]
    first, second = services.requests
    assert not first.HasField("after_sequence")
    assert second.after_sequence == 8
    assert result.exit_code == 1
    assert "the account is gone" in result.stderr


def test_a_stream_that_ends_in_good_order_is_opened_again(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("WatchBalance", [change(8, 991_000_000)], [change(9, 982_000_000), GONE])
    result = tidemark("watch", "balance", "acme", "--after", "7", "--json")
    assert [json.loads(line)["sequence"] for line in result.stdout.splitlines()] == ["8", "9"]
    assert [request.after_sequence for request in services.requests] == [7, 8]


def test_a_watcher_that_was_too_slow_opens_again(tidemark: Tidemark, services: FakeServices) -> None:
    slow = Refused(Reason("WATCHER_TOO_SLOW", Category.EXHAUSTED), "64 changes behind")
    services.answer("WatchBalance", [present(7), slow], [change(8, 991_000_000), GONE])
    result = tidemark("watch", "balance", "acme", "--json")
    assert [json.loads(line)["sequence"] for line in result.stdout.splitlines()] == ["7", "8"]


def test_a_balance_that_can_not_be_watched_is_said_at_once(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("WatchBalance", GONE)
    result = tidemark("watch", "balance", "acme")
    assert result.exit_code == 1
    assert len(services.requests) == 1


def test_without_a_terminal_each_movement_is_a_line(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("WatchBalance", [present(7), change(8, 991_000_000), GONE])
    assert tidemark("watch", "balance", "acme").stdout.splitlines() == [
        "b-money  Money  10.00 EUR  2.50 EUR",
        "b-video  Video pass  4.99 GB",
        "2026-03-02 08:00:00Z  b-money  debited  -0.09 EUR  now 9.91 EUR",
    ]


def test_the_live_table_follows_the_movements() -> None:
    view = BalanceView("acme")
    view.apply(present(7))
    assert view.rows()[0] == ("b-money", "Money", "10.00 EUR", "2.50 EUR")
    view.apply(change(8, 991_000_000))
    assert view.rows()[0] == ("b-money", "Money", "9.91 EUR", "")
    assert view.rows()[1] == ("b-video", "Video pass", "4.99 GB", "")


def test_watching_the_journal_begins_at_its_head_unless_told_otherwise(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("GetJournalStatus", api.GetJournalStatusResponse(head_sequence=12))
    services.answer("ReadJournal", [record(13)])
    result = tidemark("watch", "journal")
    assert result.exit_code == 0
    assert result.stdout.startswith("13  2026-03-02 08:00:00Z")
    assert services.requests[-1] == api.ReadJournalRequest(after_sequence=12, follow=True)
    tidemark("watch", "journal", "--after", "3")
    assert services.requests[-1].after_sequence == 3


def test_notifications_say_which_session_and_rating_groups(
    tidemark: Tidemark, services: FakeServices
) -> None:
    notice = charging_api_pb2.NotifyResponse(
        notification_type=charging_api_pb2.NOTIFICATION_TYPE_REAUTHORIZATION,
        charging_data_ref="s-1",
        rating_groups=[110, 200],
        occurred_at=AT,
        detail="topped up",
    )
    services.answer("Notify", [notice])
    assert tidemark("watch", "notify", "smf-1").stdout == (
        "2026-03-02 08:00:00Z  REAUTHORIZATION  s-1  110, 200  topped up\n"
    )
    document = json.loads(tidemark("watch", "notify", "smf-1", "--json").stdout)
    assert document["charging_data_ref"] == "s-1"
