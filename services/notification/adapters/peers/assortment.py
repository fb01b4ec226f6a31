"""What is sold and what it costs, from the catalog's message. Amounts include tax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from tidemark.catalog.v1 import catalog_pb2, policies_pb2, pricing_pb2

from services.common.kernel.money import Money, currency
from services.common.runtime.catalog_amounts import CatalogAmounts, rounded, with_included
from services.notification.application.tools.ports import Assortment, CounterTerms, Offering, Terms

_KINDS = {
    catalog_pb2.OFFERING_KIND_PLAN: "plan",
    catalog_pb2.OFFERING_KIND_ADD_ON: "add-on",
    catalog_pb2.OFFERING_KIND_BUNDLE: "bundle",
}


def assortment_of(catalog: catalog_pb2.Catalog, version: int) -> Assortment:
    """Everything that tools look at."""
    purses = [
        CatalogAmounts.of(catalog, code) for code in (catalog.currency_code, *catalog.other_currency_codes)
    ]
    offerings = {offering.code: offering for offering in catalog.offerings}
    return Assortment(
        version,
        {code: _offering(offering, offerings, purses) for code, offering in offerings.items()},
        {counter.code: _counter(counter, purses) for counter in catalog.counters},
        {group.rating_group: group.name or group.code for group in catalog.rating_groups},
        {zone.code: zone.name or zone.code for zone in catalog.zones},
        next((zone.code for zone in catalog.zones if zone.home), ""),
    )


def _offering(
    offering: catalog_pb2.ProductOffering,
    offerings: Mapping[str, catalog_pb2.ProductOffering],
    purses: Sequence[CatalogAmounts],
) -> Offering:
    parts = list(with_included(offering, offerings))
    terms = {}
    for purse in purses:
        found = _terms(offering, parts, purse)
        if found is not None:
            terms[purse.currency_code] = found
    choice = offering.choice
    return Offering(
        offering.code,
        offering.name or offering.code,
        offering.description,
        _KINDS.get(offering.kind, ""),
        offering.payment_mode == catalog_pb2.PAYMENT_MODE_POSTPAID,
        terms,
        (choice.minimum, choice.maximum),
        frozenset(choice.offerings),
    )


def _terms(
    offering: catalog_pb2.ProductOffering, parts: Sequence[catalog_pb2.ProductOffering], purse: CatalogAmounts
) -> Terms | None:
    """Of an offering with what it brings; None where it is not sold in the currency."""
    at_once = each = 0
    prorated = False
    for part in parts:
        for fee in part.fees:
            whole = _paid(purse, fee)
            if whole is None:
                return None
            if fee.kind == pricing_pb2.FEE_KIND_ONE_TIME:
                at_once += whole
                continue
            each += whole
            if not part.trial.days:
                off = fee.promotion_percent if fee.promotion_periods else 0
                at_once += _paid(purse, fee, Fraction(100 - off, 100)) or 0
                prorated = prorated or (fee.prorated and part.period.calendar)
    unit = currency(purse.currency_code)
    return Terms(
        Money(at_once, unit),
        Money(each, unit),
        prorated,
        offering.period.months,
        offering.period.days,
        offering.trial.days,
        offering.trial.ends,
    )


def _paid(purse: CatalogAmounts, fee: pricing_pb2.Fee, share: Fraction = Fraction(1)) -> int | None:
    """A fee, or a share of it, with tax, rounded as charging does."""
    net = purse.minor_micros(fee.amount)
    return None if net is None else rounded(purse.with_tax(net * share, fee.tax))


def _counter(counter: policies_pb2.Counter, purses: Sequence[CatalogAmounts]) -> CounterTerms:
    is_money = counter.measure == policies_pb2.COUNTER_MEASURE_MONEY
    cap: dict[str, int] = {}
    if counter.HasField("cap") and not is_money:
        cap[""] = counter.cap.units
    for purse in purses if counter.HasField("cap") and is_money else ():
        amount = purse.minor_micros(counter.cap.amount)
        if amount is not None:
            cap[purse.currency_code] = rounded(amount)
    name = counter.name or counter.code
    return CounterTerms(counter.code, name, counter.liftable, is_money, frozenset(counter.zones), cap)
