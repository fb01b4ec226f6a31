"""What each stage asks of an offer, in the order of `Stage`. The first verdict ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.offers.domain import drop_reasons
from services.offers.domain.better_off import CustomerCosts, compare
from services.offers.domain.budgets import BudgetUse, fits, given_away
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, CompiledRule, Facts, OfferTerms
from services.offers.domain.contacts import ContactDrop, ContactHistory, offer_contact_drop
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Stage
from services.offers.domain.policies import ActionKind, Arm, Budget, Purpose

_NO_USE = BudgetUse()
_UNBOUNDED = Budget()
Verdict = tuple[str, str] | None
"""Reason code and detail; None: the offer stays."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Everything that all offers of one decision share."""

    policies: CompiledPolicies
    view: CustomerView
    asked: Asked
    contact: ContactHistory
    budgets: Mapping[str, BudgetUse]
    arm: Arm | None
    now: Instant
    day: str
    currency_code: str
    is_personal: bool
    is_outbound: bool
    no_contact: ContactDrop | None
    costs: CustomerCosts | None
    """What they pay now; None: it is not to be looked at."""


class Case(NamedTuple):
    """One offer of an inquiry. A tuple: one is made for every offer of every decision."""

    inquiry: Inquiry
    compiled: CompiledOffer
    terms: OfferTerms
    facts: Facts


def _consent(inquiry: Inquiry, compiled: CompiledOffer) -> Verdict:
    offer, consents = compiled.offer, inquiry.view.consents
    if offer.personalised and not inquiry.is_personal:
        return drop_reasons.NO_CONSENT, "no consent to personalised offers"
    if inquiry.is_outbound and Purpose.OUTBOUND not in consents:
        return drop_reasons.OUTBOUND_NOT_CONSENTED, "no consent to offers that come unasked"
    if offer.fence_codes and Purpose.LOCATION not in consents:
        return drop_reasons.LOCATION_NOT_CONSENTED, "no consent to location"
    return None


def _validity(inquiry: Inquiry, compiled: CompiledOffer) -> Verdict:
    offer, asked = compiled.offer, inquiry.asked
    if offer.valid_from_day and inquiry.day < offer.valid_from_day:
        return drop_reasons.NOT_IN_FORCE, f"from {offer.valid_from_day}; today is {inquiry.day}"
    if offer.valid_until_day and inquiry.day >= offer.valid_until_day:
        return drop_reasons.NOT_IN_FORCE, f"until {offer.valid_until_day}; today is {inquiry.day}"
    if asked.placement not in offer.placements:
        return drop_reasons.WRONG_PLACEMENT, f"for {', '.join(offer.placements)}"
    if asked.channel not in offer.channels:
        return drop_reasons.WRONG_CHANNEL, f"for {', '.join(offer.channels)}"
    if asked.offer_codes is not None and offer.code not in asked.offer_codes:
        return drop_reasons.NOT_TRIGGERED, f"not raised by {asked.raised_by}"
    return _sale(inquiry, compiled)


def _sale(inquiry: Inquiry, compiled: CompiledOffer) -> Verdict:
    action, currency = compiled.offer.action, inquiry.currency_code
    if action.kind is ActionKind.REWARD:
        if action.currency_code != currency:
            return drop_reasons.CURRENCY_DIFFERS, f"in {action.currency_code}; the account is in {currency}"
        return None
    terms = compiled.terms.get(currency)
    if terms is not None and terms.sold:
        return None
    if terms is None and any(other.sold for other in compiled.terms.values()):
        words = f"in {', '.join(sorted(compiled.terms))}; the account is in {currency}"
        return drop_reasons.CURRENCY_DIFFERS, words
    return drop_reasons.OFFERING_NOT_SOLD, f"{action.offering_code} is not sold"


def _eligibility(case: Case) -> Verdict:
    verdict = _rules(case, case.compiled.eligibility, Stage.ELIGIBILITY)
    if verdict is not None:
        return verdict
    offer, held = case.compiled.offer, case.inquiry.view.offering_codes
    if offer.action.offering_code and offer.action.offering_code in held:
        return drop_reasons.HAS_IT_ALREADY, f"has {offer.action.offering_code}"
    for code in offer.excluded_with:
        if code in held:
            return drop_reasons.EXCLUDED, f"has {code}"
    return None


def _applicability(case: Case) -> Verdict:
    return _rules(case, case.compiled.applicability, Stage.APPLICABILITY)


def _suitability(case: Case) -> Verdict:
    verdict = _rules(case, case.compiled.suitability, Stage.SUITABILITY)
    inquiry, terms = case.inquiry, case.terms
    # What a customer spends and has is not looked at without consent.
    if verdict is not None or inquiry.costs is None:
        return verdict
    if case.compiled.offer.not_worse_off:
        found = compare(case.compiled, terms, inquiry.view, inquiry.policies, inquiry.costs)
        if found.is_worse:
            then = _words(found.with_minor_micros, inquiry.currency_code)
            now = _words(found.without_minor_micros, inquiry.currency_code)
            return drop_reasons.WORSE_OFF, f"{then} with it, {now} without, over {found.horizon_days} d"
    if terms.price_minor_micros > inquiry.view.money_minor_micros:
        price = _words(terms.price_minor_micros, inquiry.currency_code)
        money = _words(inquiry.view.money_minor_micros, inquiry.currency_code)
        return drop_reasons.NOT_AFFORDABLE, f"costs {price}; there is {money}"
    return None


def _contact(case: Case) -> Verdict:
    inquiry, offer = case.inquiry, case.compiled.offer
    found = inquiry.no_contact or offer_contact_drop(
        inquiry.policies.policies.contact,
        inquiry.contact,
        offer,
        inquiry.budgets.get(offer.code, _NO_USE).acceptances,
        inquiry.now,
        outbound=inquiry.is_outbound,
    )
    return None if found is None else (found.reason, found.detail)


def _place(case: Case) -> Verdict:
    wanted = case.compiled.offer.fence_codes
    if wanted and case.inquiry.view.fences.isdisjoint(wanted):
        return drop_reasons.NOT_IN_FENCE, f"only in {', '.join(wanted)}"
    return None


def _budget(case: Case) -> Verdict:
    offer = case.compiled.offer
    if offer.budget == _UNBOUNDED:
        return None
    use = case.inquiry.budgets.get(offer.code, _NO_USE)
    if fits(use, offer.budget, given_away(offer.action, case.terms)):
        return None
    given = _words(use.amount_minor_micros, case.inquiry.policies.policies.currency_code)
    return drop_reasons.BUDGET_SPENT, f"{use.acceptances} acceptances, {given}"


def _experiment(case: Case) -> Verdict:
    arm = case.inquiry.arm
    if arm is not None and case.compiled.offer.code in arm.without_offers:
        return drop_reasons.LEFT_OUT_BY_ARM, f"arm {arm.code}"
    return None


def _rules(case: Case, rules: Sequence[CompiledRule], stage: Stage) -> Verdict:
    for rule in rules:
        holds = rule.holds(case.facts)
        if holds is None:
            return drop_reasons.RULE_FAILED, rule.text
        if not holds:
            return rule.reason or _PLAIN_REASONS[stage], rule.text
    return None


def _words(amount: int, currency_code: str) -> str:
    return str(Money(amount, currency(currency_code)))


_PLAIN_REASONS = {
    Stage.ELIGIBILITY: drop_reasons.NOT_ELIGIBLE,
    Stage.APPLICABILITY: drop_reasons.NOT_APPLICABLE,
    Stage.SUITABILITY: drop_reasons.NOT_SUITABLE,
}

BEFORE_RULES: tuple[tuple[Stage, Callable[[Inquiry, CompiledOffer], Verdict]], ...] = (
    (Stage.CONSENT, _consent),
    (Stage.VALIDITY, _validity),
)
RULES: tuple[tuple[Stage, Callable[[Case], Verdict]], ...] = (
    (Stage.ELIGIBILITY, _eligibility),
    (Stage.APPLICABILITY, _applicability),
    (Stage.SUITABILITY, _suitability),
    (Stage.CONTACT, _contact),
    (Stage.PLACE, _place),
    (Stage.BUDGET, _budget),
    (Stage.EXPERIMENT, _experiment),
)
