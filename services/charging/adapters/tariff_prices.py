"""Prices of the catalog as rules: models, bounds, taxes, factors and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tidemark.catalog.v1 import catalog_pb2, pricing_pb2

from services.charging.adapters.cel_expression import CelExpression
from services.charging.adapters.tariff_places import conditions
from services.charging.adapters.tariff_times import Times
from services.charging.adapters.tariff_values import Amounts, choice, day, percent
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Concurrency, Dynamic, Price, PriceModel
from services.charging.domain.rating.price_rule import PriceRule
from services.charging.domain.rating.tariff import RatingGroup, TariffError
from services.charging.domain.rating.tax import Tax
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.volume import Volume
from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.common.kernel.quantity import MONEY

_CONCURRENCY = {
    pricing_pb2.CONCURRENCY_UNSPECIFIED: None,
    pricing_pb2.CONCURRENCY_SESSIONS: Concurrency.SESSIONS,
    pricing_pb2.CONCURRENCY_SUBSCRIBERS: Concurrency.SUBSCRIBERS,
}
_MOST_TAX_PERCENT = 1_000
_MOST_PERMILLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Context:
    """What prices and fees of a version refer to."""

    version: int
    amounts: Amounts
    times: Times
    taxes: Mapping[str, Tax]
    rating_groups: Mapping[int, RatingGroup]
    zones: tuple[str, ...]

    def tax(self, code: str, field: str) -> Tax | None:
        """The tax of a code; None of ''. Raises TariffError TAX_UNKNOWN."""
        if code and code not in self.taxes:
            raise TariffError("TAX_UNKNOWN", field, f"there is no tax {code!r}")
        return self.taxes.get(code)


def taxes(messages: Iterable[pricing_pb2.Tax]) -> dict[str, Tax]:
    """Taxes by code. Raises TariffError TAX_INVALID."""
    return {
        item.code: Tax(
            item.code,
            *percent(item.percent, "TAX_INVALID", f"taxes.{item.code}", _MOST_TAX_PERCENT),
            item.inclusive,
        )
        for item in messages
    }


def price_rule(message: catalog_pb2.ProductOfferingPrice, offering_code: str, context: Context) -> PriceRule:
    """A price and when it holds. Raises TariffError naming the price; NotSoldError."""
    field = f"offerings.{offering_code}.prices.{message.code}"
    band, calendar = context.times.band(message.time_band, field)
    first_day, last_day = day(message.first_day, field), day(message.last_day, field)
    if first_day is not None and last_day is not None and last_day < first_day:
        raise TariffError("DAY_INVALID", field, "its last day lies before its first")
    return PriceRule(
        price=_price(message, offering_code, context, field),
        rating_groups=frozenset(message.rating_groups),
        conditions=conditions(message.zones, message.conditions),
        band=band,
        calendar=calendar,
        first_day=first_day,
        last_day=last_day,
        precedence=message.precedence,
    )


def _price(
    message: catalog_pb2.ProductOfferingPrice, offering_code: str, context: Context, field: str
) -> Price:
    minimum, maximum = _bounds(message, context.amounts, field)
    concurrency = choice(_CONCURRENCY, message.concurrency, field)
    if concurrency is not None and message.HasField("dynamic"):
        raise TariffError(
            "DYNAMIC_INVALID", f"{field}.dynamic", "a price for how many there are at a time has no factor"
        )
    return Price(
        version=context.version,
        offering_code=offering_code,
        code=message.code,
        increments=Increments(max(1, message.increments.first_units), max(1, message.increments.next_units)),
        model=_model(message, context, field),
        monthly=_monthly(message) or concurrency is not None,
        minimum=minimum,
        maximum=maximum,
        tax=context.tax(message.tax, field),
        dynamic=_dynamic(message.dynamic, f"{field}.dynamic") if message.HasField("dynamic") else None,
        concurrency=concurrency,
        name=message.name,
    )


def _bounds(
    message: catalog_pb2.ProductOfferingPrice, amounts: Amounts, field: str
) -> tuple[int | None, int | None]:
    minimum = amounts.whole(message.minimum, f"{field}.minimum") if message.HasField("minimum") else None
    maximum = amounts.whole(message.maximum, f"{field}.maximum") if message.HasField("maximum") else None
    if minimum is not None and maximum is not None and maximum < minimum:
        raise TariffError("BOUNDS_INVALID", field, "the maximum is below the minimum")
    return minimum, maximum


def _monthly(message: catalog_pb2.ProductOfferingPrice) -> bool:
    return (
        message.tiered.scope == catalog_pb2.TIER_SCOPE_MONTH
        or message.volume.scope == pricing_pb2.COUNTING_SCOPE_MONTH
    )


def _model(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    kind = message.WhichOneof("model")
    if kind is None:
        raise TariffError("PRICE_MODEL_MISSING", field, f"a price needs one of {', '.join(_MODELS)}")
    return _MODELS[kind](message, context, field)


def _flat(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    return Flat(context.amounts.whole(message.flat.amount, field))


def _per_unit(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    return PerUnit(*context.amounts.per_unit(message.per_unit.amount, message.per_unit.per_units, field))


def _tiered(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    return Tiered(_steps(message.tiered.tiers, context.amounts, field))


def _volume(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    return Volume(_steps(message.volume.steps, context.amounts, field))


def _package(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    if message.package.units < 1:
        raise TariffError("PACKAGE_INVALID", field, "a package holds at least one unit")
    return Package(context.amounts.whole(message.package.amount, field), message.package.units)


def _free(_: catalog_pb2.ProductOfferingPrice, __: Context, ___: str) -> PriceModel:
    return FREE


def _steps(
    messages: Iterable[catalog_pb2.Tier | pricing_pb2.VolumeStep], amounts: Amounts, field: str
) -> tuple[Tier, ...]:
    steps = tuple(
        Tier(
            step.up_to_units if step.HasField("up_to_units") else None,
            *amounts.per_unit(step.amount, step.per_units, field),
        )
        for step in messages
    )
    ends = [step.up_to_units or 0 for step in steps[:-1]]
    ascending = all(lower < upper for lower, upper in zip([0, *ends], ends, strict=False))
    if not steps or steps[-1].up_to_units is not None or not ascending:
        raise TariffError("STEPS_INVALID", field, "steps ascend, and only the last one has no end")
    return steps


def _percentage(message: catalog_pb2.ProductOfferingPrice, context: Context, field: str) -> PriceModel:
    """A share of minor units: the same in every currency."""
    for number in message.rating_groups:
        group = context.rating_groups.get(number)
        if group is not None and group.unit != MONEY:
            raise TariffError(
                "PERCENTAGE_UNIT_INVALID",
                field,
                f"a percentage is of unit money, but rating group {number} counts {group.unit}",
            )
    numerator, denominator = percent(message.percentage.percent, "PERCENTAGE_INVALID", field)
    return PerUnit(numerator * MICROS_PER_MINOR_UNIT, denominator)


_MODELS: Mapping[str, Callable[[catalog_pb2.ProductOfferingPrice, Context, str], PriceModel]] = {
    "flat": _flat,
    "per_unit": _per_unit,
    "tiered": _tiered,
    "volume": _volume,
    "package": _package,
    "percentage": _percentage,
    "free": _free,
}


def _dynamic(message: pricing_pb2.DynamicFactor, field: str) -> Dynamic:
    lowest, highest = message.minimum_permille, message.maximum_permille
    if not 0 <= lowest <= highest <= _MOST_PERMILLE:
        raise TariffError(
            "DYNAMIC_INVALID", field, f"its bounds must ascend within 0 and {_MOST_PERMILLE} per mille"
        )
    return Dynamic(message.expression, CelExpression(message.expression, field), lowest, highest)
