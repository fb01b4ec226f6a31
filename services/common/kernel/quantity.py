"""Quantities: whole numbers of a named unit."""

from __future__ import annotations

from dataclasses import dataclass

OCTETS = "octets"
SECONDS = "seconds"
EVENTS = "events"
MONEY = "money"
"""Value in minor units of the account's currency, of which a price may be a percentage."""
BUILT_IN_UNITS = frozenset({OCTETS, SECONDS, EVENTS, MONEY})

MAX_UNITS = 2**53
"""Most units one report may carry (8 PiB as octets): beyond it a counter is broken, not a customer busy."""


class UnitMismatchError(ValueError):
    """Two units met where one was needed."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A signed whole number of one unit."""

    amount: int
    unit: str

    def __add__(self, other: Quantity) -> Quantity:
        if self.unit != other.unit:
            raise UnitMismatchError(f"{self.unit} met {other.unit}")
        return Quantity(self.amount + other.amount, self.unit)

    def __sub__(self, other: Quantity) -> Quantity:
        return self + Quantity(-other.amount, other.unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"
