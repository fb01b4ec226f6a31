"""Caps slide, quiet hours stand on the customer's wall clock, and no decision presents beyond a cap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.offers.domain.contacts import (
    ContactHistory,
    Presentation,
    contact_drop,
    is_outbound,
    remembered_days,
    room,
)
from services.offers.domain.decisions import Asked
from services.offers.domain.policies import ContactCap, ContactPolicy, QuietHours
from tests.support.offers_deciding import ASKED, NOW, PUSHED

ZONE = "Europe/Berlin"
CAPS = ContactPolicy(
    caps=(ContactCap(2, 1, ("push", "sms")), ContactCap(3, 7, ("push", "sms")), ContactCap(10, 7))
)


def history(*ago: int, channel: str = "push") -> ContactHistory:
    """Presentations so long ago."""
    return ContactHistory([Presentation(Instant(NOW - one), "o", channel, True) for one in ago])


@pytest.mark.parametrize(
    ("seen", "asked", "reason", "left"),
    [
        (history(), PUSHED, "", 2),
        (history(HOUR), PUSHED, "", 1),
        (history(HOUR, 2 * HOUR), PUSHED, "CONTACT_CAP_1D", 0),
        (history(2 * DAY, 3 * DAY), PUSHED, "", 1),
        (history(2 * DAY, 3 * DAY, 4 * DAY), PUSHED, "CONTACT_CAP_7D", 0),
        (history(2 * DAY, 3 * DAY, 7 * DAY), PUSHED, "", 1),
        (history(HOUR, HOUR, HOUR), ASKED, "", 7),
        (history(*[HOUR] * 10, channel="app"), ASKED, "CONTACT_CAP_7D", 0),
        (history(*[HOUR] * 12, channel="app"), ASKED, "CONTACT_CAP_7D", 0),
    ],
)
def test_caps_slide_and_count_their_channels(
    seen: ContactHistory, asked: Asked, reason: str, left: int
) -> None:
    drop = contact_drop(CAPS, seen, asked, NOW, ZONE)
    assert (drop.reason if drop else "") == reason
    assert room(CAPS, seen, asked, NOW) == left


def test_without_caps_there_is_room() -> None:
    assert room(ContactPolicy(), history(*[1] * 50), ASKED, NOW) >= 10


@pytest.mark.parametrize(
    ("minutes_after_noon", "start", "end", "quiet"),
    [
        (0, 22, 8, False),
        (10 * 60 - 1, 22, 8, False),
        (10 * 60, 22, 8, True),
        (20 * 60 - 1, 22, 8, True),
        (20 * 60, 22, 8, False),
        (0, 12, 13, True),
        (60, 12, 13, False),
        (0, 12, 12, False),
    ],
)
def test_quiet_hours_run_over_midnight(minutes_after_noon: int, start: int, end: int, quiet: bool) -> None:
    policy = ContactPolicy(quiet_hours=QuietHours(start * 60, end * 60))
    at = Instant(NOW + minutes_after_noon * MINUTE)
    drop = contact_drop(policy, ContactHistory(), PUSHED, at, ZONE)
    assert (drop is not None) == quiet


def test_quiet_hours_stand_on_the_customers_clock() -> None:
    policy = ContactPolicy(quiet_hours=QuietHours(22 * 60, 8 * 60))
    assert contact_drop(policy, ContactHistory(), PUSHED, NOW, ZONE) is None
    assert contact_drop(policy, ContactHistory(), PUSHED, NOW, "Asia/Tokyo") is None
    assert contact_drop(policy, ContactHistory(), PUSHED, NOW, "Pacific/Auckland") is not None


def test_what_is_outbound() -> None:
    policy = ContactPolicy(outbound_channels=("push",))
    assert is_outbound(policy, PUSHED)
    assert is_outbound(policy, replace(ASKED, outbound=True))
    assert is_outbound(policy, Asked("push", "push"))
    assert not is_outbound(policy, ASKED)


def test_contacts_are_remembered_as_long_as_they_count() -> None:
    assert remembered_days(ContactPolicy()) == 1
    assert remembered_days(CAPS) == 7
    assert remembered_days(replace(CAPS, repeat_quiet_hours=200)) == 9
