"""What paid units cost by a price model, part by part: the difference of two costs of cumulated units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from services.charging.domain.explanation.words import (
    count_words,
    money_words,
    rate_of,
    size_words,
)
from services.charging.domain.rating.flat import FREE, Flat
from services.charging.domain.rating.package import Package
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import PriceModel
from services.charging.domain.rating.tiered import Tier, Tiered
from services.charging.domain.rating.volume import Volume
from services.common.kernel.ratio import ceil_div


@dataclass(frozen=True, slots=True)
class Paid:
    """Units paid with money: `units` more after `before` within the price's scope."""

    before: int
    units: int
    unit: str
    currency_code: str

    @property
    def after(self) -> int:
        """Units paid within the scope, these included."""
        return self.before + self.units

    def counted(self, units: int) -> str:
        """Some units in words."""
        return count_words(units, self.unit, self.currency_code)

    def money(self, exact: Fraction | int) -> str:
        """An amount of minor_micros in words."""
        return money_words(exact, self.currency_code)

    def size(self, units: int) -> str:
        """A size that the price list names, in words."""
        return size_words(units, self.unit, self.currency_code)


Part = tuple[str, Fraction, int]
"""In words, the exact amount in minor_micros, and the units it prices."""


def model_steps(model: PriceModel, paid: Paid) -> Iterator[Part]:
    """The parts of what `paid` costs by a model, before factor, bounds and tax; they add up to it."""
    if model == FREE:
        yield f"{paid.counted(paid.units)} are free.", Fraction(0), paid.units
        return
    match model:
        case Flat(amount):
            yield _flat(amount, paid)
        case PerUnit(numerator, denominator):
            yield _at_rate(numerator, denominator, paid.units, paid)
        case Tiered(tiers):
            yield from _graduated(tiers, paid)
        case Volume():
            yield from _volume(model, paid)
        case Package():
            yield _package(model, paid)


def _flat(amount: int, paid: Paid) -> Part:
    if paid.before:
        return "The flat price was charged before; more use adds nothing.", Fraction(0), paid.units
    return f"{paid.money(amount)}, however much is used.", Fraction(amount), paid.units


def _at_rate(numerator: int, denominator: int, units: int, paid: Paid, step: str = "") -> Part:
    exact = Fraction(units * numerator, denominator)
    rate = rate_of(numerator, denominator, paid.unit, paid.currency_code)
    return f"{step}{rate.times(units)} = {paid.money(exact)}.", exact, units


def _graduated(tiers: tuple[Tier, ...], paid: Paid) -> Iterator[Part]:
    lower = 0
    for number, tier in enumerate(tiers, start=1):
        upper = paid.after if tier.up_to_units is None else min(paid.after, tier.up_to_units)
        units = upper - max(lower, paid.before)
        if units > 0:
            end = "" if tier.up_to_units is None else f", up to {paid.size(tier.up_to_units)}"
            yield _at_rate(tier.numerator, tier.denominator, units, paid, f"Step {number}{end}: ")
        lower = max(lower, upper)


def _volume(model: Volume, paid: Paid) -> Iterator[Part]:
    """All units at the price they reach, less what the units before were charged."""
    yield f"{_reached(model, paid.after, paid)}.", Fraction(*model.exact_cost(paid.after)), paid.units
    if paid.before:
        before = Fraction(*model.exact_cost(paid.before))
        words = f"Less what the first {paid.counted(paid.before)} were charged: {paid.money(before)}."
        yield words, -before, 0


def _reached(model: Volume, units: int, paid: Paid) -> str:
    step = next(step for step in model.steps if step.up_to_units is None or units <= step.up_to_units)
    rate = rate_of(step.numerator, step.denominator, paid.unit, paid.currency_code)
    here, charged = (
        Fraction(units * step.numerator, step.denominator),
        Fraction(*model.exact_cost(units)),
    )
    words = f"{rate.times(units)} = {paid.money(here)} for all units so far"
    if charged == here:
        return words
    return f"{words}; a cheaper step never gives back, so it stays at {paid.money(charged)}"


def _package(model: Package, paid: Paid) -> Part:
    begun = ceil_div(paid.after, model.units) - ceil_div(paid.before, model.units)
    exact = Fraction(begun * model.amount_minor_micros)
    size = paid.size(model.units)
    if not begun:
        return f"The package of {size} that was begun before covers it.", exact, paid.units
    packages = "package" if begun == 1 else "packages"
    words = f"{begun:,} {packages} of {size} begun x {paid.money(model.amount_minor_micros)}"
    return f"{words} = {paid.money(exact)}.", exact, paid.units
