"""The "not worse off" rule: what a customer pays for the usage they show, without the offer and with it.

Exact whole numbers. Where something is not known, the offer is never flattered: usage is rounded down,
the lowest price stands for what is paid now, the highest for what the offer leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.common.kernel.clock import DAY, Instant
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, OfferTerms, UnitPrice
from services.offers.domain.customer import AllowanceState, ClassUse, CustomerView
from services.offers.domain.policies import ActionKind, UsageClass

_MONTH = 4
_MONTH_DAYS = 28
_PLAIN_HORIZON_DAYS = 30
_NOTHING_LEFT = AllowanceState()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the customer pays within the horizon, in minor_micros."""

    without_minor_micros: int
    with_minor_micros: int
    horizon_days: int

    @property
    def is_worse(self) -> bool:
        """True where the offer costs more than what they have."""
        return self.with_minor_micros > self.without_minor_micros


@dataclass(frozen=True, slots=True)
class _Spending:
    """One class: units expected beyond the allowance left, and what a unit costs now."""

    usage_class: UsageClass
    units: int
    price: UnitPrice

    def cost(self, units: int) -> int:
        """Of so many of its units, in minor_micros, rounded up."""
        return -(-units * self.price.minor_micros // self.price.per_units)


PricesNow = Mapping[str, UnitPrice | None]
"""What a unit costs a customer now, by usage class; None: no unit price is known."""


def prices_now(view: CustomerView, policies: CompiledPolicies) -> PricesNow:
    """The lowest price of each class over everything the customer has, where the customer is."""
    return {
        item.code: _lowest(_prices(view.offering_codes, item, view, policies))
        for item in policies.policies.usage_classes
    }


def compare(
    compiled: CompiledOffer,
    terms: OfferTerms,
    view: CustomerView,
    policies: CompiledPolicies,
    now: Instant,
    prices: PricesNow,
) -> Comparison:
    """Compares over the offer's usage classes and the time that its price lasts.

    A reward costs nothing, so it is never worse. An offer without usage classes saves nothing. `prices`:
    those of `prices_now`, the same for every offer.
    """
    horizon = horizon_days(compiled, terms)
    spendings = _spendings(compiled, view, policies, horizon, now, prices)
    now_paid = sum(item.cost(item.units) for item in spendings)
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


def _spendings(
    compiled: CompiledOffer,
    view: CustomerView,
    policies: CompiledPolicies,
    horizon: int,
    now: Instant,
    prices: PricesNow,
) -> list[_Spending]:
    wanted = frozenset(compiled.offer.usage_classes)
    days = known_days(view, now)
    found = []
    for usage_class in policies.policies.usage_classes:
        use = view.usage.get(usage_class.code)
        if usage_class.code not in wanted or use is None:
            continue
        expected = use.units[_MONTH] * horizon // days
        left = view.allowances.get(usage_class.code, _NOTHING_LEFT).left
        price = prices[usage_class.code]
        if price is not None:
            found.append(_Spending(usage_class, max(0, expected - left), price))
        elif expected:
            found.append(_Spending(usage_class, expected, _paid_price(use)))
    return found


def _left_open(
    compiled: CompiledOffer,
    terms: OfferTerms,
    view: CustomerView,
    policies: CompiledPolicies,
    spendings: list[_Spending],
) -> int:
    """What the usage costs that the offer does not cover."""
    allowance, total = terms.allowance_units, 0
    # The cheapest units first: an allowance that several share is worth the least then.
    for item in sorted(spendings, key=lambda item: _ratio(item.price)) if len(spendings) > 1 else spendings:
        if terms.rating_groups.isdisjoint(item.usage_class.rating_groups):
            total += item.cost(item.units)
        elif terms.allowance_units:
            covered = min(allowance, item.units)
            allowance -= covered
            total += item.cost(item.units - covered)
        else:
            total += _own_cost(compiled, item, view, policies)
    return total


def _own_cost(
    compiled: CompiledOffer, item: _Spending, view: CustomerView, policies: CompiledPolicies
) -> int:
    """At the offering's own prices; without any of them usage is free in it."""
    offering = compiled.offer.action.offering_code
    prices = list(_prices([offering], item.usage_class, view, policies))
    if not prices:
        return 0
    return max(-(-item.units * price.minor_micros // price.per_units) for price in prices)


def _prices(
    offering_codes: Iterable[str], usage_class: UsageClass, view: CustomerView, policies: CompiledPolicies
) -> Iterable[UnitPrice]:
    zone = view.zone or policies.home_zone
    for code in offering_codes:
        prices = policies.unit_prices.get(code, {})
        for rating_group in usage_class.rating_groups:
            price = prices.get((rating_group, zone)) or prices.get((rating_group, ""))
            if price is not None:
                yield price


def _lowest(prices: Iterable[UnitPrice]) -> UnitPrice | None:
    return min(prices, key=_ratio, default=None)


def _ratio(price: UnitPrice) -> Fraction:
    return Fraction(price.minor_micros, price.per_units)


def _paid_price(use: ClassUse) -> UnitPrice:
    """What money actually paid, spread over all that was used."""
    return UnitPrice(use.spend_minor_micros[_MONTH], use.units[_MONTH])
