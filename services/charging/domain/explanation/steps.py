"""Steps of an explanation, and the account that makes them add up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from services.charging.domain.explanation.words import money_words
from services.common.kernel.ratio import round_half_even


class StepKind(Enum):
    """What a step of the arithmetic does."""

    INCREMENTS = "increments"
    ALLOWANCE = "allowance"
    PRICE = "price"
    FACTOR = "factor"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    TAX = "tax"
    ROUNDING = "rounding"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `units` (of `unit`) and `amount` (minor_micros) are None where it has none.

    The amounts before the step `money` add up to it, to the last millionth;
    a tax after it is contained in it. Units of `increments` less those of
    every `allowance` are what the steps `price` price.
    """

    kind: StepKind
    text: str
    units: int | None = None
    unit: str = ""
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A charge explained. `changed_since`: given back (negative) or corrected afterwards, in minor_micros."""

    price_id: str
    price_name: str
    currency_code: str
    steps: tuple[Step, ...]
    sentences: tuple[str, ...]
    changed_since: int


class Calculation:
    """Collects steps with exact amounts; each is told rounded, so that the sum is right at every step."""

    def __init__(self, currency_code: str) -> None:
        self.currency_code = currency_code
        self.steps: list[Step] = []
        self._exact = Fraction(0)

    def note(self, kind: StepKind, text: str, units: int | None = None, unit: str = "") -> None:
        """A step without an amount."""
        self.steps.append(Step(kind, text, units, unit))

    def add(
        self, kind: StepKind, text: str, exact: Fraction, units: int | None = None, unit: str = ""
    ) -> None:
        """A step that changes the amount by `exact` minor_micros."""
        before = _rounded(self._exact)
        self._exact += exact
        self.steps.append(Step(kind, text, units, unit, _rounded(self._exact) - before))

    def tell(self, kind: StepKind, text: str, amount: int) -> None:
        """An amount that is contained in, or paid for, what was added up."""
        self.steps.append(Step(kind, text, amount=amount))

    def close(self, total: int) -> None:
        """The amount that was recorded; what rounding makes of the exact one is a step of its own."""
        missing = total - self._exact
        if missing:
            words = money_words(total, self.currency_code)
            text = (
                f"Rounded to a millionth of the minor unit: {words}."
                if abs(missing) <= 1
                else f"{words} is recorded; this arithmetic differs by {self._words(missing)}."
            )
            self.add(StepKind.ROUNDING, text, missing)
        self.tell(StepKind.MONEY, f"In all {money_words(total, self.currency_code)}.", total)

    def _words(self, exact: Fraction) -> str:
        return money_words(exact, self.currency_code)


def _rounded(exact: Fraction) -> int:
    return round_half_even(exact.numerator, exact.denominator)
