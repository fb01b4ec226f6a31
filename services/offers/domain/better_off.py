"""The "not worse off" rule: what a customer pays for the usage they show, without the offer and with it.

Exact whole numbers. Where something is not known, the offer is never flattered: usage is rounded down,
the lowest price stands for what is paid now, the highest for what the offer leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from services.common.kernel.clock import DAY, Instant
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, OfferTerms, UnitPrice
from services.offers.domain.customer import AllowanceState, CustomerView
from services.offers.domain.policies import ActionKind, UsageClass

_MONTH = 4
_MONTH_DAYS = 28
_PLAIN_HORIZON_DAYS = 30
_NOTHING_LEFT = AllowanceState()


class Comparison(NamedTuple):
    """What the customer pays within the horizon, in minor_micros. A tuple: one is made for every offer."""

    without_minor_micros: int
    with_minor_micros: int
    horizon_days: int

    @property
    def is_worse(self) -> bool:
        """True where the offer costs more than what they have."""
        return self.with_minor_micros > self.without_minor_micros


class ClassCosts(NamedTuple):
    """One class: units of a month, what an allowance still covers of them, and what a unit costs now."""

    usage_class: UsageClass
    units: int
    left: int
    price: UnitPrice


class CustomerCosts(NamedTuple):
    """What a customer pays now, by usage class; the same for every offer of a decision."""

    known_days: int
    by_class: Mapping[str, ClassCosts]


class _Spending(NamedTuple):
    usage_class: UsageClass
    units: int
    price: UnitPrice


def costs_now(view: CustomerView, policies: CompiledPolicies, now: Instant) -> CustomerCosts:
    """The lowest price of each class over everything the customer has, where the customer is."""
    found = {}
    for usage_class in policies.policies.usage_classes:
        use = view.usage.get(usage_class.code)
        if use is None or not use.units[_MONTH]:
            continue
        price = _lowest(_prices(view.offering_codes, usage_class, view, policies))
        left = view.allowances.get(usage_class.code, _NOTHING_LEFT).left
        if price is None:
            # What money actually paid, spread over all that was used, what an allowance covered included.
            price, left = UnitPrice(use.spend_minor_micros[_MONTH], use.units[_MONTH]), 0
        found[usage_class.code] = ClassCosts(usage_class, use.units[_MONTH], left, price)
    return CustomerCosts(known_days(view, now), found)


def compare(
    compiled: CompiledOffer,
    terms: OfferTerms,
    view: CustomerView,
    policies: CompiledPolicies,
    costs: CustomerCosts,
) -> Comparison:
    """Compares over the offer's usage classes and the time that its price lasts.

    A reward costs nothing, so it is never worse. An offer without usage classes saves nothing.
    """
    horizon = horizon_days(compiled, terms)
    spendings = []
    for code in compiled.offer.usage_classes:
        item = costs.by_class.get(code)
        if item is not None:
            expected = item.units * horizon // costs.known_days
            spendings.append(_Spending(item.usage_class, max(0, expected - item.left), item.price))
    now_paid = sum(_cost(item.price, item.units) for item in spendings)
    action = compiled.offer.action
    if action.regular_offering_code and action.regular_offering_code in view.offering_codes:
        now_paid += terms.regular_price_minor_micros
    # The horizon ends where the next fee falls due, so that none falls into it.
    then_paid = terms.price_minor_micros + _left_open(compiled, terms, view, policies, spendings)
    return Comparison(now_paid, then_paid, horizon)


def horizon_days(compiled: CompiledOffer, terms: OfferTerms) -> int:
    """Over how many days is compared."""
    if compiled.offer.action.kind is ActionKind.TRIAL and terms.trial_days:
        return terms.trial_days
    return terms.duration_days or _PLAIN_HORIZON_DAYS


def known_days(view: CustomerView, now: Instant) -> int:
    """For how long the month's window has been filling: whole days begun, 1 to 28."""
    if view.first_seen_at is None:
        return 1
    return min(_MONTH_DAYS, max(1, -(-(now - view.first_seen_at) // DAY)))


def _left_open(
    compiled: CompiledOffer,
    terms: OfferTerms,
    view: CustomerView,
    policies: CompiledPolicies,
    spendings: list[_Spending],
) -> int:
    """What the usage costs that the offer does not cover."""
    if len(spendings) > 1:
        # The cheapest units first: an allowance that several share is worth the least then.
        spendings = sorted(spendings, key=lambda item: _ratio(item.price))
    allowances, total = dict(terms.allowances), 0
    for usage_class, units, price in spendings:
        if terms.rating_groups.isdisjoint(usage_class.rating_groups):
            total += _cost(price, units)
        elif usage_class.unit in allowances:
            covered = min(allowances[usage_class.unit], units)
            allowances[usage_class.unit] -= covered
            total += _cost(price, units - covered)
        else:
            total += _own_cost(compiled, usage_class, units, view, policies)
    return total


def _own_cost(
    compiled: CompiledOffer,
    usage_class: UsageClass,
    units: int,
    view: CustomerView,
    policies: CompiledPolicies,
) -> int:
    """At the offering's own prices; without any of them usage is free in it."""
    prices = _prices([compiled.offer.action.offering_code], usage_class, view, policies)
    return max((_cost(price, units) for price in prices), default=0)


def _cost(price: UnitPrice, units: int) -> int:
    """Of so many units, in minor_micros, rounded up."""
    return -(-units * price.minor_micros // price.per_units)


def _prices(
    offering_codes: Iterable[str], usage_class: UsageClass, view: CustomerView, policies: CompiledPolicies
) -> Iterable[UnitPrice]:
    zone = view.zone or policies.home_zone
    in_currency = _unit_prices(policies, view.currency_code)
    for code in offering_codes:
        prices = in_currency.get(code, {})
        for rating_group in usage_class.rating_groups:
            price = prices.get((rating_group, zone)) or prices.get((rating_group, ""))
            if price is not None:
                yield price


def _unit_prices(
    policies: CompiledPolicies, currency_code: str
) -> Mapping[str, Mapping[tuple[int, str], UnitPrice]]:
    """Of the account's currency; none is known in one that the catalog does not sell in."""
    found = policies.unit_prices_by_currency.get(currency_code)
    if found is not None:
        return found
    return policies.unit_prices if currency_code in ("", policies.policies.currency_code) else {}


def _lowest(prices: Iterable[UnitPrice]) -> UnitPrice | None:
    return min(prices, key=_ratio, default=None)


def _ratio(price: UnitPrice) -> Fraction:
    return Fraction(price.minor_micros, price.per_units)
