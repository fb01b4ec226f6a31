"""Whether a catalog is small enough to be looked at price by price."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.week import week_of

MAX_CELLS = 2_000_000
"""Rating groups x zones x stretches of the week, over all prices. The example catalog has 3,000."""


def size_findings(catalog: Catalog) -> Iterator[Finding]:
    """CATALOG_TOO_LARGE; charging would have to compile as many cells as are counted here."""
    stretches = len(week_of(catalog.time_bands).starts)
    cells = 0
    for offering in catalog.offerings:
        for price in offering.prices:
            cells += len(price.rating_groups) * len(catalog.zones) * stretches
    if cells > MAX_CELLS:
        yield error(
            FindingReason.CATALOG_TOO_LARGE,
            "offerings",
            f"{cells} combinations of rating group, zone and time, more than {MAX_CELLS}; "
            "take fewer zones or time bands, or publish two catalogs",
        )
