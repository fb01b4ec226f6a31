"""What is due now for a delivery."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.notification.domain.delivery.deciding import Drop, DropReason, Hold, HoldReason, Send, due_now
from services.notification.domain.delivery.quiet import QuietHours
from services.notification.domain.delivery.told import first_steps, lane_of, next_step
from services.notification.domain.facts import Fact, FactKind
from services.notification.domain.notifications import AlertSeverity, Category, Channel
from services.notification.domain.preferences import Preferences, Wish
from tests.support.notification_delivery import ANNA, delivery, draft, told, topped_up
from tests.support.notification_delivery_clock import NOON

NO_QUIET = QuietHours("UTC", 0, 0)
QUIET = QuietHours("UTC", 10 * 60, 13 * 60)
"""Noon in Berlin, 11:00 UTC, lies within."""
END = Instant(NOON + 2 * HOUR)
PUSH = Channel.WEB_PUSH


def of(**fields: object) -> object:
    """What is due at noon for a delivery of a draft with these fields, in quiet hours."""
    return due_now(delivery(told(draft(topped_up("c"), PUSH, **fields))), Preferences(), QUIET, NOON)


def test_quiet_hours_hold() -> None:
    assert of() == Hold(END, HoldReason.QUIET_HOURS)


def test_what_is_critical_or_must_be_told_is_never_held() -> None:
    assert of(severity=AlertSeverity.CRITICAL, digest_minutes=60) == Send(recheck=False)
    assert of(category=Category.REGULATORY, digest_minutes=60) == Send(recheck=False)


def test_a_rule_can_say_that_nothing_holds_it() -> None:
    one = delivery(told(draft(topped_up("c"), PUSH), hold=False))
    assert due_now(one, Preferences(), QUIET, NOON) == Send(recheck=False)


def test_a_digest_waits_for_its_end_or_goes_with_another() -> None:
    one = delivery(told(draft(topped_up("c"), PUSH, digest_minutes=30)))
    end = Instant(NOON + 30 * MINUTE)
    assert due_now(one, Preferences(), NO_QUIET, NOON) == Hold(end, HoldReason.DIGEST)
    assert due_now(one, Preferences(), NO_QUIET, NOON, in_digest=True) == Send(recheck=False)
    assert due_now(one, Preferences(), NO_QUIET, end) == Send(recheck=False)
    assert due_now(one, Preferences(), QUIET, end) == Hold(END, HoldReason.QUIET_HOURS)


def test_what_was_held_is_looked_at_again_and_the_night_holds_what_is_tried_again() -> None:
    held = delivery(held=True)
    assert due_now(held, Preferences(), NO_QUIET, NOON) == Send(recheck=True)
    assert due_now(delivery(attempts=1), Preferences(), NO_QUIET, NOON) == Send(recheck=False)
    assert due_now(delivery(attempts=1), Preferences(), QUIET, NOON) == Hold(END, HoldReason.QUIET_HOURS)


@pytest.mark.parametrize(
    ("fields", "preferences", "reason"),
    [
        ({"superseded": True}, Preferences(), DropReason.SUPERSEDED),
        ({"category": Category.MARKETING}, Preferences(), DropReason.NO_CONSENT),
        ({}, Preferences(wishes=(Wish(Category.SERVICE, False),)), DropReason.NOT_WANTED),
        (
            {"category": Category.MARKETING},
            Preferences(marketing_consent=True, wishes=(Wish(Category.MARKETING, False),)),
            DropReason.NOT_WANTED,
        ),
    ],
)
def test_reasons_to_drop(fields: dict[str, object], preferences: Preferences, reason: DropReason) -> None:
    one = delivery(dataclasses.replace(told(), **fields))  # type: ignore[arg-type]
    assert due_now(one, preferences, NO_QUIET, NOON) == Drop(reason)
    assert Drop(reason).for_good == (reason is not DropReason.NOT_WANTED)


def test_it_expires_when_it_says_so_or_after_a_week() -> None:
    week = Instant(NOON + 7 * DAY)
    assert due_now(delivery(), Preferences(), NO_QUIET, Instant(week - 1)) == Send(recheck=False)
    assert due_now(delivery(attempts=3), Preferences(), NO_QUIET, week) == Drop(DropReason.EXPIRED)
    offer = Fact(FactKind.OFFER, "c", ANNA, NOON, {"expires_at": Instant(NOON + HOUR), "name": "Pass"})
    one = delivery(told(draft(offer, PUSH)))
    assert due_now(one, Preferences(), NO_QUIET, Instant(NOON + HOUR)) == Drop(DropReason.EXPIRED)


def test_a_digest_that_was_attempted_stays_as_it_is() -> None:
    gathered = dataclasses.replace(told(), superseded=True, digest_minutes=60)
    one = delivery(gathered, attempts=1, held=True, digest_id="d-1")
    assert due_now(one, Preferences(), NO_QUIET, NOON) == Send(recheck=False)
    assert due_now(one, Preferences(), QUIET, NOON) == Hold(END, HoldReason.QUIET_HOURS)


CHAINS = st.lists(st.sampled_from(Channel), max_size=6)
REACHED = st.frozensets(st.sampled_from(Channel))


@given(CHAINS, REACHED)
def test_a_chain_visits_each_step_that_reaches_once_in_order(
    chain: list[Channel], reached: frozenset[Channel]
) -> None:
    visited = list(first_steps(chain, False, reached))
    while visited and (step := next_step(chain, visited[-1], reached)) is not None:
        visited.append(step)
    assert visited == list(first_steps(chain, True, reached))


def test_an_endpoint_has_a_lane_for_what_is_urgent() -> None:
    urgent = delivery(told(draft(topped_up("c"), PUSH, severity=AlertSeverity.CRITICAL)))
    assert (delivery().lane, urgent.lane) == (lane_of("e-1", False), lane_of("e-1", True)) == ("e-1", "e-1!")
