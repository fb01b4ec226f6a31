"""What a journal record means to partner settlement, and when its usage was."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from tidemark.charging.v1 import journal_pb2

from services.common.kernel.clock import Instant, instant
from services.common.runtime.following import FollowedRecord
from services.partner_settlement.adapters.accrual.decode import Decoder, UnknownEventError
from services.partner_settlement.domain.periods import day_of
from services.partner_settlement.domain.records import SettlementRecord
from tests.support.settlement_journal import ZONE, stamp

EVENING = instant(datetime(2026, 11, 27, 23, 30, tzinfo=ZoneInfo(ZONE)))
HALF_AN_HOUR = 1_800_000_000


def followed(*events: journal_pb2.Event, decided_at: Instant = EVENING, sequence: int = 7) -> FollowedRecord:
    message = journal_pb2.JournalRecord(partition=0, sequence=7)
    message.entries.add(decided_at=stamp(decided_at), events=events)
    return FollowedRecord(0, sequence, message.SerializeToString())


def usage(until: Instant | None) -> journal_pb2.Event:
    charged = journal_pb2.UsageCharged(charge_id="c-1", used_units=3, currency_code="EUR")
    if until is not None:
        charged.used_until.CopyFrom(stamp(until))
    return journal_pb2.Event(usage_charged=charged)


def record_of(until: Instant | None, decided_at: Instant) -> SettlementRecord:
    [record] = Decoder(ZONE).decode(followed(usage(until), decided_at=decided_at))
    assert isinstance(record, SettlementRecord)
    return record


@pytest.mark.parametrize(
    ("until", "decided_at", "home"),
    [
        (EVENING, Instant(EVENING + HALF_AN_HOUR), date(2026, 11, 27)),
        (Instant(EVENING + HALF_AN_HOUR), Instant(EVENING + HALF_AN_HOUR), date(2026, 11, 28)),
        (Instant(EVENING + 2 * HALF_AN_HOUR), EVENING, date(2026, 11, 27)),
        (None, EVENING, date(2026, 11, 27)),
    ],
    ids=["used before midnight", "used at midnight", "by a clock that is ahead", "it did not say"],
)
def test_usage_is_at_home_where_it_ended_and_not_after_it_was_charged(
    until: Instant | None, decided_at: Instant, home: date
) -> None:
    record = record_of(until, decided_at)
    assert record.home == home
    assert record.occurred_at == min(until or decided_at, decided_at)


@given(st.lists(st.integers(0, 2_500_000_000), max_size=20), st.sampled_from([ZONE, "Asia/Kathmandu", "UTC"]))
def test_days_are_those_of_the_calendar_whatever_was_asked_before(seconds: list[int], zone: str) -> None:
    decoder = Decoder(zone)
    for second in seconds:
        at = Instant(max(second, 63_072_000) * 1_000_000)
        [record] = decoder.decode(followed(usage(None), decided_at=at))
        assert isinstance(record, SettlementRecord)
        assert record.home == day_of(at, zone)


@pytest.mark.parametrize(("concurrency", "unit"), [("sessions", "sessions"), ("", "octets")])
def test_a_peak_counts_sessions_and_not_what_they_use(concurrency: str, unit: str) -> None:
    event = usage(EVENING)
    event.usage_charged.unit = "octets"
    event.usage_charged.concurrency = concurrency
    [record] = Decoder(ZONE).decode(followed(event))
    assert isinstance(record, SettlementRecord)
    assert (record.product.unit, record.quantity) == (unit, 3)


def test_events_that_move_no_money_are_left_out_and_places_are_those_of_the_journal() -> None:
    other = journal_pb2.Event(balance_corrected=journal_pb2.BalanceCorrected(account_id="acme"))
    [record] = Decoder(ZONE).decode(followed(other, usage(EVENING)))
    assert record.place == (0, 7, 0, 1)


def test_an_event_that_is_not_known_holds_the_journal() -> None:
    with pytest.raises(UnknownEventError, match="record 7 of partition 0"):
        Decoder(ZONE).decode(followed(usage(EVENING), journal_pb2.Event()))


def test_a_payload_that_is_not_the_record_is_not_believed() -> None:
    with pytest.raises(ValueError, match="says that it is 7 of 0"):
        Decoder(ZONE).decode(followed(usage(EVENING), sequence=8))
    with pytest.raises(DecodeError):
        Decoder(ZONE).decode(FollowedRecord(0, 7, b"\xff\xff"))
