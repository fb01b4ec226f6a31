"""What an offering and a rating group must have to be of use."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.catalog import Catalog, FinalUnitAction
from services.catalog.domain.findings import Finding, FindingReason, error, warning
from services.catalog.domain.offerings import OfferingKind


def offering_findings(catalog: Catalog) -> Iterator[Finding]:
    """Empty offerings, plans without a payment mode, redirects to nowhere, rating groups nobody prices."""
    for offering in catalog.offerings:
        field = f"offerings.{offering.code}"
        if not (
            offering.prices or offering.allowances or offering.fees or offering.includes or offering.choice
        ):
            yield error(
                FindingReason.OFFERING_EMPTY,
                field,
                "it brings no price, no allowance, no fee and no other offering; add one of them",
            )
        if offering.kind is OfferingKind.PLAN and offering.payment_mode is None:
            yield error(
                FindingReason.PAYMENT_MODE_MISSING, field, "add `payment_mode: prepaid` or `postpaid`"
            )
    yield from _redirects(catalog)
    yield from _unpriced(catalog)


def _redirects(catalog: Catalog) -> Iterator[Finding]:
    for group in catalog.rating_groups:
        if group.final_unit_action is FinalUnitAction.REDIRECT and not group.redirect_address:
            yield error(
                FindingReason.REDIRECT_ADDRESS_MISSING,
                f"rating_groups.{group.code}",
                "`final_unit_action: redirect` needs a `redirect_address`",
            )


def _unpriced(catalog: Catalog) -> Iterator[Finding]:
    priced = {
        code for offering in catalog.offerings for price in offering.prices for code in price.rating_groups
    }
    for group in catalog.rating_groups:
        if group.code not in priced:
            yield warning(
                FindingReason.RATING_GROUP_UNPRICED,
                f"rating_groups.{group.code}",
                "no offering has a price for it, so its usage will always be refused",
            )
