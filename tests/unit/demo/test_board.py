"""What the live view shows is what the balance streams told."""

from __future__ import annotations

from rich.console import Console
from tidemark.charging.v1 import account_api_pb2 as api
from tidemark.type.v1 import money_pb2, quantity_pb2

from services.cli.demo.board import AccountLine, Board
from services.cli.demo.show import cells, picture, progress

EURO = 100_000_000


def present() -> api.WatchBalanceResponse:
    account = api.Account(
        account_id="acc",
        buckets=[
            api.Bucket(
                bucket_id="acc/money",
                money=money_pb2.Money(currency_code="EUR", minor_micros=10 * EURO),
                initial_amount=10 * EURO,
            ),
            api.Bucket(
                bucket_id="s1/plan/minutes",
                quantity=quantity_pb2.Quantity(unit="seconds", amount=6_000),
                initial_amount=6_000,
            ),
        ],
    )
    return api.WatchBalanceResponse(sequence=1, present=account)


def change(bucket_id: str, unit: str, balance: int) -> api.WatchBalanceResponse:
    movement = api.BucketMovement(bucket_id=bucket_id, unit=unit, balance=balance)
    return api.WatchBalanceResponse(sequence=2, change=api.BalanceChange(movements=[movement]))


def watched(*updates: api.WatchBalanceResponse) -> AccountLine:
    line = AccountLine("acc")
    for update in updates:
        line.apply(update)
    return line


def test_an_account_shows_money_left_money_spent_and_allowances_used() -> None:
    line = watched(
        present(), change("acc/money", "EUR", 9 * EURO), change("s1/plan/minutes", "seconds", 5_940)
    )
    assert cells(line) == ("acc", "9.00 EUR", "1.00 EUR", "1 min 00 s of minutes", "2")


def test_before_its_stream_speaks_an_account_shows_nothing() -> None:
    assert cells(AccountLine("acc")) == ("acc", "", "", "", "0")


def test_opening_amounts_stay_when_the_stream_begins_anew_after_a_crash() -> None:
    later = present()
    later.present.buckets[0].money.minor_micros = 4 * EURO
    assert watched(present(), later).money == (4 * EURO, 6 * EURO)


def test_the_rate_counts_the_answers_of_the_last_second() -> None:
    times = iter([0.0, 0.4, 1.2, 1.3, 1.4, 1.4])
    board = Board(["acc"], rows=10, clock=lambda: next(times))
    for _ in range(4):
        board.answered()
    assert board.requests_per_second == 3
    assert progress(board) == "0 of 10 rows, 0 requests, 3 requests/s"


def test_when_there_is_no_room_the_accounts_that_move_most_are_shown() -> None:
    board = Board([f"acc-{number}" for number in range(50)], rows=1)
    board.accounts["acc-49"].changes = 7
    console = Console(width=120, record=True)
    console.print(picture(board, room=5))
    shown = console.export_text()
    assert "acc-49" in shown
    assert shown.count("acc-") == 5
