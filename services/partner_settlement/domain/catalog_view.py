"""What agreements look at in the published catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogOffering:
    """An offering: the agreement that it names ('' for none), the codes of its prices and fees.

    `rating_groups`: those that its prices and allowances are for.
    """

    agreement_code: str
    price_codes: frozenset[str]
    rating_groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class CatalogView:
    """One version of the catalog. `units`: built-in ones included."""

    version: int
    offerings: Mapping[str, CatalogOffering]
    rating_groups: frozenset[int]
    slices: frozenset[str]
    units: frozenset[str]
