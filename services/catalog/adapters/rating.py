"""Charging's own rating code, so that what a simulation shows is what charging will charge.

The one door between the two services: charging's rating is pure, and a copy
of it here could differ from what is charged.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.catalog.adapters.messages import catalog_message
from services.catalog.application.ports import RatedUsage, TariffRefusedError, UsageReport
from services.catalog.domain.catalog import Catalog
from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.rating.quote import Usage, rate_usage
from services.charging.domain.rating.tariff import Tariff, TariffError

_UNNUMBERED = 0


class ChargingRating:
    """Compiles catalogs with charging's compiler."""

    def prepare(self, catalog: Catalog) -> CompiledRating:
        """Raises TariffRefusedError where charging would refuse the catalog."""
        try:
            return CompiledRating(compile_tariff(catalog_message(catalog), _UNNUMBERED))
        except TariffError as error:
            raise TariffRefusedError(error.reason, error.field, error.message) from error


class CompiledRating:
    """Rates with one compiled catalog."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff

    def rate(
        self, offering_codes: Sequence[str], usages: Sequence[UsageReport], time_zone: str = ""
    ) -> list[RatedUsage]:
        """Rates each report in order for one subscriber with full allowances.

        Raises TariffRefusedError OFFERING_UNKNOWN or CHOICE_INVALID.
        """
        reports = [Usage(u.key, u.rating_group, u.units, u.at, u.serving_plmn) for u in usages]
        try:
            chosen = _chosen_among(self._tariff, offering_codes)
            codes = [code for code in offering_codes if code not in chosen]
            lines = rate_usage(self._tariff, codes, reports, time_zone, sorted(chosen))
        except TariffError as error:
            raise TariffRefusedError(error.reason, error.field, error.message) from error
        return [
            RatedUsage(line.unit, line.from_allowance_units, line.amount_minor_micros, line.refusal)
            for line in lines
        ]


def _chosen_among(tariff: Tariff, codes: Sequence[str]) -> set[str]:
    """Codes that a bundle among the codes offers: they count as chosen there."""
    chosen: set[str] = set()
    waiting = list(codes)
    seen: set[str] = set()
    while waiting:
        code = waiting.pop()
        if code in tariff.offerings and code not in seen:
            seen.add(code)
            picked = set(codes) & tariff.offerings[code].choice[2]
            chosen |= picked
            waiting += [*tariff.offerings[code].includes, *picked]
    return chosen
