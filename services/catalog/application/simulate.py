"""Simulate: real usage priced under the version in force and under a proposal, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.catalog.application.lint import Linter
from services.catalog.application.ports import CatalogStore, Customer, Rating, TariffRefusedError, UsageReport
from services.catalog.application.stored import StoredCatalogs
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.reasons import (
    CHOICE_INVALID,
    CURRENCY_UNKNOWN,
    OFFERING_UNKNOWN,
    OFFERINGS_EMPTY,
    USAGE_EMPTY,
    USAGE_INVALID,
)
from services.catalog.domain.simulation import GroupSum, RatedReport, sum_by_group
from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile
from services.common.kernel.money import MAX_MINOR_MICROS
from services.common.kernel.outcome import Refused, RefusedError
from services.common.kernel.quantity import MAX_UNITS

NO_VERSION = 0
MAX_TOTAL_UNITS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SimulatedGroup:
    """One rating group: what was used, and what each side makes of it."""

    rating_group: int
    code: str
    unit: str
    used_units: int
    old: GroupSum
    new: GroupSum


@dataclass(frozen=True, slots=True)
class Simulation:
    """Both sides, in one currency. `live_version` 0: nothing is in force, old sums are 0."""

    live_version: int
    currency_code: str
    groups: tuple[SimulatedGroup, ...]


class CatalogSimulator:
    """Prices usage with charging's own rating code."""

    def __init__(
        self, linter: Linter, rating: Rating, store: CatalogStore, stored: StoredCatalogs, clock: Clock
    ) -> None:
        self._linter = linter
        self._rating = rating
        self._store = store
        self._stored = stored
        self._clock = clock

    async def simulate(
        self,
        files: Sequence[SourceFile],
        usages: Sequence[UsageReport],
        customer: Customer,
        currency_code: str = "",
    ) -> Simulation:
        """Each `key` is one such customer with full allowances. Stores nothing.

        An offering that only one side has, or sells in this currency, leaves
        the other side's usage unrated. `currency_code` '': the proposal's
        first. Raises RefusedError USAGE_EMPTY, USAGE_INVALID, OFFERINGS_EMPTY,
        CATALOG_HAS_ERRORS, CURRENCY_UNKNOWN, OFFERING_UNKNOWN, CHOICE_INVALID.
        """
        _check(usages, customer.offering_codes)
        report = await asyncio.to_thread(self._linter.lint_source, files)
        new = report.accepted().catalog
        live = await self._store.in_force(self._clock.now())
        old = None if live is None else (await asyncio.to_thread(self._stored.document, live)).catalog
        code = currency_code or new.currency_code
        _check_known(old, new, customer, code)
        old_sums = await asyncio.to_thread(self._sums, old, usages, customer, code) if old else {}
        new_sums = await asyncio.to_thread(self._sums, new, usages, customer, code)
        return Simulation(
            live.published.version if live else NO_VERSION,
            code,
            _side_by_side(usages, old, new, old_sums, new_sums),
        )

    def _sums(
        self, catalog: Catalog, usages: Sequence[UsageReport], customer: Customer, currency_code: str
    ) -> dict[int, GroupSum]:
        by_key: dict[str, list[UsageReport]] = {}
        for usage in usages:
            by_key.setdefault(usage.key, []).append(usage)
        try:
            prepared = self._rating.prepare(catalog).get(currency_code)
            if prepared is None:
                return _unrated(usages)
            here = [code for code in customer.offering_codes if prepared.sells(code)]
            there = replace(customer, offering_codes=here)
            reports = [
                RatedReport(
                    usage.rating_group,
                    line.from_allowance_units,
                    line.amount_minor_micros,
                    line.refusal,
                    line.tax_minor_micros,
                )
                for lines in by_key.values()
                for usage, line in zip(lines, prepared.rate(there, lines), strict=True)
            ]
        except TariffRefusedError as refusal:
            raise RefusedError(Refused(CHOICE_INVALID, refusal.message, "offering_codes")) from refusal
        if sum(report.amount_minor_micros for report in reports) > MAX_MINOR_MICROS:
            raise RefusedError(Refused(USAGE_INVALID, "it costs more than an amount can hold", "usage"))
        return sum_by_group(reports)


def _unrated(usages: Sequence[UsageReport]) -> dict[int, GroupSum]:
    """A side that has nothing in this currency."""
    return sum_by_group([RatedReport(usage.rating_group, 0, 0, "not sold") for usage in usages])


def _side_by_side(
    usages: Sequence[UsageReport],
    old: Catalog | None,
    new: Catalog,
    old_sums: dict[int, GroupSum],
    new_sums: dict[int, GroupSum],
) -> tuple[SimulatedGroup, ...]:
    used: dict[int, int] = {}
    for usage in usages:
        used[usage.rating_group] = used.get(usage.rating_group, 0) + usage.units
    known = {
        group.rating_group: (group.code, group.unit)
        for catalog in (old, new)
        if catalog
        for group in catalog.rating_groups
    }
    nothing = GroupSum()
    return tuple(
        SimulatedGroup(
            number,
            *known.get(number, ("", "")),
            used[number],
            old_sums.get(number, nothing),
            new_sums.get(number, nothing),
        )
        for number in sorted(used)
    )


def _check(usages: Sequence[UsageReport], offering_codes: Sequence[str]) -> None:
    if not usages:
        raise RefusedError(Refused(USAGE_EMPTY, "there is no usage to price", "usage"))
    for index, usage in enumerate(usages):
        if not 0 <= usage.units <= MAX_UNITS:
            raise RefusedError(
                Refused(
                    USAGE_INVALID,
                    f"line {index + 1}: units must be between 0 and {MAX_UNITS}",
                    f"usage.{index}.units",
                )
            )
    if sum(usage.units for usage in usages) > MAX_TOTAL_UNITS:
        raise RefusedError(Refused(USAGE_INVALID, "all units together are more than can be counted", "usage"))
    if not offering_codes:
        raise RefusedError(
            Refused(OFFERINGS_EMPTY, "name the offerings of the simulated subscriber", "offering_codes")
        )


def _check_known(old: Catalog | None, new: Catalog, customer: Customer, currency_code: str) -> None:
    if not any(currency_code in catalog.currency_codes for catalog in (old, new) if catalog):
        raise RefusedError(
            Refused(CURRENCY_UNKNOWN, f"neither version has prices in {currency_code!r}", "currency_code")
        )
    known = {code for catalog in (old, new) if catalog for code in catalog.offerings_by_code()}
    for code in customer.offering_codes:
        if code not in known:
            raise RefusedError(
                Refused(OFFERING_UNKNOWN, f"neither version has an offering {code!r}", "offering_codes")
            )
