"""What every part is written with: amounts in their currencies, units in their largest suffix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.common.runtime.yaml_figures import write_size
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import decimal


@dataclass(frozen=True, slots=True)
class Pen:
    """Knows the currencies of an agreement; an amount in its only one is written without it."""

    currency_codes: tuple[str, ...] = ()

    def minor(self, amounts: Mapping[str, int]) -> Tree:
        """Whole minor units; None for none."""
        return self.exact({code: minor * MICROS_PER_MINOR_UNIT for code, minor in amounts.items()})

    def exact(self, amounts: Mapping[str, int]) -> Tree:
        """Millionths of the minor unit; None for none."""
        if not amounts:
            return None
        if len(self.currency_codes) == 1 and amounts.keys() == set(self.currency_codes):
            return decimal(amounts[self.currency_codes[0]], self.currency_codes[0])
        return {code: decimal(amounts[code], code) for code in sorted(amounts)}


def minor_decimal(minor: int, currency_code: str) -> str:
    """Whole minor units as decimal text."""
    return decimal(minor * MICROS_PER_MINOR_UNIT, currency_code)


def size(amount: int, unit: str) -> str:
    """Units with their name, in the largest suffix that divides them."""
    written = write_size(amount, unit)
    return written if isinstance(written, str) else f"{written} {unit}"
