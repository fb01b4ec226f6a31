"""Numbers of quotas and allowances that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from services.catalog.domain.catalog import Catalog, RatingGroup
from services.catalog.domain.findings import Finding, FindingReason, error
from services.catalog.domain.offerings import Allowance


def figure_findings(catalog: Catalog) -> Iterator[Finding]:
    """Quotas, thresholds and sizes of allowances."""
    for group in catalog.rating_groups:
        yield from _quota(group, f"rating_groups.{group.code}.quota")
    for offering in catalog.offerings:
        for allowance in offering.allowances:
            field = f"offerings.{offering.code}.allowances.{allowance.code}"
            yield from _allowance(catalog, allowance, field)


def _quota(group: RatingGroup, field: str) -> Iterator[Finding]:
    quota = group.quota
    if not 0 < quota.minimum_units <= quota.initial_units <= quota.maximum_units:
        yield error(
            FindingReason.QUOTA_INVALID,
            field,
            f"minimum {quota.minimum_units}, initial {quota.initial_units}, maximum {quota.maximum_units}: "
            "they must be above 0 and ascend in this order",
        )
    if quota.maximum_validity_seconds < 1:
        yield error(
            FindingReason.QUOTA_INVALID,
            f"{field}.maximum_validity",
            "a grant must be valid for a second at least; write 1 h, for example",
        )


def _allowance(catalog: Catalog, allowance: Allowance, field: str) -> Iterator[Finding]:
    if allowance.amount < 1 or not allowance.rating_groups:
        yield error(
            FindingReason.ALLOWANCE_EMPTY, field, "an allowance brings 1 unit or more for some rating group"
        )
    groups = catalog.rating_groups_by_code()
    for code in allowance.rating_groups:
        if code in groups and groups[code].unit != allowance.unit:
            yield error(
                FindingReason.ALLOWANCE_UNIT_DIFFERS,
                f"{field}.amount",
                f"the allowance is in {allowance.unit} and {code} is counted in {groups[code].unit}",
            )
    thresholds = allowance.thresholds_percent
    ascending = all(a < b for a, b in pairwise(thresholds))
    if not ascending or any(not 1 <= percent <= 100 for percent in thresholds):
        yield error(
            FindingReason.THRESHOLDS_INVALID,
            f"{field}.thresholds_percent",
            f"{', '.join(map(str, thresholds))}: thresholds ascend and lie between 1 and 100",
        )
