"""What offers cost and bring, from the catalog's own message.

Amounts include tax. A calendar period is taken as a whole one: nobody pays more than that at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction

from google.protobuf.message import Message
from tidemark.catalog.v1 import catalog_pb2, money_text_pb2, pricing_pb2

from services.common.runtime.catalog_amounts import CatalogAmounts, rounded, with_included
from services.offers.adapters.catalog_unit_prices import unit_prices
from services.offers.domain.catalog_terms import CatalogOffering, CatalogTerms, together
from services.offers.domain.compiled import OfferTerms

_DAYS_PER_MONTH = 30


def catalog_terms(catalog: catalog_pb2.Catalog, version: int) -> CatalogTerms:
    """Everything that policies and decisions look at."""
    codes = (catalog.currency_code, *catalog.other_currency_codes)
    offerings = {offering.code: offering for offering in catalog.offerings}
    purses = [CatalogAmounts.of(catalog, code) for code in codes]
    return CatalogTerms(
        version=version,
        currency_codes=codes,
        offerings={code: _offering(offering, offerings, purses) for code, offering in offerings.items()},
        rating_groups={group.rating_group: group.unit for group in catalog.rating_groups},
        unit_prices={
            purse.currency_code: unit_prices(catalog, purse.minor_micros, purse.with_tax) for purse in purses
        },
        home_zone=next((zone.code for zone in catalog.zones if zone.home), ""),
    )


def _offering(
    offering: catalog_pb2.ProductOffering,
    offerings: Mapping[str, catalog_pb2.ProductOffering],
    purses: list[CatalogAmounts],
) -> CatalogOffering:
    parts = list(with_included(offering, offerings))
    terms = {}
    for purse in purses:
        own = [_terms(part, purse) for part in parts]
        sold = [part for part in own if part is not None]
        if len(sold) == len(own):
            terms[purse.currency_code] = together(sold)
    choice = offering.choice
    return CatalogOffering(
        code=offering.code,
        terms=terms,
        choice=(choice.minimum, choice.maximum, frozenset(choice.offerings)),
    )


def _terms(offering: catalog_pb2.ProductOffering, purse: CatalogAmounts) -> OfferTerms | None:
    """Of an offering by itself; None where an amount of it is not given in the currency."""
    if any(purse.minor_micros(amount) is None for amount in _amounts(offering)):
        return None
    once, first_period, each_period = _fees(offering, purse)
    trial = offering.trial.days
    return OfferTerms(
        sold=True,
        price_minor_micros=once if trial else once + first_period,
        currency_code=purse.currency_code,
        recurring_minor_micros=0 if trial and offering.trial.ends else each_period,
        duration_days=_duration_days(offering),
        trial_days=trial,
        trial_ends=offering.trial.ends,
        rating_groups=_rating_groups(offering),
        allowances=_allowances(offering),
    )


def _allowances(offering: catalog_pb2.ProductOffering) -> Mapping[str, int]:
    by_unit: Counter[str] = Counter()
    for allowance in offering.allowances:
        by_unit[allowance.unit] += allowance.amount
    return dict(by_unit)


def _fees(offering: catalog_pb2.ProductOffering, purse: CatalogAmounts) -> tuple[int, int, int]:
    """One-time fees, recurring ones in the first period, and in each without a promotion."""
    once = first = each = 0
    for fee in offering.fees:
        amount = purse.with_tax(purse.minor_micros(fee.amount) or Fraction(0), fee.tax)
        if fee.kind == pricing_pb2.FEE_KIND_ONE_TIME:
            once += rounded(amount)
        else:
            off = fee.promotion_percent if fee.promotion_periods else 0
            first += rounded(amount * (100 - off) / 100)
            each += rounded(amount)
    return once, first, each


def _duration_days(offering: catalog_pb2.ProductOffering) -> int:
    """How long what is paid at once lasts; 0: no end."""
    if offering.trial.days and offering.trial.ends:
        return offering.trial.days
    if offering.period.months or offering.period.days:
        return offering.period.months * _DAYS_PER_MONTH + offering.period.days
    allowances = [allowance.validity_days for allowance in offering.allowances]
    longest = max(allowances, default=0) if all(allowances) else 0
    lasting = [days for days in (longest, offering.validity_days) if days]
    return min(lasting, default=0)


def _rating_groups(offering: catalog_pb2.ProductOffering) -> frozenset[int]:
    found: set[int] = set()
    for price in offering.prices:
        found.update(price.rating_groups)
    for allowance in offering.allowances:
        found.update(allowance.rating_groups)
    return frozenset(found)


def _amounts(message: Message) -> Iterator[money_text_pb2.ExactAmount]:
    """Every amount anywhere in a message."""
    if isinstance(message, money_text_pb2.ExactAmount):
        yield message
        return
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        for part in [value] if isinstance(value, Message) else value:
            yield from _amounts(part)
