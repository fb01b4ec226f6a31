"""Who watches in the demo's offers, where it is noon for them, and what is said of what they were offered."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tidemark.offers.v1 import decision_pb2

from services.cli.demo.audit.usage import CaptureUsage
from services.cli.demo.offering.act import Offering, Raised
from services.cli.demo.offering.table import print_offering
from services.cli.demo.offering.viewers import MUCH_OCTETS, OFFER, viewers_of, zone_at_noon
from services.cli.demo.scenes.shown import Shown
from services.common.kernel.clock import HOUR, MINUTE, Instant, instant, local

MIDNIGHT = instant(datetime(2026, 12, 2, tzinfo=UTC))
NOON = Instant(MIDNIGHT + 12 * HOUR)
USAGE = {
    "clips": CaptureUsage(0, 1, Counter({"Video": 150_000, "Media": 100_001})),
    "film": CaptureUsage(0, 1, Counter({"Streaming": 5_000_000, "Web": 9_000_000})),
    "just-enough-is-not-much": CaptureUsage(0, 1, Counter({"Video": MUCH_OCTETS})),
    "reading": CaptureUsage(0, 1, Counter({"Web": 90_000_000})),
}


@pytest.mark.parametrize("hour", range(24))
def test_somewhere_on_earth_it_is_noon(hour: int) -> None:
    now = Instant(MIDNIGHT + hour * HOUR + 59 * MINUTE)
    assert local(now, zone_at_noon(now)).hour == 12


@given(st.integers(MIDNIGHT, MIDNIGHT + 400 * 24 * HOUR))
def test_at_every_instant_of_a_year_it_is_noon_in_the_zone(now: int) -> None:
    assert local(Instant(now), zone_at_noon(Instant(now))).hour == 12


def test_who_watches_much_comes_first_and_once_more_without_consent() -> None:
    viewers = viewers_of(USAGE, "demo", NOON)
    assert [(viewer.capture, viewer.video_octets, viewer.consents) for viewer in viewers] == [
        ("film", 5_000_000, True),
        ("clips", 250_001, True),
        ("film", 5_000_000, False),
    ]
    assert [viewer.name for viewer in viewers] == ["film", "clips", "film, no consent"]
    assert len({viewer.identifier for viewer in viewers}) == 3
    assert len({viewer.plan.account_id for viewer in viewers}) == 3


def test_each_rating_group_is_paid_in_whole_kibibytes() -> None:
    film, clips, _ = viewers_of(USAGE, "demo", NOON)
    # 4,882.8 KiB; 146.5 and 97.7 KiB.
    assert film.paid_octets == 4_883 * 1_024
    assert clips.paid_octets == (147 + 98) * 1_024


def test_without_much_video_nobody_watches() -> None:
    assert viewers_of({"reading": USAGE["reading"]}, "demo", NOON) == []


def test_next_traffic_is_of_the_same_subscriber_in_other_sessions() -> None:
    film = viewers_of(USAGE, "demo", NOON)[0]
    again = film.again(Instant(NOON + HOUR))
    assert again.supi("film") == film.run.supi("film")
    assert again.account_id("film") == film.run.account_id("film")
    assert again.start_at == NOON + HOUR
    names = [
        {run.pdu_session("film"), run.call("film", 1), run.message("film", 1)} for run in (film.run, again)
    ]
    assert names[0].isdisjoint(names[1])


def test_what_was_offered_stands_with_its_reason_its_chance_and_how_soon() -> None:
    offering = raised()
    assert offering.good
    assert offering.slowest_milliseconds == 41
    assert offering.document()["raised"] == [
        {
            "capture": "film",
            "video_octets": 5_000_000,
            "decision_id": "d-1",
            "offer": OFFER,
            "probability": 0.75,
            "reasons": ["You watched 5 MB."],
            "after_milliseconds": 41,
            "dropped": {"booster": "ENOUGH_LEFT"},
        }
    ]
    (row,) = [line for line in printed(offering).splitlines() if "41 ms" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        *("film", "5.00 MB", OFFER, "You watched 5 MB.", "0.75", "41 ms"),
    ]


def test_the_page_shows_what_could_have_been_there_and_why_it_was_not() -> None:
    page = decision()
    offering = replace(raised(), page=page)
    assert offering.document()["page"] == {
        "decision_id": "d-1",
        "candidates": {OFFER: 0.75, "music-pass": 0.25},
        "dropped": {"booster": "ENOUGH_LEFT"},
    }
    text = printed(offering)
    assert "75.0%" in text
    assert "ENOUGH_LEFT" in text
    assert raised().document()["page"] == {}


def test_something_else_than_it_must_be_is_not_good_and_is_said_so() -> None:
    offering = replace(raised(), shown=(Shown("on the account", "5.00 GB", "4.99 GB"),))
    assert not offering.good
    assert "on the account: 4.99 GB, not 5.00 GB" in printed(offering)


def raised() -> Offering:
    """One offer that traffic raised."""
    viewer = viewers_of(USAGE, "demo", NOON)[0]
    return Offering((Raised(viewer, decision(), 41),), (Shown("on the account", "5.00 GB", "5.00 GB"),))


def decision() -> decision_pb2.Decision:
    """Of two candidates and one that was dropped."""
    found = decision_pb2.Decision(decision_id="d-1", presented_offer_codes=[OFFER])
    found.candidates.add(offer_code=OFFER, rank=1, probability=0.75, reasons=["You watched 5 MB."])
    found.candidates.add(offer_code="music-pass", probability=0.25)
    found.dropped.add(offer_code="booster", reason="ENOUGH_LEFT", stage="applicability")
    return found


def printed(offering: Offering) -> str:
    """As people see it."""
    text = io.StringIO()
    print_offering(Console(file=text, width=200), offering)
    return text.getvalue()
