"""Whether a catalog is small enough to be looked at price by price."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.lint.cells import families
from services.catalog.domain.pricing import Concurrency

MAX_CELLS = 20_000
"""Of one offering; charging compiles no more."""

MAX_TIME_CONDITIONS = 200
"""Different time bands and days of the prices of one offering."""


def size_findings(catalog: Catalog) -> Iterator[Finding]:
    """CATALOG_TOO_LARGE; charging would have to compile as many cells as are counted here."""
    for offering in catalog.offerings:
        cells = sum(
            family.cells for kind in (None, *Concurrency) for family in families(catalog, offering, kind)
        )
        times = len({(price.time_band, price.first_day, price.last_day) for price in offering.prices})
        field = f"offerings.{offering.code}"
        if cells > MAX_CELLS:
            yield error(
                FindingReason.CATALOG_TOO_LARGE,
                field,
                f"its prices tell {cells} combinations of rating group and circumstances apart, more than "
                f"{MAX_CELLS}; name fewer kinds of conditions together, or make several offerings of it",
            )
        if times > MAX_TIME_CONDITIONS:
            yield error(
                FindingReason.CATALOG_TOO_LARGE,
                field,
                f"its prices name {times} different times, more than {MAX_TIME_CONDITIONS}",
            )
