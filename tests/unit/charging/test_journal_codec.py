"""What is written in the journal is read back as it was decided: every event, every field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.charging.adapters.journal_codec import ProtobufCodec
from services.charging.adapters.messages import journal_in, journal_out
from services.charging.application.ports import RecordHead
from services.charging.domain import events as ev
from services.charging.domain.rating.circumstances import ANYWHERE, Circumstances, Conditions
from services.charging.domain.state import RatedUsage, Subscription
from services.common.kernel.clock import EPOCH, Instant
from tests.support.event_strategies import EVENT_TYPES, entries, events

ROAMING = Circumstances("roaming", area="berlin")
HEAD = RecordHead(1, 2, 3, b"batch", Instant(1_000_000))


def _entry(*items: ev.Event) -> ev.Entry:
    return ev.Entry(EPOCH, ev.Operation.UPDATE_SESSION, items)


def _read_back(*items: ev.Event) -> tuple[ev.Event, ...]:
    octets = journal_out.entry(_entry(*items)).SerializeToString(deterministic=True)
    return journal_in.entry(journal_pb2.JournalEntry.FromString(octets)).events


def _only(message: journal_pb2.Event) -> ev.Event:
    (event,) = journal_in.entry(
        journal_pb2.JournalEntry(operation=journal_pb2.OPERATION_UPDATE_SESSION, events=[message])
    ).events
    return event


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_event_is_read_back_as_it_was(kind: type, data: st.DataObject) -> None:
    event = data.draw(events(kind))
    assert _read_back(event) == (event,)


@given(st.lists(entries(), max_size=3))
def test_a_record_is_read_back_as_it_was(items: list[ev.Entry]) -> None:
    codec = ProtobufCodec()
    payload = codec.encode_record(HEAD, [codec.encode_entry(item) for item in items])
    assert codec.decode_record(payload) == (HEAD, tuple(items))


def test_the_contract_has_no_event_that_the_domain_does_not() -> None:
    fields = journal_pb2.Event.DESCRIPTOR.oneofs_by_name["event"].fields
    named = {field.message_type.name for field in fields if field.message_type is not None}
    assert named == {kind.__name__ for kind in EVENT_TYPES}


def test_an_event_whose_fields_are_all_empty_is_still_that_event() -> None:
    """Protobuf leaves out what is empty; the event itself must not be left out."""
    items = (ev.SessionResumed("", ""), ev.AbortRequested("", "", ""), ev.PartitionOpened(0, ""))
    assert _read_back(*items) == items


def _session_advanced(under: Circumstances) -> ev.SessionAdvanced:
    return ev.SessionAdvanced("s-1", 1, EPOCH, EPOCH, under, ())


@pytest.mark.parametrize(
    "event",
    [
        ev.SessionOpened("s-1", "s", "a", "smf-1", "c-1", ROAMING, (), EPOCH),
        ev.SessionAdvanced("s-1", 1, EPOCH, EPOCH, ROAMING, ()),
        ev.UsageCharged(
            "c-1",
            "",
            "a",
            "s",
            1,
            ROAMING,
            1,
            "o",
            "p",
            "octets",
            1,
            1,
            (),
            "EUR",
            1,
            0,
            EPOCH,
            EPOCH,
            "",
            "",
        ),
    ],
    ids=["opened", "advanced", "charged"],
)
def test_the_zone_stands_where_readers_of_the_first_records_look_for_it(event: ev.Event) -> None:
    message = journal_out.entry(_entry(event)).events[0]
    written = getattr(message, str(message.WhichOneof("event")))
    assert (written.zone, written.circumstances.zone, written.circumstances.area) == (
        "roaming",
        "roaming",
        "berlin",
    )


@pytest.mark.parametrize(
    "message",
    [
        journal_pb2.Event(session_opened=journal_pb2.SessionOpened(zone="home")),
        journal_pb2.Event(session_advanced=journal_pb2.SessionAdvanced(zone="home")),
        journal_pb2.Event(usage_charged=journal_pb2.UsageCharged(zone="home")),
    ],
    ids=["opened", "advanced", "charged"],
)
def test_records_older_than_circumstances_say_the_zone(message: journal_pb2.Event) -> None:
    event = _only(message)
    assert isinstance(event, ev.SessionOpened | ev.SessionAdvanced | ev.UsageCharged)
    assert event.circumstances == Circumstances(zone="home")


def test_circumstances_that_are_not_known_are_not_taken_for_an_older_record() -> None:
    message = journal_out.entry(_entry(_session_advanced(Circumstances())))
    assert message.events[0].session_advanced.HasField("circumstances")


def test_an_older_record_has_an_active_subscription_and_an_unchanged_price() -> None:
    subscription = account_api_pb2.Subscription(offering_code="basic", catalog_version=3)
    opened = _only(journal_pb2.Event(session_opened=journal_pb2.SessionOpened(subscriptions=[subscription])))
    assert isinstance(opened, ev.SessionOpened)
    assert opened.subscriptions == (Subscription("basic", 3, EPOCH),)
    changed = _only(
        journal_pb2.Event(
            rating_group_changed=journal_pb2.RatingGroupChanged(
                rated_usage=[journal_pb2.RatedUsage(price_code="p")]
            )
        )
    )
    assert isinstance(changed, ev.RatingGroupChanged)
    assert changed.rated == (RatedUsage(0, "", "p", 0, 0, 1_000),)


def test_usage_that_a_dynamic_price_made_free_stays_free() -> None:
    group = ev.RatingGroupChanged("s-1", 1, 0, (), (RatedUsage(1, "o", "p", 5, 5, 0),), None, EPOCH, False)
    assert _read_back(group) == (group,)


def test_a_bucket_for_everywhere_is_read_back_without_conditions_to_compare() -> None:
    opened = _only(journal_pb2.Event(bucket_opened=journal_pb2.BucketOpened(bucket_id="b")))
    assert isinstance(opened, ev.BucketOpened)
    assert opened.bucket.conditions is ANYWHERE


def test_zones_of_a_bucket_stand_where_they_always_stood() -> None:
    opened = _only(journal_pb2.Event(bucket_opened=journal_pb2.BucketOpened(zones=["eu", "home"])))
    assert isinstance(opened, ev.BucketOpened)
    assert opened.bucket.conditions == Conditions(zones=frozenset({"eu", "home"}))
    written = journal_out.entry(_entry(opened)).events[0].bucket_opened
    assert (list(written.zones), written.HasField("conditions")) == (["eu", "home"], False)


@pytest.mark.parametrize(
    "message",
    [
        journal_pb2.Event(),
        journal_pb2.Event(session_closed=journal_pb2.SessionClosed(charging_data_ref="s-1")),
        journal_pb2.Event(subscription_changed=journal_pb2.SubscriptionChanged(account_id="a")),
        journal_pb2.Event(bucket_moved=journal_pb2.BucketMoved(account_id="a")),
    ],
    ids=["event", "cause", "change", "reason"],
)
def test_what_this_version_does_not_know_is_damage(message: journal_pb2.Event) -> None:
    with pytest.raises(ValueError, match="this version does not know"):
        _only(message)


def test_an_operation_that_this_version_does_not_know_is_damage() -> None:
    with pytest.raises(ValueError, match="does not know: 0"):
        journal_in.entry(journal_pb2.JournalEntry())


def test_a_number_that_does_not_fit_its_field_is_not_written() -> None:
    with pytest.raises(ValueError, match="out of range"):
        journal_out.entry(_entry(ev.CounterAdvanced("a", "c", 2**63)))
