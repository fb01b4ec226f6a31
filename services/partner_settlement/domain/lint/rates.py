"""Where rates stand."""

from __future__ import annotations

from collections.abc import Iterator

from services.partner_settlement.domain.agreements import Basis, BasisKind, UnitRate

_SIDES = {BasisKind.HIGHER_OF: "higher_of", BasisKind.LOWER_OF: "lower_of"}


def rates_of(basis: Basis, field: str) -> Iterator[tuple[UnitRate, str]]:
    """Rates of a basis and of those that it compares, each with its dotted path."""
    for index, rate in enumerate(basis.rates):
        yield rate, f"{field}.cost.{index}"
    for side, path in sides_of(basis, field):
        yield from rates_of(side, path)


def sides_of(basis: Basis, field: str) -> Iterator[tuple[Basis, str]]:
    """The bases that one compares, each with its dotted path."""
    name = _SIDES.get(basis.kind, "")
    for index, side in enumerate(basis.of):
        yield side, f"{field}.{name}.{index}"
