"""From all offers of the policies to those that may be presented: every other one is dropped, with a reason.

Stages come in the order of `Stage`; the first rule that says no ends it. A rule that fails says no. Offers
are taken best first: once enough have passed, the others are too many, whatever their rules would say.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.common.kernel.clock import Instant, local
from services.offers.domain import drop_reasons
from services.offers.domain.better_off import costs_now
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, Facts
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
    most = policies.policies.exploration.most_candidates
    eligible: list[Eligible] = []
    waiting: list[tuple[CompiledOffer, Factors]] = []
    dropped: list[Dropped] = []
    for compiled in policies.offers:
        verdict = _before_rules(inquiry, compiled)
        if verdict is not None:
            dropped.append(verdict)
        else:
            waiting.append((compiled, _factors(compiled, arm, facts.about(compiled))))
    waiting.sort(key=lambda item: (-item[1].priority, item[0].offer.code))
    for compiled, factors in waiting:
        # Enough that are better passed already: rules, which cost most, need no look any more.
        outcome = (
            _too_many(compiled, most)
            if len(eligible) == most
            else _look_at(inquiry, compiled, factors, facts)
        )
        if isinstance(outcome, Dropped):
            dropped.append(outcome)
        else:
            eligible.append(outcome)
    dropped.sort(key=lambda item: item.offer_code)
    return eligible, dropped


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


def _before_rules(inquiry: Inquiry, compiled: CompiledOffer) -> Dropped | None:
    for stage, drop in BEFORE_RULES:
        verdict = drop(inquiry, compiled)
        if verdict is not None:
            return Dropped(compiled.offer.code, verdict[0], stage, verdict[1])
    return None


def _look_at(
    inquiry: Inquiry, compiled: CompiledOffer, factors: Factors, facts: OfferFacts
) -> Eligible | Dropped:
    terms = terms_of(compiled, inquiry.currency_code)
    case = Case(inquiry, compiled, terms, facts.about(compiled, terms))
    for stage, judge in RULES:
        verdict = judge(case)
        if verdict is not None:
            return Dropped(compiled.offer.code, verdict[0], stage, verdict[1])
    return Eligible(compiled.offer, factors, terms.price_minor_micros, inquiry.currency_code)


def _factors(compiled: CompiledOffer, arm: Arm | None, facts: Facts) -> Factors:
    offer, context = compiled.offer, 1.0
    for weight in compiled.weights:
        if weight.holds(facts):
            context *= max(0.0, 1 + weight.percent / 100)
    percent = offer.lever_percent if arm is None else arm.lever_percents.get(offer.code, offer.lever_percent)
    return Factors(
        propensity=offer.propensity_permille / 1_000,
        context_weight=context,
        value_minor_micros=offer.value_minor_micros,
        lever=max(0.0, 1 + percent / 100),
    )


def _too_many(compiled: CompiledOffer, most: int) -> Dropped:
    words = f"not among the {most} best by rules alone"
    return Dropped(compiled.offer.code, drop_reasons.TOO_MANY_CANDIDATES, Stage.NUMBER, words)
