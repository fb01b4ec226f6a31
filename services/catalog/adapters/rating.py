"""Charging's own rating code, so that what a simulation shows is what charging will charge.

The one door between the two services: charging's rating is pure, and a copy
of it here could differ from what is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.catalog.adapters.messages import catalog_message
from services.catalog.application.ports import RatedUsage, TariffRefusedError, UsageReport
from services.catalog.domain.catalog import Catalog
from services.charging.adapters.tariff_messages import compile_tariff
from services.charging.domain.rating.quote import Usage, expand, rate_usage
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
            codes = _with_members(self._tariff, offering_codes)
            lines = rate_usage(_without_bundles(self._tariff), codes, reports, time_zone)
        except TariffError as error:
            raise TariffRefusedError(error.reason, error.field, error.message) from error
        return [
            RatedUsage(line.unit, line.from_allowance_units, line.amount_minor_micros, line.refusal)
            for line in lines
        ]


def _with_members(tariff: Tariff, codes: Sequence[str]) -> tuple[str, ...]:
    """Everything that comes with the codes. One that a bundle among them offers counts as chosen there."""
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
    return expand(tariff, [code for code in codes if code not in chosen], sorted(chosen))


def _without_bundles(tariff: Tariff) -> Tariff:
    """The same offerings, bundles already unfolded."""
    return replace(
        tariff,
        offerings={
            code: replace(offering, includes=(), choice=(0, 0, frozenset()))
            for code, offering in tariff.offerings.items()
        },
    )
