"""Journal records as profiles and buckets see them."""

from __future__ import annotations

import pytest
from google.protobuf.message import DecodeError
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.common.kernel.clock import DAY, MINUTE
from services.common.runtime.following import FollowedRecord
from services.offers.adapters.profiles.decode import Decoded, decode
from services.offers.domain.profiles.account import Bucket
from services.offers.domain.profiles.facts import (
    Added,
    Described,
    Fact,
    Located,
    Refused,
    Repaid,
    Subscribed,
    Used,
)
from services.offers.domain.profiles.profile import HeldOffering
from tests.support import offers_profiles as journal
from tests.support.journal_book import stamp
from tests.support.offers_profiles import BEGIN, Event, ProfileBook

ACCOUNT = journal.account_of("anna")


def decoded(*records: FollowedRecord, owners: dict[str, str] | None = None) -> Decoded:
    return decode(records, lambda session: (owners or {}).get(session, ""))


def facts_of(*events: Event, at: int = BEGIN) -> list[Fact]:
    happened = decoded(ProfileBook().record(*events, at=at)).happened
    return happened["anna"].facts if happened else []


def bucket_of(*events: Event) -> Bucket:
    (bucket,) = decoded(ProfileBook().record(*events)).buckets.opens.values()
    return bucket


def test_usage_is_dated_by_its_own_clock() -> None:
    event = journal.used(units=7, paid=9, at=BEGIN - MINUTE, zone="eu", bucket="b")
    assert facts_of(event) == [Used(BEGIN - MINUTE, 10, "octets", 7, 9, "eu", True)]


@pytest.mark.parametrize("clock", [0, BEGIN + DAY])
def test_usage_of_a_clock_that_is_ahead_or_says_nothing_is_of_when_it_was_charged(clock: int) -> None:
    (fact,) = facts_of(journal.used(at=clock))
    assert fact.at == BEGIN


def test_a_debit_of_money_is_no_allowance() -> None:
    event = journal.used()
    event.usage_charged.debits.add(bucket_id="money", unit="EUR", amount=3)
    (fact,) = facts_of(event)
    assert isinstance(fact, Used)
    assert not fact.from_allowance


def test_a_peak_is_paid_but_no_usage() -> None:
    (fact,) = facts_of(journal.used(units=40, paid=5, concurrency="sessions"))
    assert isinstance(fact, Used)
    assert (fact.units, fact.paid) == (0, 5)


def test_only_refusals_for_want_of_balance_count() -> None:
    assert facts_of(journal.refused()) == [Refused(BEGIN)]
    assert facts_of(journal.refused(result="RATING_FAILED")) == []


def test_refunds_and_corrections_have_opposite_signs() -> None:
    events = journal.refunded("anna", 5), journal.corrected("anna", -7)
    assert facts_of(*events) == [Repaid(BEGIN, 5), Repaid(BEGIN, 7)]


def test_what_changes_seldom() -> None:
    ends = stamp(BEGIN + DAY)
    suspended = account_api_pb2.SUBSCRIPTION_STATE_SUSPENDED
    assert facts_of(
        journal.added(segment="gold", customer_value=3, device_class="phone"),
        journal.described("anna", barred=True, segment="silver"),
        journal.subscribed("anna", "video", state=suspended, ends_at=ends),
        journal.subscribed("anna", "video", "ENDED"),
    ) == [
        Added(BEGIN, "Europe/Berlin", "gold", 3, "phone", (HeldOffering("go"),)),
        Described(BEGIN, "silver", 0, "", True),
        Subscribed(BEGIN, HeldOffering("video", True, BEGIN + DAY), False),
        Subscribed(BEGIN, HeldOffering("video"), True),
    ]


def test_a_session_tells_its_zone_when_it_opens() -> None:
    assert facts_of(journal.opened("anna", "s", "eu", BEGIN - 1)) == [Located(BEGIN - 1, "eu")]
    assert facts_of(journal.opened("anna", "s", "")) == []


def test_a_report_beside_usage_is_of_the_same_subscriber_and_counts_where_the_zone_is_another() -> None:
    charged = journal.used(session="s", zone="home")
    assert facts_of(charged, journal.advanced("s", "eu"))[1:] == [Located(BEGIN, "eu")]
    assert facts_of(charged, journal.advanced("s", "home"))[1:] == []


def test_a_report_alone_is_of_whom_the_session_was_opened_for() -> None:
    book = ProfileBook()
    records = book.record(journal.opened("anna", "s", "home")), book.record(journal.advanced("s", "eu"))
    found = decoded(*records)
    assert found.owners == {"s": "anna"}
    assert found.happened["anna"].facts == [Located(BEGIN, "home"), Located(BEGIN, "eu")]
    assert found.happened["anna"].sequence == 2


def test_a_report_of_a_session_of_earlier_records_is_of_its_owner() -> None:
    record = ProfileBook().record(journal.advanced("s", "eu"))
    assert decoded(record, owners={"s": "anna"}).happened["anna"].facts == [Located(BEGIN, "eu")]
    assert decoded(record).happened == {}


def test_a_session_that_has_closed_has_no_owner_any_more() -> None:
    book = ProfileBook()
    records = book.record(journal.closed("s")), book.record(journal.advanced("s", "eu"))
    found = decoded(*records, owners={"s": "anna"})
    assert (found.owners, found.happened) == ({"s": ""}, {})


def test_entries_of_other_sessions_do_not_lend_their_owner() -> None:
    record = ProfileBook().entries(
        (BEGIN, [journal.used("anna", session="s")]), (BEGIN, [journal.advanced("other", "eu")])
    )
    assert len(decoded(record).happened["anna"].facts) == 1


def test_a_bucket_is_as_it_was_last_told() -> None:
    opened = journal.bucket_opened(
        "anna", "b", 100, rating_groups=[10], zones=["eu"], subscriber_ids=["anna"], offering_code="go"
    )
    bucket = bucket_of(opened, journal.bucket_moved("anna", "b", 60, 10))
    assert (bucket.balance, bucket.reserved, bucket.given) == (60, 10, 100)
    assert bucket.rating_groups == {10}
    assert bucket.zones == {"eu"}
    assert bucket.subscriber_ids == {"anna"}
    assert bucket.offering_code == "go"


def test_a_bucket_begins_to_end_and_may_be_spent_further() -> None:
    started = journal_pb2.BucketStarted(account_id=ACCOUNT, bucket_id="money", valid_until=stamp(BEGIN))
    limited = journal_pb2.CreditLimitChanged(
        account_id=ACCOUNT, bucket_id="money", credit_limit_minor_micros=7
    )
    bucket = bucket_of(
        journal.money_opened("anna", 5), Event(bucket_started=started), Event(credit_limit_changed=limited)
    )
    assert (bucket.unit, bucket.is_money, bucket.valid_until, bucket.floor) == ("EUR", True, BEGIN, -7)


def test_a_bucket_of_earlier_records_is_changed_once_however_often_it_moved() -> None:
    record = ProfileBook().record(
        journal.bucket_moved("anna", "b", 9), journal.bucket_moved("anna", "b", 8, 1)
    )
    changes = decoded(record).buckets
    assert changes.holdings == {(ACCOUNT, "b"): (8, 1)}
    accounts = {ACCOUNT: {"b": Bucket("b", "octets", False, 10)}}
    changes.onto(accounts)
    assert (accounts[ACCOUNT]["b"].balance, accounts[ACCOUNT]["b"].reserved) == (8, 1)


def test_a_bucket_that_closes_and_opens_again_is_there() -> None:
    events = journal.bucket_closed("anna", "b"), journal.bucket_opened("anna", "b", 3)
    accounts = {ACCOUNT: {"b": Bucket("b", "octets", False, 10), "c": Bucket("c", "octets", False, 1)}}
    changes = decoded(ProfileBook().record(*events, journal.bucket_closed("anna", "c"))).buckets
    changes.onto(accounts)
    assert {key: bucket.balance for key, bucket in accounts[ACCOUNT].items()} == {"b": 3}


def test_an_event_of_a_later_version_says_nothing() -> None:
    # Field 999 of Event: a message without content.
    record = ProfileBook().record(Event.FromString(b"\xba\x3e\x00"), journal.used())
    assert len(decoded(record).happened["anna"].facts) == 1


def test_a_payload_that_is_not_its_record_is_refused() -> None:
    row = ProfileBook().record(journal.used())
    with pytest.raises(ValueError, match="says that it is"):
        decoded(FollowedRecord(0, 2, row.payload))
    with pytest.raises(DecodeError):
        decoded(FollowedRecord(0, 1, b"\xff\xff"))
