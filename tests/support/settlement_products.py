"""Products of settlement records, with everything unsaid left empty."""

from __future__ import annotations

from services.partner_settlement.domain.records import Product


def product(
    kind: str = "usage",
    offering_code: str = "music",
    price_code: str = "day",
    *,
    origin: str = "",
    rating_group: int = 0,
    unit: str = "",
    currency_code: str = "EUR",
    slice_code: str = "",
    application: str = "",
    sponsor: str = "",
    loyalty_program: str = "",
) -> Product:
    """A product; its origin is its own kind unless said."""
    return Product(
        kind=kind,
        origin=origin or kind,
        offering_code=offering_code,
        price_code=price_code,
        catalog_version=1,
        rating_group=rating_group,
        slice=slice_code,
        application=application,
        sponsor=sponsor,
        loyalty_program=loyalty_program,
        unit=unit,
        currency_code=currency_code,
    )
