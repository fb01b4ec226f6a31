"""Facts of what the journal says: exactly the fields of their kind, once for each who is to hear."""

from __future__ import annotations

import pytest
from tidemark.charging.v1 import account_api_pb2

from services.common.kernel.clock import DAY, HOUR
from services.common.runtime.following import FollowedRecord
from services.notification.adapters.mirror.messages import happened
from services.notification.domain.facts import FACT_FIELDS, Fact, FactKind, Units
from services.notification.domain.mirror.accounts import Account, Held
from services.notification.domain.mirror.fold import CapOf, folded
from services.notification.domain.mirror.outcome import Folded
from services.notification.domain.mirror.telling import bill_ready, expires_soon, nearest_mark
from services.notification.domain.mirror.unusual import UnusualRule
from tests.support import notification_mirror as journal
from tests.support.notification_mirror import BEGIN, EURO, Event, MirrorBook, euro

START = (
    journal.account(),
    journal.joined(),
    journal.joined("bert"),
    journal.money(10 * EURO),
    journal.bucket("data", 1_000, offering_code="go"),
)


def no_cap(_counter: str, _currency_code: str) -> int | None:
    return None


def fold(*events: Event, cap_of: CapOf = no_cap) -> Folded:
    book = MirrorBook()
    book.record(*START)
    book.record(*events)
    return folded({}, happened(book.rows).happenings, UnusualRule(3, 500), cap_of)


def facts(*events: Event, cap_of: CapOf = no_cap) -> list[Fact]:
    found = fold(*events, cap_of=cap_of).facts
    for fact in found:
        assert fact.values.keys() <= FACT_FIELDS[fact.kind].keys()
        assert fact.at == BEGIN
    return found


def who(found: list[Fact]) -> list[str]:
    return [fact.recipient.subscriber_id for fact in found]


def test_a_low_balance_is_told_to_everybody_each_time_it_falls() -> None:
    crossed = journal.crossed("home/money", 0, 4 * EURO)
    found = facts(crossed, journal.moved("home/money", 9 * EURO), crossed)
    assert who(found) == ["anna", "bert"] * 2
    assert found[0].kind is FactKind.BALANCE_LOW
    assert found[0].values == {
        "balance": euro(4 * EURO),
        "threshold": euro(5 * EURO),
        "bucket_id": "home/money",
    }
    assert found[0].about == "home/money"
    assert len({fact.cause_id for fact in found}) == 2


def test_without_a_threshold_of_the_account_no_balance_is_low() -> None:
    assert facts(journal.account(low_balance=None), journal.crossed("home/money", 0, 1)) == []


def test_a_used_allowance_is_told_once_a_cycle_to_those_who_may_use_it() -> None:
    found = facts(
        journal.crossed("data", 80, 200),
        journal.crossed("data", 80, 200),
        journal.crossed("data", 95, 50),
        journal.bucket("own", 10, subscriber_ids=["bert"]),
        journal.crossed("own", 80, 2),
        journal.crossed("nothing", 80, 2),
    )
    assert who(found) == ["anna", "bert"] * 3 + ["bert"]
    assert len({fact.cause_id for fact in found}) == 3
    assert found[0].values == {
        "percent": 80,
        "left": Units(200, "octets"),
        "given": Units(1_000, "octets"),
        "allowance": "data pass",
        "bucket_id": "data",
        "offering": "go",
        "shared": True,
    }
    assert found[0].values.keys() == FACT_FIELDS[FactKind.ALLOWANCE_USED].keys()
    assert found[-1].values["shared"] is False


def test_marks_of_counters_once_a_period_with_the_percent_where_the_cap_is_known() -> None:
    def catalog(counter: str, currency_code: str) -> int | None:
        return {("roaming", "EUR"): 100}.get((counter, currency_code))

    found = facts(
        journal.marked("roaming", 80, 81),
        journal.marked("roaming", 80, 82),
        journal.marked("roaming", 100, 101, cap=True),
        journal.capped("roaming", 160),
        journal.marked("roaming", 90, 90),
        journal.capped("roaming", None, lifted=True),
        journal.marked("roaming", 95, 95),
        journal.capped("roaming", None),
        journal.marked("roaming", 99, 99),
        journal.marked("all", 7, 8, subscriber_id=""),
        cap_of=catalog,
    )
    mark = FactKind.SPEND_MARK
    assert [fact.kind for fact in found] == [mark, mark, FactKind.SPEND_CAP, *[mark] * 5]
    assert [fact.values.get("percent") for fact in found] == [80, 80, None, 56, None, 99, None, None]
    assert found[0].cause_id == found[1].cause_id
    assert len({fact.cause_id for fact in found}) == 6
    assert found[0].about == "roaming/2026-11"
    assert found[2].values == {"counter": "roaming", "value": 101, "mark": 100, "period": "2026-11"}
    assert who(found) == ["anna"] * 6 + ["anna", "bert"]


def test_a_refusal_is_told_once_a_session_group_and_result() -> None:
    found = facts(
        journal.refused(),
        journal.refused(),
        journal.refused(group=11),
        journal.refused(result="END_USER_SERVICE_DENIED"),
        journal.refused("s-2"),
        journal.refused(""),
        journal.refused(""),
    )
    assert [fact.values for fact in found[:1]] == [{"result": "QUOTA_LIMIT_REACHED", "rating_group": 10}]
    assert len({fact.cause_id for fact in found}) == 6
    assert (who(found[:1]), found[0].about) == (["anna"], "s-1")


def test_a_top_up_and_changes_of_the_contract() -> None:
    found = facts(
        journal.moved("home/money", 15 * EURO, reason="TOPPED_UP", delta=5 * EURO),
        journal.subscribed("plus", until=BEGIN + 30 * DAY),
        journal.subscribed("plus", "TRIAL_ENDED"),
        journal.subscribed("plus", "CANCELLED", until=BEGIN + 30 * DAY, ends=BEGIN + DAY),
        journal.subscribed("plus", "ENDED"),
    )
    assert who(found) == ["anna", "bert", "anna", "anna", "anna", "anna"]
    assert found[0].values == {"amount": euro(5 * EURO), "balance": euro(15 * EURO)}
    assert [dict(fact.values) for fact in found[2:]] == [
        {"change": "started", "offering": "plus", "until": BEGIN + 30 * DAY},
        {"change": "trial-ended", "offering": "plus"},
        {"change": "cancelled", "offering": "plus", "until": BEGIN + DAY},
        {"change": "ended", "offering": "plus"},
    ]
    assert len({fact.cause_id for fact in found}) == 5


def test_offerings_and_their_state_follow_the_journal() -> None:
    event = journal.subscribed("plus", "SUSPENDED", ends=BEGIN + DAY)
    event.subscription_changed.subscription.state = account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED
    result = fold(event, journal.subscribed("go", "ENDED"))
    anna = result.accounts["home"].subscribers["anna"]
    assert [tuple(each) for each in anna.holdings] == [("plus", True, BEGIN + DAY)]


@pytest.mark.parametrize("is_money", [True, False])
def test_what_ends_soon(is_money: bool) -> None:
    account = folded({}, happened(_rows(*START)).happenings, UnusualRule(), no_cap).accounts["home"]
    held = Held("b", "b pass", "EUR" if is_money else "octets", is_money, 7, 9, BEGIN + DAY, BEGIN)
    (fact, other) = expires_soon(account, held, 24, BEGIN)
    left = {"amount": euro(7)} if is_money else {"left": Units(7, "octets")}
    assert fact.values == {
        "expires_at": BEGIN + DAY,
        "hours": 24,
        "is_money": is_money,
        "allowance": "b pass",
        "bucket_id": "b",
        "offering": "",
        **left,
    }
    assert fact.cause_id == other.cause_id
    prolonged = expires_soon(account, held._replace(valid_until=BEGIN + 2 * DAY), 24, BEGIN)
    assert prolonged[0].cause_id != fact.cause_id


@pytest.mark.parametrize(
    ("hours_left", "known_for", "expected"),
    [
        (80, 100, 0),
        (72, 100, 72),
        (30, 100, 72),
        (24, 100, 24),
        (1, 100, 24),
        (0, 100, 0),
        (20, 1, 0),
        (24, 0, 0),
    ],
)
def test_the_nearest_mark_that_passed_while_the_end_was_known(
    hours_left: int, known_for: int, expected: int
) -> None:
    held = Held("b", "", "octets", False, 1, 1, BEGIN + hours_left * HOUR, BEGIN - known_for * HOUR)
    assert nearest_mark(held, (72, 24), BEGIN) == expected


def test_a_bill_is_told_to_everybody_on_the_account() -> None:
    account = folded({}, happened(_rows(*START)).happenings, UnusualRule(), no_cap).accounts["home"]
    found = bill_ready(account, "2026-11", 3 * EURO, 4, BEGIN)
    assert who(found) == ["anna", "bert"]
    assert found[0].values == {"month": "2026-11", "total": euro(3 * EURO), "charges": 4}
    assert {fact.cause_id for fact in found} == {"bill-home-2026-11"}


def test_what_is_not_known_yet_is_kept_all_the_same() -> None:
    rows = _rows(journal.used(paid=EURO, account_id="late"), journal.crossed("b", 80, 1), journal.refused())
    result = folded({}, happened(rows).happenings, UnusualRule(3), no_cap)
    assert result.accounts["late"].currency_code == "EUR"
    assert result.accounts["late"].subscribers.keys() == {"anna"}
    assert result.months == {("late", "2026-11"): (EURO, 1)}


def test_the_fold_leaves_what_it_is_given_as_it_was() -> None:
    account = Account("home", "EUR", None, "UTC", {}, {"data": Held("data", "", "octets", False, 9)})
    rows = _rows(journal.moved("data", 1), journal.joined(), journal.closed("data"))
    result = folded({"home": account}, happened(rows).happenings, UnusualRule(), no_cap)
    assert (list(account.subscribers), list(account.buckets)) == ([], ["data"])
    assert result.accounts["home"].buckets == {}
    assert (result.buckets, result.closed) == (set(), {("home", "data")})
    assert result.moved_accounts() == {"home"}


def test_reservations_move_no_balance_and_first_use_sets_an_end() -> None:
    result = fold(
        journal.moved("data", 5, reason="RESERVED"), journal.started("data", BEGIN + DAY), journal.money(1)
    )
    held = result.accounts["home"].buckets["data"]
    assert (held.balance, held.valid_until, held.end_known_at) == (1_000, BEGIN + DAY, BEGIN)


def test_a_record_that_is_another_one_is_refused() -> None:
    book = MirrorBook()
    book.record(journal.account())
    wrong = book.rows[0].__class__(0, 2, book.rows[0].payload)
    with pytest.raises(ValueError, match="says that it is 1"):
        happened([wrong])


def _rows(*events: Event) -> list[FollowedRecord]:
    book = MirrorBook()
    book.record(*events)
    return book.rows
