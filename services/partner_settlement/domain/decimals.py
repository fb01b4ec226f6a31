"""Exact fractions as plain decimals, and back."""

from __future__ import annotations

from fractions import Fraction

from services.common.kernel.money import parse_decimal


def fraction(text: str) -> Fraction:
    """Reads a plain decimal, `12.5`; '' is zero. Raises ValueError for anything else."""
    return Fraction(*parse_decimal(text)) if text else Fraction(0)


def decimal_text(value: Fraction) -> str:
    """The shortest plain decimal: `60`, `12.5`. Raises ValueError where there is no finite one."""
    rest = value.denominator
    digits = 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        digits = max(digits, count)
    if rest != 1:
        raise ValueError(f"{value} is no finite decimal")
    scaled = abs(value.numerator) * 10**digits // value.denominator
    sign = "-" if value < 0 else ""
    if digits == 0:
        return f"{sign}{scaled}"
    text = f"{scaled:0{digits + 1}}"
    return f"{sign}{text[:-digits]}.{text[-digits:]}"
