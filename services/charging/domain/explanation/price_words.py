"""A price list's line in plain words."""

from __future__ import annotations

from fractions import Fraction

from services.charging.domain.explanation.words import (
    money_words,
    percent_words,
    rate_of,
    size_words,
)
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.increments import Increments
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Price, PriceModel
from services.charging.domain.rating.tax import Tax
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.volume import Volume


def price_words(price: Price, unit: str, currency_code: str) -> str:
    """What a price says: `0.05 EUR for 1 MB, at least 0.10 EUR, 19 % tax (vat) included`."""
    said = [model_words(price.model, unit, currency_code)]
    if price.minimum is not None:
        said.append(f"at least {money_words(price.minimum, currency_code)}")
    if price.maximum is not None:
        said.append(f"at most {money_words(price.maximum, currency_code)}")
    if price.monthly:
        said.append("counted over the calendar month")
    if price.tax is not None:
        said.append(tax_words(price.tax))
    return ", ".join(said)


def model_words(model: PriceModel, unit: str, currency_code: str) -> str:
    """A price model with its figures."""
    if model == FREE:
        return "free"
    match model:
        case Flat(amount):
            return f"{money_words(amount, currency_code)}, however much is used"
        case PerUnit(numerator, denominator):
            return str(rate_of(numerator, denominator, unit, currency_code))
        case Tiered(tiers):
            return "graduated: " + steps_words(tiers, unit, currency_code)
        case Volume(steps):
            return "all units at the price of the step they reach: " + steps_words(steps, unit, currency_code)
        case Package(amount, units):
            size = size_words(units, unit, currency_code)
            return f"{money_words(amount, currency_code)} for each begun {size}"


def steps_words(steps: tuple[Tier, ...], unit: str, currency_code: str) -> str:
    """`0.05 EUR for 1 MB up to 1 GB, then 0.03 EUR for 1 MB`."""
    said = []
    for step in steps:
        rate = str(rate_of(step.numerator, step.denominator, unit, currency_code))
        end = (
            "" if step.up_to_units is None else f" up to {size_words(step.up_to_units, unit, currency_code)}"
        )
        said.append(rate + end)
    return ", then ".join(said)


def tax_words(tax: Tax) -> str:
    """`19 % tax (vat) included`."""
    rate = percent_words(Fraction(tax.numerator, tax.denominator))
    return f"{rate} tax ({tax.code}) {'included' if tax.inclusive else 'on top'}"


def increments_words(increments: Increments, unit: str) -> str:
    """`in steps of 1 kB`, `at least 60 s, then in steps of 1 s`."""
    step = f"in steps of {size_words(increments.next_units, unit)}"
    if increments.first_units == increments.next_units:
        return step
    return f"at least {size_words(increments.first_units, unit)}, then {step}"
