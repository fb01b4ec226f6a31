"""Every stage drops what it should, with its own reason, and everything else stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, CompiledWeight, OfferTerms
from services.offers.domain.contacts import NO_CONTACTS, ContactHistory, Presentation
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Dropped, Eligible, Stage
from services.offers.domain.filtering import eligible_offers
from services.offers.domain.policies import (
    Action,
    ActionKind,
    Arm,
    Budget,
    ContactCap,
    ContactPolicy,
    Exploration,
    Purpose,
    QuietHours,
)
from tests.support.offers_deciding import (
    ALL_CONSENTS,
    ASKED,
    EURO,
    GIGABYTE,
    NOW,
    PUSHED,
    always,
    compiled,
    customer,
    failing,
    heavy_hour,
    never,
    offer,
    policies,
    video_use,
)


@dataclass(frozen=True)
class Case:
    """One offer, one question, and the reason with which it is dropped; empty: it stays."""

    reason: str
    stage: Stage | None = None
    what: CompiledOffer = field(default_factory=lambda: compiled(offer("one")))
    view: CustomerView = field(default_factory=customer)
    asked: Asked = ASKED
    contact: ContactHistory = NO_CONTACTS
    budgets: dict[str, BudgetUse] = field(default_factory=dict)
    arm: Arm | None = None
    policy: ContactPolicy = field(default_factory=ContactPolicy)
    now: Instant = NOW


def one(**fields: Any) -> CompiledOffer:
    """The offer `one` with some fields of its own."""
    return compiled(offer("one", **fields))


REWARD = Action(ActionKind.REWARD, amount_minor_micros=2 * EURO, currency_code="EUR")
WITHOUT_PERSONALISED = customer(consents=ALL_CONSENTS - {Purpose.PERSONALISED_OFFERS})
WITHOUT_OUTBOUND = customer(consents=ALL_CONSENTS - {Purpose.OUTBOUND})
WITHOUT_LOCATION = customer(consents=ALL_CONSENTS - {Purpose.LOCATION}, fences=frozenset({"arena"}))
NIGHT = ContactPolicy(quiet_hours=QuietHours(22 * 60, 8 * 60))
ELEVEN_AT_NIGHT = Instant(NOW + 11 * HOUR)
DAILY = ContactPolicy(caps=(ContactCap(1, 1, ("push", "sms")),))


def sent(ago: int, channel: str = "push", code: str = "other") -> ContactHistory:
    """One presentation, so long ago."""
    return ContactHistory([Presentation(Instant(NOW - ago), code, channel, channel == "push")])


CASES = {
    "an offer that nothing speaks against stays": Case(""),
    "no consent": Case("NO_CONSENT", Stage.CONSENT, view=WITHOUT_PERSONALISED),
    "an offer for everybody needs no consent": Case(
        "", what=one(personalised=False), view=WITHOUT_PERSONALISED
    ),
    "no consent to what comes unasked": Case(
        "OUTBOUND_NOT_CONSENTED", Stage.CONSENT, view=WITHOUT_OUTBOUND, asked=PUSHED
    ),
    "a push channel is outbound though somebody asked": Case(
        "OUTBOUND_NOT_CONSENTED", Stage.CONSENT, view=WITHOUT_OUTBOUND, asked=Asked("push", "push")
    ),
    "what is asked for needs no consent to outbound": Case("", view=WITHOUT_OUTBOUND),
    "no consent to location": Case(
        "LOCATION_NOT_CONSENTED", Stage.CONSENT, what=one(fence_codes=("arena",)), view=WITHOUT_LOCATION
    ),
    "before its first day": Case("NOT_IN_FORCE", Stage.VALIDITY, what=one(valid_from_day="2025-12-01")),
    "on its first day": Case("", what=one(valid_from_day="2025-11-30")),
    "on the day it is over": Case("NOT_IN_FORCE", Stage.VALIDITY, what=one(valid_until_day="2025-11-30")),
    "on its last day": Case("", what=one(valid_until_day="2025-12-01")),
    "the day is that of the policies' zone": Case(
        "", what=one(valid_from_day="2025-12-01"), now=Instant(NOW + 12 * HOUR)
    ),
    "another placement": Case("WRONG_PLACEMENT", Stage.VALIDITY, asked=Asked("elsewhere", "app")),
    "another channel": Case("WRONG_CHANNEL", Stage.VALIDITY, asked=Asked("app-home", "sms")),
    "a trigger for other offers": Case(
        "NOT_TRIGGERED", Stage.VALIDITY, asked=replace(PUSHED, offer_codes=frozenset({"two"}))
    ),
    "a trigger for this offer": Case("", asked=replace(PUSHED, offer_codes=frozenset({"one"}))),
    "not sold": Case(
        "OFFERING_NOT_SOLD", Stage.VALIDITY, what=compiled(offer("one"), terms=OfferTerms(sold=False))
    ),
    "no terms at all": Case(
        "OFFERING_NOT_SOLD", Stage.VALIDITY, what=replace(compiled(offer("one")), terms={})
    ),
    "another currency": Case("CURRENCY_DIFFERS", Stage.VALIDITY, view=customer(currency_code="CHF")),
    "an account without a currency yet is in the policies'": Case("", view=customer(currency_code="")),
    "a reward in another currency": Case(
        "CURRENCY_DIFFERS", Stage.VALIDITY, what=one(action=REWARD), view=customer(currency_code="CHF")
    ),
    "a reward needs no terms": Case("", what=replace(one(action=REWARD), terms={})),
    "not eligible": Case("NOT_ELIGIBLE", Stage.ELIGIBILITY, what=compiled(offer("one"), eligibility=never)),
    "not eligible, with a reason of its own": Case(
        "BUSINESS_CUSTOMER",
        Stage.ELIGIBILITY,
        what=compiled(offer("one"), eligibility=never, reason="BUSINESS_CUSTOMER"),
    ),
    "a rule that fails": Case(
        "RULE_FAILED", Stage.ELIGIBILITY, what=compiled(offer("one"), eligibility=failing, reason="MINE")
    ),
    "has it already": Case(
        "HAS_IT_ALREADY",
        Stage.ELIGIBILITY,
        view=customer(offering_codes=frozenset({"one-offering"})),
    ),
    "has what it excludes": Case(
        "EXCLUDED",
        Stage.ELIGIBILITY,
        what=one(excluded_with=("premium",)),
        view=customer(offering_codes=frozenset({"premium"})),
    ),
    "not applicable": Case(
        "NOT_APPLICABLE", Stage.APPLICABILITY, what=compiled(offer("one"), applicability=never)
    ),
    "not suitable": Case(
        "NOT_SUITABLE", Stage.SUITABILITY, what=compiled(offer("one"), suitability=heavy_hour)
    ),
    "suitable": Case(
        "",
        what=compiled(offer("one"), suitability=heavy_hour),
        view=customer(usage={"video": video_use(0, hour=2 * GIGABYTE)}),
    ),
    "what was never used is zero and no failure": Case(
        "NOT_SUITABLE",
        Stage.SUITABILITY,
        what=compiled(offer("one"), suitability=heavy_hour),
        view=customer(usage={}),
    ),
    "worse off": Case(
        "WORSE_OFF",
        Stage.SUITABILITY,
        what=compiled(
            offer("one", not_worse_off=True, usage_classes=("video",)),
            terms=OfferTerms(price_minor_micros=EURO, currency_code="EUR"),
        ),
    ),
    "worse off, and nobody minds": Case(
        "", what=compiled(offer("one"), terms=OfferTerms(price_minor_micros=EURO, currency_code="EUR"))
    ),
    "not affordable": Case(
        "NOT_AFFORDABLE",
        Stage.SUITABILITY,
        what=compiled(offer("one"), terms=OfferTerms(price_minor_micros=11 * EURO, currency_code="EUR")),
    ),
    "just affordable": Case(
        "", what=compiled(offer("one"), terms=OfferTerms(price_minor_micros=10 * EURO, currency_code="EUR"))
    ),
    "quiet hours": Case("QUIET_HOURS", Stage.CONTACT, asked=PUSHED, policy=NIGHT, now=ELEVEN_AT_NIGHT),
    "quiet hours by day": Case("", asked=PUSHED, policy=NIGHT),
    "quiet hours are not for those who ask": Case("", policy=NIGHT, now=ELEVEN_AT_NIGHT),
    "a cap": Case("CONTACT_CAP_1D", Stage.CONTACT, asked=PUSHED, policy=DAILY, contact=sent(DAY - 1)),
    "a cap slides": Case("", asked=PUSHED, policy=DAILY, contact=sent(DAY)),
    "a cap of other channels": Case("", policy=DAILY, contact=sent(1)),
    "contacts of other channels": Case("", asked=PUSHED, policy=DAILY, contact=sent(1, "app")),
    "declined": Case(
        "DECLINED_RECENTLY", Stage.CONTACT, contact=ContactHistory(quiet_until={"one": Instant(NOW + 1)})
    ),
    "declined long ago": Case("", contact=ContactHistory(quiet_until={"one": NOW})),
    "sent a while ago": Case(
        "PRESENTED_RECENTLY",
        Stage.CONTACT,
        asked=PUSHED,
        policy=ContactPolicy(repeat_quiet_hours=24),
        contact=sent(DAY - 1, code="one"),
    ),
    "another one was sent": Case(
        "", asked=PUSHED, policy=ContactPolicy(repeat_quiet_hours=24), contact=sent(1)
    ),
    "sent, and looked for in the app": Case(
        "", policy=ContactPolicy(repeat_quiet_hours=24), contact=sent(1, code="one")
    ),
    "a young offer was sent often enough today": Case(
        "IMMATURE_CAP",
        Stage.CONTACT,
        what=one(immature_daily_cap=5),
        asked=PUSHED,
        contact=ContactHistory(outbound_today={"one": 5}),
        budgets={"one": BudgetUse(199)},
    ),
    "an offer that many have accepted is young no more": Case(
        "",
        what=one(immature_daily_cap=5),
        asked=PUSHED,
        contact=ContactHistory(outbound_today={"one": 5}),
        budgets={"one": BudgetUse(200)},
    ),
    "elsewhere": Case("NOT_IN_FENCE", Stage.PLACE, what=one(fence_codes=("arena", "mall"))),
    "inside": Case("", what=one(fence_codes=("arena", "mall")), view=customer(fences=frozenset({"mall"}))),
    "the budget is spent": Case(
        "BUDGET_SPENT",
        Stage.BUDGET,
        what=one(budget=Budget(acceptances=2)),
        budgets={"one": BudgetUse(2)},
    ),
    "the budget does not hold one more": Case(
        "BUDGET_SPENT",
        Stage.BUDGET,
        what=replace(one(action=REWARD, budget=Budget(amount_minor_micros=3 * EURO)), terms={}),
        budgets={"one": BudgetUse(1, 2 * EURO)},
    ),
    "left out by an arm": Case(
        "LEFT_OUT_BY_ARM", Stage.EXPERIMENT, arm=Arm("without", 50, without_offers=("one",))
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_stage_has_its_own_reason(case: Case) -> None:
    eligible, dropped = ask(policies(case.what, contact=case.policy), case)
    if not case.reason:
        assert ([item.offer.code for item in eligible], dropped) == (["one"], [])
        return
    assert eligible == []
    assert [(drop.offer_code, drop.reason, drop.stage) for drop in dropped] == [
        ("one", case.reason, case.stage)
    ]
    assert dropped[0].detail


def ask(of: CompiledPolicies, case: Case) -> tuple[list[Eligible], list[Dropped]]:
    """The question of a case."""
    return eligible_offers(of, case.view, case.asked, case.contact, case.budgets, case.arm, case.now)


def test_a_dropped_offer_names_the_rule_that_said_no() -> None:
    _, dropped = ask(policies(compiled(offer("one"), eligibility=never)), Case(""))
    assert dropped[0].detail == "never"


def test_an_offer_for_everybody_reads_a_customer_nobody_knows() -> None:
    of = policies(compiled(offer("one", personalised=False), suitability=heavy_hour))
    heavy = customer(usage={"video": video_use(0, hour=2 * GIGABYTE)})
    without = replace(heavy, consents=frozenset())
    for view in (heavy, without):
        eligible, dropped = ask(of, Case("", view=view))
        assert (eligible, dropped[0].reason) == ([], "NOT_SUITABLE")


def test_factors_are_the_rules_own() -> None:
    weights = (CompiledWeight(always, 20), CompiledWeight(always, -50), CompiledWeight(never, 900))
    of = policies(compiled(offer("one", propensity_permille=40, lever_percent=10), weights=weights))
    (found,), _ = ask(of, Case(""))
    assert found.factors.propensity == 0.04
    assert found.factors.context_weight == pytest.approx(0.6)
    assert found.factors.lever == pytest.approx(1.1)
    assert found.factors.priority == pytest.approx(0.04 * 0.6 * 100 * 1.1)


def test_an_arm_sets_levers() -> None:
    of = policies(offer("one", lever_percent=10))
    (found,), _ = ask(of, Case("", arm=Arm("pull", 50, lever_percents={"one": 100})))
    assert found.factors.lever == 2


def test_only_the_best_are_candidates() -> None:
    many = [offer(f"o{place}", propensity_permille=place + 1) for place in range(5)]
    of = policies(*many, exploration=Exploration(most_candidates=2, control_permille=0))
    eligible, dropped = ask(of, Case(""))
    assert [item.offer.code for item in eligible] == ["o4", "o3"]
    assert {(drop.offer_code, drop.reason) for drop in dropped} == {
        (code, "TOO_MANY_CANDIDATES") for code in ("o0", "o1", "o2")
    }
