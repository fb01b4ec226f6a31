"""What stands for a whole kind of customers alike: which offers there are for them, and how good at most.

Consent, validity and price depend on no one's usage. Found once for each kind of question and kept, they
leave to a decision what is its own: the rules and weights that read this customer at this moment.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from services.offers.domain.compiled import CompiledOffer, Shelf, Standing
from services.offers.domain.decisions import Dropped, Factors, Stage
from services.offers.domain.drop_reasons import TOO_MANY_CANDIDATES
from services.offers.domain.filter_stages import BEFORE_RULES, Inquiry
from services.offers.domain.offer_facts import OfferFacts, terms_of
from services.offers.domain.policies import Arm, Purpose

_MOST_SHELVES = 1_000
"""Days pass, and placements, channels, currencies and arms multiply; to fill one costs a millisecond."""


def shelf_for(inquiry: Inquiry) -> Shelf:
    """The shelf for this kind of question, made where it is not kept yet."""
    shelves, kind = inquiry.policies.shelves, _kind(inquiry)
    found = shelves.get(kind)
    if found is None:
        if len(shelves) >= _MOST_SHELVES:
            shelves.clear()
        found = shelves[kind] = _filled(inquiry)
    return found


def best_first(shelf: Shelf, facts: OfferFacts) -> Iterator[tuple[Standing, Factors]]:
    """Offers by priority, those alike by code. Weights are asked only of offers whose turn may have come."""
    waiting: list[tuple[float, str, Standing, Factors]] = []
    for standing in shelf.standing:
        while waiting and -waiting[0][0] > standing.best_priority:
            yield heapq.heappop(waiting)[2:]
        factors = _weighed(standing, facts)
        heapq.heappush(waiting, (-factors.priority, standing.compiled.offer.code, standing, factors))
    while waiting:
        yield heapq.heappop(waiting)[2:]


def _kind(inquiry: Inquiry) -> tuple[object, ...]:
    """Everything that `_filled` reads of an inquiry."""
    asked, consents = inquiry.asked, inquiry.view.consents
    return (
        inquiry.day,
        inquiry.currency_code,
        inquiry.is_personal,
        inquiry.is_outbound,
        Purpose.OUTBOUND in consents,
        Purpose.LOCATION in consents,
        asked.placement,
        asked.channel,
        asked.offer_codes,
        asked.raised_by,
        tuple(inquiry.arm.lever_percents.items()) if inquiry.arm else (),
    )


def _filled(inquiry: Inquiry) -> Shelf:
    standing, dropped = [], []
    for compiled in inquiry.policies.offers:
        verdict = _before_rules(inquiry, compiled)
        if verdict is None:
            standing.append(_standing(inquiry, compiled))
        else:
            dropped.append(verdict)
    standing.sort(key=lambda item: (-item.best_priority, item.compiled.offer.code))
    return Shelf(tuple(standing), tuple(dropped))


def _before_rules(inquiry: Inquiry, compiled: CompiledOffer) -> Dropped | None:
    for stage, drop in BEFORE_RULES:
        verdict = drop(inquiry, compiled)
        if verdict is not None:
            return Dropped(compiled.offer.code, verdict[0], stage, verdict[1])
    return None


def _standing(inquiry: Inquiry, compiled: CompiledOffer) -> Standing:
    most = inquiry.policies.policies.exploration.most_candidates
    words = f"not among the {most} best by rules alone"
    plain, highest = _plain_factors(compiled, inquiry.arm), 1.0
    for weight in compiled.weights:
        highest *= max(1.0, _factor(weight.percent))
    return Standing(
        compiled,
        terms_of(compiled, inquiry.currency_code),
        plain,
        _with_context(plain, highest).priority,
        Dropped(compiled.offer.code, TOO_MANY_CANDIDATES, Stage.NUMBER, words),
    )


def _plain_factors(compiled: CompiledOffer, arm: Arm | None) -> Factors:
    offer = compiled.offer
    percent = offer.lever_percent if arm is None else arm.lever_percents.get(offer.code, offer.lever_percent)
    return Factors(
        propensity=offer.propensity_permille / 1_000,
        context_weight=1.0,
        value_minor_micros=offer.value_minor_micros,
        lever=_factor(percent),
    )


def _weighed(standing: Standing, facts: OfferFacts) -> Factors:
    weights = standing.compiled.weights
    if not weights:
        return standing.factors
    about, context = facts.about(standing.compiled, standing.terms), 1.0
    for weight in weights:
        if weight.holds(about):
            context *= _factor(weight.percent)
    return _with_context(standing.factors, context)


def _with_context(plain: Factors, context: float) -> Factors:
    return Factors(plain.propensity, context, plain.value_minor_micros, plain.lever)


def _factor(percent: int) -> float:
    return max(0.0, 1 + percent / 100)
