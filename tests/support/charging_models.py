"""Models of prices as a published catalog writes them: those beside flat, per unit and graduated."""

from __future__ import annotations

from collections.abc import Mapping

from tidemark.catalog.v1 import catalog_pb2, money_text_pb2, pricing_pb2

Model = (
    catalog_pb2.PerUnitPrice
    | catalog_pb2.TieredPrice
    | catalog_pb2.FlatPrice
    | catalog_pb2.FreePrice
    | pricing_pb2.VolumePrice
    | pricing_pb2.PackagePrice
    | pricing_pb2.PercentagePrice
)
MODEL_FIELDS: Mapping[type, str] = {
    catalog_pb2.PerUnitPrice: "per_unit",
    catalog_pb2.TieredPrice: "tiered",
    catalog_pb2.FlatPrice: "flat",
    catalog_pb2.FreePrice: "free",
    pricing_pb2.VolumePrice: "volume",
    pricing_pb2.PackagePrice: "package",
    pricing_pb2.PercentagePrice: "percentage",
}
"""The field of a price in which its model stands."""


def exact(amount: str, **others: str) -> money_text_pb2.ExactAmount:
    """A price as written, and in other currencies by their codes."""
    return money_text_pb2.ExactAmount(
        decimal=amount,
        others=[
            money_text_pb2.CurrencyAmount(currency_code=code, decimal=text) for code, text in others.items()
        ],
    )


def volume(*steps: tuple[int | None, str], month: bool = False) -> pricing_pb2.VolumePrice:
    """Steps (last sum, amount for one unit); all units cost what their sum's step costs."""
    return pricing_pb2.VolumePrice(
        steps=[
            pricing_pb2.VolumeStep(up_to_units=last, amount=exact(amount), per_units=1)
            for last, amount in steps
        ],
        scope=pricing_pb2.COUNTING_SCOPE_MONTH if month else pricing_pb2.COUNTING_SCOPE_SESSION,
    )


def package(amount: str, units: int) -> pricing_pb2.PackagePrice:
    """So much for every begun package."""
    return pricing_pb2.PackagePrice(amount=exact(amount), units=units)


def percentage(percent: str) -> pricing_pb2.PercentagePrice:
    """A share of the value reported."""
    return pricing_pb2.PercentagePrice(percent=percent)


def factor(expression: str, lowest: int, highest: int) -> pricing_pb2.DynamicFactor:
    """A dynamic factor with its bounds in per mille."""
    return pricing_pb2.DynamicFactor(expression=expression, minimum_permille=lowest, maximum_permille=highest)
