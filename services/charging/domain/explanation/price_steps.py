"""From paid units to the amount: model, factor, minimum, maximum, tax, each as a difference of two costs."""

from __future__ import annotations

from fractions import Fraction

from services.charging.domain.explanation.model_steps import Paid, model_steps
from services.charging.domain.explanation.price_words import tax_words
from services.charging.domain.explanation.steps import Calculation, StepKind
from services.charging.domain.explanation.words import factor_words, percent_words
from services.charging.domain.rating.price import UNCHANGED_PERMILLE, Price
from services.charging.domain.rating.tax import Tax


def price_steps(
    calculation: Calculation, price: Price, paid: Paid, factor_permille: int, total: int, tax: int
) -> None:
    """Adds every step of what `paid` costs, up to the recorded `total` and the `tax` in it."""
    if paid.units:
        for text, exact, units in model_steps(price.model, paid):
            calculation.add(StepKind.PRICE, text, exact, units, paid.unit)
        _bounded(calculation, price, paid, factor_permille)
    calculation.close(total)
    if price.tax is not None and price.tax.inclusive:
        calculation.tell(StepKind.TAX, contained_words(price.tax, paid.money(tax)), tax)


def _bounded(calculation: Calculation, price: Price, paid: Paid, factor_permille: int) -> None:
    before, after = _Stages(price, paid.before, factor_permille), _Stages(price, paid.after, factor_permille)
    if factor_permille != UNCHANGED_PERMILLE:
        change = (after.factored - after.model) - (before.factored - before.model)
        calculation.add(StepKind.FACTOR, _factor_words(price, paid, factor_permille, change), change)
    for kind, bound, changed in (
        (StepKind.MINIMUM, price.minimum, after.raised - before.raised),
        (StepKind.MAXIMUM, price.maximum, after.lowered - before.lowered),
    ):
        if bound is not None and changed:
            calculation.add(kind, _bound_words(kind, price, paid, bound, changed), changed)
    if price.tax is not None and not price.tax.inclusive:
        net = after.net - before.net
        share = Fraction(price.tax.numerator, price.tax.denominator)
        words = f"{tax_words(price.tax)}: {paid.money(net)} x {percent_words(share)}"
        calculation.add(StepKind.TAX, f"{words} = {paid.money(net * share)}.", net * share)


class _Stages:
    """The exact cost of the first units of a scope, after each stage."""

    def __init__(self, price: Price, units: int, factor_permille: int) -> None:
        self.model = Fraction(*price.model.exact_cost(units)) if units > 0 else Fraction(0)
        self.factored = self.model * factor_permille / UNCHANGED_PERMILLE
        least = self.factored
        if price.minimum is not None and units > 0:
            least = max(least, Fraction(price.minimum))
        self.net = least if price.maximum is None else min(least, Fraction(price.maximum))
        self.raised = least - self.factored
        self.lowered = self.net - least


def _factor_words(price: Price, paid: Paid, factor_permille: int, change: Fraction) -> str:
    why = f" by the expression {price.dynamic.text!r}" if price.dynamic is not None else ""
    return f"Times {factor_words(factor_permille)}{why}: {_more(change, paid)}."


def _bound_words(kind: StepKind, price: Price, paid: Paid, bound: int, changed: Fraction) -> str:
    word = "least" if kind is StepKind.MINIMUM else "most"
    scope = "a month" if price.monthly else "in all for this use"
    return f"At {word} {paid.money(bound)} {scope}: {_more(changed, paid)}."


def _more(change: Fraction, paid: Paid) -> str:
    return f"{paid.money(abs(change))} {'more' if change >= 0 else 'less'}"


def contained_words(tax: Tax, amount: str) -> str:
    """`19 % tax (vat) is included: 0.3878 EUR.`"""
    rate = percent_words(Fraction(tax.numerator, tax.denominator))
    return f"{rate} tax ({tax.code}) is included: {amount}."
