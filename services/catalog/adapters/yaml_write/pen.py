"""What every part of a catalog is written with: sizes in their unit, amounts in their currencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalog.domain.amounts import Amount
from services.catalog.domain.catalog import Catalog
from services.common.runtime.yaml_figures import write_size
from services.common.runtime.yaml_tree import Tree


@dataclass(frozen=True, slots=True)
class Pen:
    """Knows the first currency of a catalog and the unit of each rating group."""

    currency_code: str
    units: dict[str, str]

    @classmethod
    def of(cls, catalog: Catalog) -> Pen:
        """The pen for one catalog."""
        return cls(catalog.currency_code, {group.code: group.unit for group in catalog.rating_groups})

    def amount(self, amount: Amount) -> Tree:
        """Decimal text, or a mapping by currency where there are several."""
        if not amount.others:
            return amount.decimal
        written: dict[str, Tree] = {self.currency_code: amount.decimal}
        written.update((item.currency_code, item.decimal) for item in amount.others)
        return written

    def optional_amount(self, amount: Amount | None) -> Tree:
        """An amount that may be absent."""
        return None if amount is None else self.amount(amount)

    def unit_of(self, rating_groups: Sequence[str]) -> str:
        """Unit of the first rating group; '' where there is none."""
        return self.units[rating_groups[0]] if rating_groups else ""

    @staticmethod
    def size(amount: int, unit: str) -> Tree:
        """Units in the largest suffix that divides them."""
        return write_size(amount, unit)
