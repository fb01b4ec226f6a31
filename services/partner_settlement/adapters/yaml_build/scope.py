"""What every part is built with: currencies, amounts, and where problems go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.common.kernel.money import (
    MICROS_PER_MINOR_UNIT,
    currency,
    parse_money,
)
from services.common.runtime.yaml_figures import Size, WrittenAmount
from services.common.runtime.yaml_tree import SourceTree
from services.partner_settlement.domain.findings import FindingReason


class Scope:
    """What does not fit together becomes a finding of the tree."""

    def __init__(self, tree: SourceTree[FindingReason], currency_codes: Sequence[str] | None = None) -> None:
        self._tree = tree
        self._of_agreement = currency_codes is not None
        self._currency_codes = tuple(currency_codes or ())

    def within(self, currency_codes: Sequence[str]) -> Scope:
        """The same for an agreement with these currencies."""
        return Scope(self._tree, currency_codes)

    @property
    def first_currency(self) -> str:
        """What an amount without a currency is in; '' where there is none."""
        return self._currency_codes[0] if self._currency_codes else ""

    def problem(self, reason: FindingReason, message: str, field: str) -> None:
        """Adds an error at a field."""
        self._tree.report(reason, message, field, self._tree.locate(field))

    def minor(self, written: WrittenAmount | None, field: str) -> dict[str, int]:
        """Whole minor units by currency; finer amounts are reported."""
        found = {}
        for code, decimal in self._by_currency(written, field).items():
            minor = self.minor_of(decimal, code, field)
            if minor is not None:
                found[code] = minor
        return found

    def minor_of(self, decimal: str, currency_code: str, field: str) -> int | None:
        """Whole minor units of an amount; an unknown currency is lint's to report."""
        micros = self.minor_micros_of(decimal, currency_code, field)
        if micros is None:
            return None
        minor, rest = divmod(micros, MICROS_PER_MINOR_UNIT)
        if rest:
            self.problem(
                FindingReason.AMOUNT_TOO_FINE,
                f"{decimal} {currency_code} is no whole minor unit; what is paid is rounded to one",
                field,
            )
            return None
        return minor

    def minor_micros(self, written: WrittenAmount, field: str) -> dict[str, int]:
        """Millionths of the minor unit by currency, exact."""
        found = {}
        for code, decimal in self._by_currency(written, field).items():
            micros = self.minor_micros_of(decimal, code, field)
            if micros is not None:
                found[code] = micros
        return found

    def minor_micros_of(self, decimal: str, currency_code: str, field: str) -> int | None:
        """Millionths of the minor unit; an unknown currency is lint's to report."""
        try:
            of = currency(currency_code)
        except ValueError:
            return None
        try:
            return parse_money(decimal, of).minor_micros
        except ValueError as error:
            self.problem(FindingReason.AMOUNT_INVALID, str(error), field)
            return None

    def tier_end(self, decimal: str, field: str) -> int:
        """Minor units at which a tier of revenue ends, the same figure in each currency."""
        return self.minor_of(decimal, self.first_currency, field) or 0

    def units(self, size: Size, field: str) -> tuple[str, int]:
        """Unit and how many; one without a unit is reported."""
        if not size.unit:
            self.problem(
                FindingReason.SIZE_INVALID, f"name the unit: {size.amount} vehicles, 1 GB, 1 records", field
            )
        return size.unit, size.amount

    def _by_currency(self, written: WrittenAmount | None, field: str) -> Mapping[str, str]:
        if written is None:
            return {}
        if "" not in written.decimals:
            self._check_codes(written.decimals, field)
            return written.decimals
        decimal = written.decimals[""]
        if not self._of_agreement:
            message = f'say in which currency: {{EUR: "{decimal}"}}'
            self.problem(FindingReason.CURRENCY_INCOMPLETE, message, field)
        return {self.first_currency: decimal} if self.first_currency else {}

    def _check_codes(self, decimals: Mapping[str, str], field: str) -> None:
        for code in decimals:
            try:
                currency(code)
            except ValueError as error:
                self.problem(FindingReason.CURRENCY_UNKNOWN, f"{error}; write EUR, USD, ...", field)
