"""From all offers of the policies to those that may be presented: every other one is dropped, with a reason.

Stages come in the order of `Stage`; the first rule that says no ends it. A rule that fails says no.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.common.kernel.clock import Instant, local
from services.offers.domain import drop_reasons
from services.offers.domain.better_off import costs_now
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies
from services.offers.domain.contacts import ContactHistory, contact_drop, is_outbound
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Dropped, Eligible, Factors, Stage
from services.offers.domain.filter_stages import BEFORE_RULES, RULES, Case, Inquiry
from services.offers.domain.offer_facts import OfferFacts, currency_of, terms_of
from services.offers.domain.policies import Arm, Purpose


def eligible_offers(
    policies: CompiledPolicies,
    view: CustomerView,
    asked: Asked,
    contact: ContactHistory,
    budgets: Mapping[str, BudgetUse],
    arm: Arm | None,
    now: Instant,
    facts: OfferFacts | None = None,
) -> tuple[list[Eligible], list[Dropped]]:
    """The offers that may be presented, by rule-only priority, and all others with their reasons.

    Without consent to personalised offers only those for everybody remain, and no usage is looked at.
    `facts`: those of this very question, where somebody needs them again.
    """
    inquiry = _inquiry(policies, view, asked, contact, budgets, arm, now)
    facts = facts or OfferFacts(policies, view, asked, now)
    eligible: list[Eligible] = []
    dropped: list[Dropped] = []
    for compiled in policies.offers:
        outcome = _look_at(inquiry, compiled, facts)
        if isinstance(outcome, Dropped):
            dropped.append(outcome)
        else:
            eligible.append(outcome)
    eligible.sort(key=lambda item: (-item.factors.priority, item.offer.code))
    most = policies.policies.exploration.most_candidates
    dropped.extend(_too_many(item, most) for item in eligible[most:])
    return eligible[:most], dropped


def _inquiry(
    policies: CompiledPolicies,
    view: CustomerView,
    asked: Asked,
    contact: ContactHistory,
    budgets: Mapping[str, BudgetUse],
    arm: Arm | None,
    now: Instant,
) -> Inquiry:
    terms = policies.policies
    is_personal = Purpose.PERSONALISED_OFFERS in view.consents
    return Inquiry(
        policies,
        view,
        asked,
        contact,
        budgets,
        arm,
        now,
        day=local(now, terms.time_zone).date().isoformat(),
        currency_code=currency_of(policies, view),
        is_personal=is_personal,
        is_outbound=is_outbound(terms.contact, asked),
        no_contact=contact_drop(terms.contact, contact, asked, now, view.time_zone or terms.time_zone),
        # What a customer has and spends is not looked at without consent.
        costs=costs_now(view, policies, now) if is_personal else None,
    )


def _look_at(inquiry: Inquiry, compiled: CompiledOffer, facts: OfferFacts) -> Eligible | Dropped:
    code = compiled.offer.code
    for stage, drop in BEFORE_RULES:
        verdict = drop(inquiry, compiled)
        if verdict is not None:
            return Dropped(code, verdict[0], stage, verdict[1])
    terms = terms_of(compiled, inquiry.currency_code)
    case = Case(inquiry, compiled, terms, facts.about(compiled, terms))
    for stage, judge in RULES:
        verdict = judge(case)
        if verdict is not None:
            return Dropped(code, verdict[0], stage, verdict[1])
    return Eligible(compiled.offer, _factors(case), case.terms.price_minor_micros, inquiry.currency_code)


def _factors(case: Case) -> Factors:
    offer, arm = case.compiled.offer, case.inquiry.arm
    context = 1.0
    for weight in case.compiled.weights:
        if weight.holds(case.facts):
            context *= max(0.0, 1 + weight.percent / 100)
    percent = offer.lever_percent if arm is None else arm.lever_percents.get(offer.code, offer.lever_percent)
    return Factors(
        propensity=offer.propensity_permille / 1_000,
        context_weight=context,
        value_minor_micros=offer.value_minor_micros,
        lever=max(0.0, 1 + percent / 100),
    )


def _too_many(item: Eligible, most: int) -> Dropped:
    words = f"not among the {most} best by rules alone"
    return Dropped(item.offer.code, drop_reasons.TOO_MANY_CANDIDATES, Stage.NUMBER, words)
