"""What rules read of one decision, made ready once: of the customer, and of a customer nobody knows."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.clock import Instant
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, Facts, OfferTerms
from services.offers.domain.customer import AllowanceState, ClassUse, CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.policies import ActionKind, Offer, Purpose
from services.offers.domain.rule_variables import customer_variables, offer_variables

_NO_TERMS = OfferTerms()


class OfferFacts:
    """Facts about each offer in turn. Use those of one offer up before asking for the next.

    An offer that is not personalised is shown to everybody alike: its rules read a customer who has used
    nothing, wherever consent stands.
    """

    def __init__(self, policies: CompiledPolicies, view: CustomerView, asked: Asked, now: Instant) -> None:
        self._policies = policies
        self._view = view
        self._asked = asked
        self._now = now
        self._personal: Facts | None = None
        self._unknown: Facts | None = None

    def about(self, compiled: CompiledOffer, terms: OfferTerms | None = None) -> Facts:
        """The facts that the rules and texts of one offer read. `terms`: its own, where they are at hand."""
        terms = terms or terms_of(compiled, currency_of(self._policies, self._view))
        offer = offer_variables(
            compiled.offer.code,
            terms.price_minor_micros,
            terms.regular_price_minor_micros,
            terms.duration_days,
        )
        return self._customer(compiled.offer).with_offer(offer)

    def _customer(self, offer: Offer) -> Facts:
        # Making facts ready costs more than a rule: only those that some offer needs.
        if offer.personalised:
            if self._personal is None:
                self._personal = self._prepared(self._view)
            return self._personal
        if self._unknown is None:
            self._unknown = self._prepared(unknown_customer(self._policies, self._view))
        return self._unknown

    def _prepared(self, view: CustomerView) -> Facts:
        known = with_every_class(self._policies, view)
        return self._policies.prepare(customer_variables(known, self._asked, self._now))


def unknown_customer(policies: CompiledPolicies, view: CustomerView) -> CustomerView:
    """The same customer as somebody who looks at nothing sees one: whose account, in which currency.

    Where somebody is counts with a consent of its own, so fences stay with it.
    """
    return CustomerView(
        view.subscriber_id,
        view.account_id,
        view.pseudonym,
        feature_seq=0,
        consents=view.consents,
        time_zone=policies.policies.time_zone,
        currency_code=currency_of(policies, view),
        fences=view.fences if Purpose.LOCATION in view.consents else frozenset(),
    )


def with_every_class(policies: CompiledPolicies, view: CustomerView) -> CustomerView:
    """The view with every usage class of the policies in it: what was never used is zero, not absent."""
    classes = policies.policies.usage_classes
    return replace(
        view,
        usage={item.code: view.usage.get(item.code) or ClassUse(item.unit) for item in classes},
        allowances={item.code: view.allowances.get(item.code) or AllowanceState() for item in classes},
        time_zone=view.time_zone or policies.policies.time_zone,
        fences=view.fences if Purpose.LOCATION in view.consents else frozenset(),
    )


def currency_of(policies: CompiledPolicies, view: CustomerView) -> str:
    """The account's currency; the policies' where it is not known yet."""
    return view.currency_code or policies.policies.currency_code


def terms_of(compiled: CompiledOffer, currency_code: str) -> OfferTerms:
    """What an offer costs in a currency. A reward needs no terms of the catalog."""
    found = compiled.terms.get(currency_code)
    if found is not None:
        return found
    is_reward = compiled.offer.action.kind is ActionKind.REWARD
    return replace(_NO_TERMS, currency_code=currency_code) if is_reward else _NO_TERMS
