"""The short forms of subscribers and usage on the command line."""

from __future__ import annotations

import pytest

from services.cli.subscriber_form import parse_subscriber
from services.cli.usage_form import parse_usage


def test_a_subscriber_has_identifiers_then_offerings() -> None:
    subscriber = parse_subscriber("imsi-262017000000001,msisdn-491700000001:prepaid-data,video-pass", "UTC")
    assert list(subscriber.identifiers) == ["imsi-262017000000001", "msisdn-491700000001"]
    assert [s.offering_code for s in subscriber.subscriptions] == ["prepaid-data", "video-pass"]
    assert subscriber.time_zone == "UTC"


def test_the_last_colon_parts_a_device_that_has_colons_itself() -> None:
    subscriber = parse_subscriber("device-aa:bb:cc:iot-fleet")
    assert list(subscriber.identifiers) == ["device-aa:bb:cc"]
    assert [s.offering_code for s in subscriber.subscriptions] == ["iot-fleet"]


def test_members_of_a_bundle_are_chosen_with_equals_and_plus() -> None:
    (subscription,) = parse_subscriber("imsi-26201:bundle=music-pass+video-pass").subscriptions
    assert subscription.offering_code == "bundle"
    assert list(subscription.chosen_offerings) == ["music-pass", "video-pass"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("imsi-26201", "form"),
        (":plan", "form"),
        ("imsi-26201:", "form"),
        ("imsi-12:plan", "imsi-12"),
        ("0170123456:plan", "0170123456"),
        ("imsi-26201:Plan", "Plan"),
        ("imsi-26201:bundle=", "offering code"),
    ],
)
def test_a_malformed_subscriber_names_the_part_at_fault(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_subscriber(text)


def test_usage_and_wishes_of_one_rating_group_become_one_entry() -> None:
    web, call, other = parse_usage(["110", "200=60s"], ["110=3MB", "110=1kB", "default=7octets"])
    assert web.rating_group == 110
    assert [c.total_volume_octets for c in web.used_unit_container] == [3_000_000, 1_000]
    assert web.HasField("requested_unit")
    assert not web.requested_unit.HasField("total_volume_octets")
    # Groups that report usage come first.
    assert not call.HasField("rating_group")
    assert call.used_unit_container[0].total_volume_octets == 7
    assert not call.HasField("requested_unit")
    assert other.rating_group == 200
    assert other.requested_unit.time_seconds == 60


def test_events_and_units_of_the_catalogs_own_are_service_specific() -> None:
    message, distance = parse_usage([], ["300=1events", "410=12kilometres"])
    assert message.used_unit_container[0].service_specific_units == 1
    assert distance.used_unit_container[0].service_specific_units == 12


def test_used_units_may_say_who_pays_for_them_and_whose_application_it_was() -> None:
    (streaming,) = parse_usage(
        [], ["108=5MB,sponsor=shoes-ag,application=clip-world", "108=1MB", "108=1kB,application=a=b"]
    )
    assert [
        (item.sponsor_identity, item.application_service_provider_identity)
        for item in streaming.used_unit_container
    ] == [("shoes-ag", "clip-world"), ("", ""), ("", "a=b")]


@pytest.mark.parametrize(
    ("asks", "uses", "fault"),
    [
        ([], ["110"], "says no units"),
        ([], ["web=5MB"], "not a rating group"),
        (["4294967296"], [], "not a rating group"),
        (["110", "110=5MB"], [], "twice"),
        (["110=5"], [], "unit"),
        ([], ["108=5MB,shoes-ag"], "neither sponsor"),
        ([], ["108=5MB,sponsor="], "neither sponsor"),
        ([], ["108,sponsor=shoes-ag"], "says no units"),
        (["108=5MB,sponsor=shoes-ag"], [], "5MB,sponsor"),
    ],
)
def test_malformed_usage_says_what_to_write(asks: list[str], uses: list[str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_usage(asks, uses)
