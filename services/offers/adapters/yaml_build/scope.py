"""What every part is built with: the currency, the zone, units of classes, and where problems go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.common.kernel.clock import Instant, instant, zone
from services.common.kernel.money import currency, parse_money
from services.common.runtime.yaml_figures import Size
from services.common.runtime.yaml_tree import SourceTree
from services.offers.domain.findings import FindingReason


class Scope:
    """What does not fit together becomes a finding of the tree."""

    def __init__(
        self,
        tree: SourceTree[FindingReason],
        currency_code: str,
        time_zone: str,
        units: Mapping[str, str],
    ) -> None:
        self._tree = tree
        self._units = units
        self.currency_code = currency_code
        self.time_zone = time_zone

    def problem(self, reason: FindingReason, message: str, field: str) -> None:
        """Adds an error at a field."""
        self._tree.report(reason, message, field, self._tree.locate(field))

    def minor_micros(self, decimal: str | None, field: str, currency_code: str = "") -> int:
        """Millionths of the minor unit, of the policies' currency unless another is given; 0 for None."""
        if decimal is None:
            return 0
        try:
            of = currency(currency_code or self.currency_code)
        except ValueError:
            # Told once, where the currency is written.
            return 0
        try:
            return parse_money(decimal, of).minor_micros
        except ValueError as error:
            self.problem(FindingReason.AMOUNT_INVALID, str(error), field)
            return 0

    def units(self, size: Size, usage_class: str, field: str) -> int:
        """Units of a class of usage."""
        unit = self._units.get(usage_class)
        if unit is None:
            known = ", ".join(sorted(self._units)) or "none"
            message = f"there is no class of usage {usage_class!r}; there are: {known}"
            self.problem(FindingReason.USAGE_CLASS_UNKNOWN, message, field)
        elif size.unit and size.unit != unit:
            message = f"{size.amount} {size.unit}: {usage_class} is counted in {unit}"
            self.problem(FindingReason.SIZE_INVALID, message, field)
        return size.amount

    def moment(self, text: str, field: str) -> Instant:
        """A local time of the policies' zone."""
        try:
            at = datetime.fromisoformat(text)
            return instant(at if at.tzinfo else at.replace(tzinfo=zone(self.time_zone)))
        except (ValueError, OverflowError):
            message = f"{text!r} is no date and time; write 2026-12-04 20:00"
            self.problem(FindingReason.DATE_INVALID, message, field)
            return Instant(0)
