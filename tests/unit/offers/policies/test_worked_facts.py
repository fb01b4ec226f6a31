"""What a worked example imagines: customer, question, contacts; and what of it decides."""

from __future__ import annotations

from services.common.kernel.clock import DAY, MINUTE
from services.offers.domain.policies import PolicyExample, Purpose
from services.offers.domain.work_examples import decide_example
from services.offers.domain.worked_facts import asked_of, contacts_of, moment_of, view_of
from tests.support.offers_policies import CENT, compiled_policies, edited

FULL = """\
  full:
    facts:
      customer: {segment: consumer, value: 3, zone: eu, roaming: true, offerings: [plan], tenure_days: 10}
      usage: {video: {hour: 3 MB, week: 2 GB, spend_day: "1.20", idle: 30 min}}
      balance: {money: "4.50", left: {video: 1 GB}, given: {video: 4 GB}}
      moment: {at: 2026-12-02 20:00}
      place: {fences: [arena]}
      context: {page: home}
      consents: [location, personalised-offers]
      contacts:
        - {offer: pass, channel: message, ago: 2 h}
        - {offer: less, channel: app, ago: 3 days, declined: true}
    placement: home
    channel: app
    expected: []
  bare:
    facts: {moment: {at: 2026-12-02 20:00}}
    placement: home
    channel: app
    expected: []
"""
POLICIES = compiled_policies(edited(("examples:\n", f"examples:\n{FULL}")))


def example(code: str) -> PolicyExample:
    return next(item for item in POLICIES.policies.examples if item.code == code)


def test_facts_become_a_customer() -> None:
    view = view_of(POLICIES, example("full"))
    assert (view.segment, view.customer_value, view.zone, view.roaming) == ("consumer", 3, "eu", True)
    assert view.offering_codes == {"plan"}
    assert view.first_seen_at == moment_of(example("full")) - 10 * DAY
    assert view.money_minor_micros == 450 * CENT
    assert view.consents == {Purpose.LOCATION, Purpose.PERSONALISED_OFFERS}
    assert view.fences == {"arena"}
    video = view.usage["video"]
    # minutes, hour, day, week, month: a longer window has what a shorter one has.
    assert video.units == (0, 3_000_000, 3_000_000, 2_000_000_000, 2_000_000_000)
    assert video.spend_minor_micros == (0, 0, 120 * CENT, 120 * CENT, 120 * CENT)
    assert video.last_used_at == moment_of(example("full")) - 30 * MINUTE
    assert (view.allowances["video"].left, view.allowances["video"].given) == (10**9, 4 * 10**9)


def test_what_is_not_named_is_as_of_somebody_who_has_used_nothing() -> None:
    view = view_of(POLICIES, example("bare"))
    assert view.consents == set(Purpose)
    assert view.usage["video"].units == (0, 0, 0, 0, 0)
    assert view.usage["video"].last_used_at is None
    assert (view.zone, view.currency_code, view.money_minor_micros) == ("home", "EUR", 0)
    assert contacts_of(POLICIES.policies, example("bare")).presentations == ()


def test_contacts_are_counted_and_a_no_keeps_quiet() -> None:
    history = contacts_of(POLICIES.policies, example("full"))
    now = moment_of(example("full"))
    assert [(item.offer_code, item.outbound, now - item.at) for item in history.presentations] == [
        ("pass", True, 120 * MINUTE),
        ("less", False, 3 * DAY),
    ]
    assert history.quiet_until == {"less": now + 27 * DAY}
    _, dropped = decide_example(POLICIES, example("full"))
    assert dropped["less"].reason == "DECLINED_RECENTLY"


def test_the_question_says_what_raised_it() -> None:
    asked = asked_of(example("in-the-arena"), 5)
    assert (asked.raised_by, asked.fence_code, asked.outbound) == ("fence-entered", "arena", True)
    assert asked_of(example("full"), 5).context == {"page": "home"}
    assert not asked_of(example("full"), 5).outbound


def test_a_barred_customer_is_offered_nothing() -> None:
    barred = edited(("customer: {offerings: [plan], tenure_days: 28}", "customer: {barred: true}"))
    policies = compiled_policies(barred)
    fan = next(item for item in policies.policies.examples if item.code == "a-fan")
    ranked, dropped = decide_example(policies, fan)
    assert ranked == ()
    assert {item.reason for item in dropped.values()} == {"BARRED"}


def test_what_nothing_raises_is_not_asked() -> None:
    nowhere = edited(("      place: {fences: [arena]}\n", ""))
    policies = compiled_policies(nowhere)
    there = next(item for item in policies.policies.examples if item.code == "in-the-arena")
    ranked, dropped = decide_example(policies, there)
    assert ranked == ()
    assert {item.reason for item in dropped.values()} == {"NOT_TRIGGERED"}
