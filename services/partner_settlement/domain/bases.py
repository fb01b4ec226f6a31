"""The basis: what of each row is shared. Exact fractions of minor units."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from services.common.kernel.money import MICROS_PER_MINOR_UNIT
from services.partner_settlement.domain.agreements import RECORDS_UNIT, Basis, BasisKind, UnitRate
from services.partner_settlement.domain.records import InputRow


def basis_of(basis: Basis, rows: Sequence[InputRow], currency_code: str) -> list[Fraction]:
    """The basis of each row, in minor units.

    Of several bases (higher-of, lower-of) the one with the greater, or smaller, sum over all rows
    counts for every row; where they are equal, the one written first.
    """
    if basis.kind is BasisKind.RETAIL:
        return [Fraction(row.gross_minor_micros, MICROS_PER_MINOR_UNIT) for row in rows]
    if basis.kind is BasisKind.NET_OF_TAX:
        return [net_of_tax(row) for row in rows]
    if basis.kind is BasisKind.COST:
        return [_cost(basis.rates, row, currency_code) for row in rows]
    sides = [basis_of(side, rows, currency_code) for side in basis.of]
    pick = max if basis.kind is BasisKind.HIGHER_OF else min
    return pick(sides, key=lambda side: sum(side, Fraction(0)))


def net_of_tax(row: InputRow) -> Fraction:
    """What customers paid for a row less the tax in it, in minor units."""
    return Fraction(row.gross_minor_micros - row.tax_minor_micros, MICROS_PER_MINOR_UNIT)


def units_of(rate: UnitRate, row: InputRow) -> int:
    """How many of a rate's units a row has."""
    if rate.unit == RECORDS_UNIT:
        return row.records
    return row.quantity if row.product.unit == rate.unit else 0


def at_rate(rate: UnitRate, units: int, currency_code: str) -> Fraction:
    """Units at a rate, in minor units."""
    return Fraction(units * rate.minor_micros[currency_code], rate.per_units * MICROS_PER_MINOR_UNIT)


def _cost(rates: Sequence[UnitRate], row: InputRow, currency_code: str) -> Fraction:
    return sum((at_rate(rate, units_of(rate, row), currency_code) for rate in rates), Fraction(0))
