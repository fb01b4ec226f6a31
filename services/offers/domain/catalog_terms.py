"""What policies look at in the published catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.offers.domain.compiled import OfferTerms, UnitPrice
from services.offers.domain.policies import Action, ActionKind

UnitPrices = Mapping[str, Mapping[tuple[int, str], UnitPrice]]
"""By offering, then (rating group, zone code; '' for every zone)."""


@dataclass(frozen=True, slots=True)
class CatalogOffering:
    """An offering. `terms` by currency, of all that it includes too; a currency it is not sold in is missing.

    `choice`: least and most that may be chosen, and of what.
    """

    code: str
    terms: Mapping[str, OfferTerms]
    choice: tuple[int, int, frozenset[str]] = (0, 0, frozenset())


@dataclass(frozen=True, slots=True)
class CatalogTerms:
    """One version of the catalog. `rating_groups`: unit by number; `unit_prices` by currency."""

    version: int
    currency_codes: tuple[str, ...]
    offerings: Mapping[str, CatalogOffering]
    rating_groups: Mapping[int, str]
    unit_prices: Mapping[str, UnitPrices] = field(default_factory=dict)
    home_zone: str = ""


def terms_of(action: Action, catalog: CatalogTerms) -> dict[str, OfferTerms]:
    """What an action costs and brings, by every currency in which it is sold."""
    if action.kind is ActionKind.REWARD:
        return {action.currency_code: OfferTerms(currency_code=action.currency_code)}
    found = {code: _terms_in(action, catalog, code) for code in catalog.currency_codes}
    return {code: terms for code, terms in found.items() if terms is not None}


def _terms_in(action: Action, catalog: CatalogTerms, currency_code: str) -> OfferTerms | None:
    parts = []
    for code in (action.offering_code, *action.chosen_offerings):
        offering = catalog.offerings.get(code)
        terms = offering.terms.get(currency_code) if offering else None
        if offering is None or terms is None:
            return None
        parts.append(terms)
    whole = together(parts)
    if action.kind is not ActionKind.DISCOUNT:
        return whole
    regular = catalog.offerings.get(action.regular_offering_code)
    regular_terms = regular.terms.get(currency_code) if regular else None
    if regular_terms is None:
        return None
    return replace(whole, regular_price_minor_micros=regular_terms.price_minor_micros)


def together(parts: Sequence[OfferTerms]) -> OfferTerms:
    """Several offerings taken at once, the first of them in front."""
    first = parts[0]
    lasting = [part.duration_days for part in parts if part.duration_days]
    return replace(
        first,
        price_minor_micros=sum(part.price_minor_micros for part in parts),
        recurring_minor_micros=sum(part.recurring_minor_micros for part in parts),
        duration_days=min(lasting, default=0),
        rating_groups=frozenset().union(*(part.rating_groups for part in parts)),
        allowances=dict(sum((Counter(part.allowances) for part in parts), Counter())),
    )
