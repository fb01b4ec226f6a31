"""A journal added up, and what the audit says when it is not what it should be."""

from __future__ import annotations

import subprocess
import sys

from tidemark.charging.v1 import account_api_pb2, journal_api_pb2, journal_pb2
from tidemark.type.v1 import money_pb2, quantity_pb2

from services.cli.demo.audit.comparison import differences
from services.cli.demo.audit.expected import AccountState, Books, ChargeKey, ChargeSum
from services.cli.demo.audit.found_books import JournalBooks, reported_accounts
from services.cli.demo.audit.hearing import bus_differences
from services.cli.demo.audit.witnesses import JournalEvidence
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan

PLANS = [AccountPlan("acc", (SubscriberPlan("a", ("plan",)), SubscriberPlan("b", ("plan",))))]
KEY = ChargeKey("acc", "t/a/call-1", 10)
EXPECTED = Books(
    {"acc": AccountState({"money": 1_000 - 70, "a/plan/minutes": 100 - 60, "/plan/pool": 500})},
    {KEY: ChargeSum(used_units=70, rated_units=80, from_allowances=60, amount_minor_micros=70)},
)


def event(**fields: object) -> journal_pb2.Event:
    return journal_pb2.Event(**fields)  # type: ignore[arg-type]


def opened(bucket_id: str, unit: str, balance: int, *subscribers: str) -> journal_pb2.Event:
    return event(
        bucket_opened=journal_pb2.BucketOpened(
            account_id="acc",
            bucket_id=bucket_id,
            unit=unit,
            is_money=unit == "EUR",
            balance=balance,
            subscriber_ids=subscribers,
        )
    )


def moved(bucket_id: str, delta: int, reserved: int = 0) -> journal_pb2.Event:
    movement = account_api_pb2.BucketMovement(bucket_id=bucket_id, delta=delta, reserved=reserved)
    return event(bucket_moved=journal_pb2.BucketMoved(account_id="acc", movement=movement))


def charged(amount: int = 70, used: int = 70, money_debit: int = 70) -> journal_pb2.Event:
    return event(
        usage_charged=journal_pb2.UsageCharged(
            charge_id="c-1",
            account_id="acc",
            charging_id="t/a/call-1",
            rating_group=10,
            unit="seconds",
            used_units=used,
            rated_units=80,
            currency_code="EUR",
            amount_minor_micros=amount,
            debits=[
                journal_pb2.BucketDebit(bucket_id="s1/plan/minutes", unit="seconds", amount=60),
                journal_pb2.BucketDebit(bucket_id="acc/money", unit="EUR", amount=money_debit),
            ],
        )
    )


OPENING = (
    event(subscriber_added=journal_pb2.SubscriberAdded(subscriber_id="s1", account_id="acc")),
    event(subscriber_added=journal_pb2.SubscriberAdded(subscriber_id="s2", account_id="acc")),
    opened("acc/money", "EUR", 1_000),
    opened("s1/plan/minutes", "seconds", 100, "s1"),
    opened("acc/plan/pool", "octets", 500),
    event(session_opened=journal_pb2.SessionOpened(account_id="acc")),
)
CLOSED = event(session_closed=journal_pb2.SessionClosed(account_id="acc"))
GOOD = (*OPENING, charged(), moved("acc/money", -70), moved("s1/plan/minutes", -60), CLOSED)


def found_in(*events: journal_pb2.Event) -> list[str]:
    record = journal_pb2.JournalRecord(entries=[journal_pb2.JournalEntry(events=events)])
    evidence = JournalEvidence(
        journal_api_pb2.GetJournalStatusResponse(),
        (record.SerializeToString(),),
        journal_api_pb2.VerifyJournalResponse(),
    )
    journal = JournalBooks(PLANS)
    found = differences("journal", EXPECTED, journal.read([evidence]))
    return [str(item) for item in (*found, *journal.inconsistencies)]


def test_a_journal_that_tells_what_was_calculated_has_no_difference() -> None:
    assert found_in(*GOOD) == []


def test_a_lost_charge_is_a_difference_in_every_figure_and_balance() -> None:
    assert found_in(*OPENING, CLOSED) == [
        "journal: acc a/plan/minutes: expected 40, found 100",
        "journal: acc money: expected 930, found 1000",
        "journal: acc t/a/call-1 rating group 10 used_units: expected 70, found 0",
        "journal: acc t/a/call-1 rating group 10 rated_units: expected 80, found 0",
        "journal: acc t/a/call-1 rating group 10 from_allowances: expected 60, found 0",
        "journal: acc t/a/call-1 rating group 10 amount_minor_micros: expected 70, found 0",
    ]


def test_a_charge_made_twice_is_found() -> None:
    found = found_in(*GOOD, charged(), moved("acc/money", -70))
    assert "journal: acc money: expected 930, found 860" in found
    assert "journal: acc t/a/call-1 rating group 10 amount_minor_micros: expected 70, found 140" in found


def test_a_charge_nobody_expected_is_found() -> None:
    stranger = charged()
    stranger.usage_charged.charging_id = "t/a/call-9"
    assert any("t/a/call-9" in item and "expected 0, found 70" in item for item in found_in(*GOOD, stranger))


def test_a_reservation_or_session_left_behind_is_found() -> None:
    found = found_in(*GOOD, moved("acc/money", 0, reserved=5), OPENING[-1])
    assert found == [
        "journal: acc reserved: expected 0, found 5",
        "journal: acc open sessions: expected 0, found 1",
    ]


def test_debits_that_do_not_add_up_to_their_amount_are_found() -> None:
    events = list(GOOD)
    events[len(OPENING)] = charged(money_debit=69)
    assert "journal: debits of c-1: expected 70, found 69" in found_in(*events)


def test_an_account_that_was_never_opened_is_found() -> None:
    assert "journal: accounts acc: expected 1, found 0" in found_in()


def test_accounts_are_read_as_charging_reports_them() -> None:
    account = account_api_pb2.Account(
        account_id="acc",
        open_sessions=2,
        subscribers=[account_api_pb2.Subscriber(subscriber_id=name) for name in ("s1", "s2")],
        buckets=[
            account_api_pb2.Bucket(
                bucket_id="acc/money",
                money=money_pb2.Money(currency_code="EUR", minor_micros=930),
                money_reserved=money_pb2.Money(currency_code="EUR", minor_micros=4),
            ),
            account_api_pb2.Bucket(
                bucket_id="s2/plan/minutes",
                quantity=quantity_pb2.Quantity(unit="seconds", amount=40),
                subscriber_ids=["s2"],
            ),
        ],
    )
    assert reported_accounts(PLANS, {"acc": account}) == {
        "acc": AccountState({"money": 930, "b/plan/minutes": 40}, reserved=4, open_sessions=2)
    }


def test_a_message_missing_changed_or_out_of_order_on_the_bus_is_found() -> None:
    rows = [b"one", b"two", b"three"]
    assert bus_differences(rows, rows) == []
    assert [str(item) for item in bus_differences(rows, rows[:2])] == ["bus: messages: expected 3, found 2"]
    assert len(bus_differences(rows, [b"one", b"three", b"two"])) == 2
    assert [str(item) for item in bus_differences(rows, [b"one", b"twO", b"three"])] == [
        "bus: record 2 has other content: expected 0, found 1"
    ]


def test_the_audit_uses_no_code_of_charging_or_the_catalog() -> None:
    probe = (
        "import sys, services.cli.demo.audit.hearing, services.cli.demo.audit.calculation\n"
        "print([name for name in sys.modules if name.startswith(('services.charging', 'services.catalog'))])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
