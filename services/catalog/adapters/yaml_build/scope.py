"""What every part of a document is built with: units, currencies, rating groups, and where problems go."""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.adapters.yaml_form.catalog import CatalogForm
from services.catalog.domain.amounts import Amount, CurrencyAmount
from services.catalog.domain.findings import FindingReason
from services.common.kernel.money import currency, parse_money
from services.common.runtime.yaml_figures import Size, WrittenAmount
from services.common.runtime.yaml_tree import SourceTree


class Scope:
    """Knows the whole form; what does not fit together becomes a finding of the tree."""

    def __init__(self, catalog: CatalogForm, tree: SourceTree[FindingReason]) -> None:
        self._form = catalog
        self._tree = tree
        self._groups_by_service: dict[str, list[str]] = {}
        for code, group in catalog.rating_groups.items():
            self._groups_by_service.setdefault(group.service, []).append(code)

    @property
    def currency_code(self) -> str:
        """The catalog's first currency."""
        return self._form.currency

    @property
    def time_zone(self) -> str:
        """The catalog's own zone."""
        return self._form.time_zone

    def problem(self, reason: FindingReason, message: str, field: str) -> None:
        """Adds an error at a field."""
        self._tree.report(reason, message, field, self._tree.locate(field))

    def minor_micros(self, amount: str | None, currency_code: str, field: str) -> int | None:
        """minor_micros of an amount that has to be exact; an unknown currency is lint's to report."""
        if amount is None:
            return None
        try:
            of = currency(currency_code)
        except ValueError:
            return None
        try:
            return parse_money(amount, of).minor_micros
        except ValueError as error:
            self.problem(FindingReason.AMOUNT_INVALID, str(error), field)
            return None

    def by_currency(self, written: WrittenAmount, field: str) -> dict[str, str]:
        """Decimals by currency code; those in currencies that the catalog does not have are reported."""
        known = [self._form.currency, *self._form.currencies]
        decimals = {code or self._form.currency: decimal for code, decimal in written.decimals.items()}
        for code in sorted(decimals.keys() - known):
            self.problem(
                FindingReason.CURRENCY_UNKNOWN,
                f"{code} is no currency of this catalog: {', '.join(known)}; list it under `currencies`",
                field,
            )
        return decimals

    def amount(self, written: WrittenAmount, field: str) -> Amount:
        """An amount; one without the catalog's first currency is reported."""
        decimals = self.by_currency(written, field)
        first = decimals.pop(self._form.currency, None)
        if first is None:
            self.problem(
                FindingReason.AMOUNT_INVALID,
                f"the amount in {self._form.currency}, the catalog's first currency, is missing; add it",
                field,
            )
        return Amount(first or "0.00", tuple(CurrencyAmount(*item) for item in sorted(decimals.items())))

    def optional_amount(self, written: WrittenAmount | None, field: str) -> Amount | None:
        """An amount that may be absent."""
        return None if written is None else self.amount(written, field)

    def rating_groups(
        self, named: Sequence[str], services: Sequence[str], field: str, needed: bool = True
    ) -> tuple[str, ...]:
        """Codes of the rating groups that are named or belong to a service class, ascending."""
        found = list(named)
        for service in services:
            members = self._groups_by_service.get(service, [])
            if not members:
                known = ", ".join(sorted(self._groups_by_service)) or "none"
                self.problem(
                    FindingReason.SERVICE_UNKNOWN,
                    f"no rating group has service {service!r}; there are: {known}",
                    f"{field}.services",
                )
            found += [code for code in members if code not in found]
        if needed and not named and not services:
            self.problem(
                FindingReason.FIELD_MISSING, "name `rating_groups`, or `services` for all of theirs", field
            )
        return tuple(sorted(found))

    def unit_of(self, rating_group: str) -> str:
        """Unit of a rating group; '' where it is unknown."""
        found = self._form.rating_groups.get(rating_group)
        return found.unit if found else ""

    def common_unit(self, rating_groups: Sequence[str]) -> str:
        """The unit that all of them count in; '' where they differ or are unknown."""
        units = {self.unit_of(group) for group in rating_groups}
        return units.pop() if len(units) == 1 else ""

    def units(self, size: Size, unit: str, field: str) -> int:
        """The amount of a size that has to be in `unit` ('': unknown, lint's to report)."""
        if size.unit and unit and size.unit != unit:
            self.problem(FindingReason.UNIT_DIFFERS, f"this is in {size.unit}; {unit} is counted here", field)
        return size.amount
