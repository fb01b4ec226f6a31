"""From all offers of the policies to those that may be presented: every other one is dropped, with a reason.

Stages come in the order of `Stage`; the first rule that says no ends it. A rule that fails says no. Offers
are taken best first: once enough have passed, the others are too many, whatever their rules would say.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from services.common.kernel.clock import Instant, local
from services.offers.domain.better_off import costs_now
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledPolicies, Standing
from services.offers.domain.contacts import ContactHistory, contact_drop, is_outbound
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Dropped, Eligible, Factors
from services.offers.domain.filter_stages import RULES, Case, Inquiry
from services.offers.domain.offer_facts import OfferFacts, currency_of
from services.offers.domain.policies import Arm, Purpose
from services.offers.domain.shelf import best_first, shelf_for

_code = attrgetter("offer_code")


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
    shelf, looked_at = shelf_for(inquiry), set()
    eligible: list[Eligible] = []
    dropped = list(shelf.dropped)
    for standing, factors in best_first(shelf, facts):
        looked_at.add(standing.compiled.offer.code)
        outcome = _look_at(inquiry, standing, factors, facts)
        if isinstance(outcome, Dropped):
            dropped.append(outcome)
            continue
        eligible.append(outcome)
        # Enough have passed: the rules of the others, which cost most, need no look.
        if len(eligible) == most:
            break
    dropped += [item.too_many for item in shelf.standing if item.too_many.offer_code not in looked_at]
    dropped.sort(key=_code)
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


def _look_at(inquiry: Inquiry, standing: Standing, factors: Factors, facts: OfferFacts) -> Eligible | Dropped:
    compiled, terms = standing.compiled, standing.terms
    case = Case(inquiry, compiled, terms, facts.about(compiled, terms))
    for stage, judge in RULES:
        verdict = judge(case)
        if verdict is not None:
            return Dropped(compiled.offer.code, verdict[0], stage, verdict[1])
    return Eligible(compiled.offer, factors, terms.price_minor_micros, inquiry.currency_code)
