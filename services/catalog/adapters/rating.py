"""Charging's own rating code, so that what a simulation shows is what charging will charge.

The one door between the two services: charging's rating is pure, and a copy
of it here could differ from what is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.catalog.adapters.messages import catalog_message
from services.catalog.application.ports import (
    Customer,
    Observation,
    RatedFees,
    RatedUsage,
    TariffRefusedError,
    UsageReport,
)
from services.catalog.domain.catalog import Catalog
from services.charging.adapters.tariff_messages import compile_tariffs
from services.charging.domain.rating.circumstances import Observed
from services.charging.domain.rating.fees import Period
from services.charging.domain.rating.periods import boundary, fee_cost
from services.charging.domain.rating.quote import RatedLine, Usage, expand, rate_usage
from services.charging.domain.rating.tariff import Offering, Tariff, TariffError
from services.common.kernel.clock import EPOCH, Instant, instant, local, zone

_UNNUMBERED = 0


class ChargingRating:
    """Compiles catalogs with charging's compiler."""

    def prepare(self, catalog: Catalog) -> dict[str, CompiledRating]:
        """By currency. Raises TariffRefusedError where charging would refuse the catalog."""
        try:
            compiled = compile_tariffs(catalog_message(catalog), _UNNUMBERED, EPOCH)
        except TariffError as error:
            raise TariffRefusedError(error.reason, error.field, error.message) from error
        return {code: CompiledRating(tariff) for code, tariff in compiled.items()}


class CompiledRating:
    """Rates with one compiled catalog."""

    def __init__(self, tariff: Tariff) -> None:
        self._tariff = tariff
        self._peaks = _concurrency_only(tariff)

    def sells(self, offering_code: str) -> bool:
        """True where the offering can be had in this currency."""
        return offering_code in self._tariff.offerings

    def rate(self, customer: Customer, usages: Sequence[UsageReport]) -> list[RatedUsage]:
        """Rates each report in order for one subscriber with full allowances.

        Raises TariffRefusedError OFFERING_UNKNOWN or CHOICE_INVALID.
        """
        used = [usage for usage in usages if not usage.at_a_time]
        counted = [usage for usage in usages if usage.at_a_time]
        lines = iter(self._rate(self._tariff, customer, used))
        peaks = iter(self._rate(self._peaks, customer, counted))
        return [_rated(next(peaks if usage.at_a_time else lines)) for usage in usages]

    def fees(self, customer: Customer, taken_at: Instant, periods: int) -> RatedFees:
        """One-time fees, and the recurring ones of the first periods after any trial.

        Raises TariffRefusedError OFFERING_UNKNOWN or CHOICE_INVALID.
        """
        time_zone = customer.time_zone or self._tariff.time_zone
        codes, chosen = self._picked(customer)
        try:
            unfolded = expand(self._tariff, codes, chosen)
        except TariffError as error:
            raise TariffRefusedError(error.reason, error.field, error.message) from error
        costs = [
            cost
            for code in unfolded
            for cost in _fees(self._tariff.offerings[code], taken_at, periods, time_zone)
        ]
        return RatedFees(sum(gross for gross, _ in costs), sum(tax for _, tax in costs))

    def _rate(self, tariff: Tariff, customer: Customer, usages: Sequence[UsageReport]) -> list[RatedLine]:
        reports = [Usage(u.key, u.rating_group, u.units, u.at, _observed(u.observed)) for u in usages]
        codes, chosen = self._picked(customer)
        try:
            return rate_usage(
                tariff, codes, reports, customer.time_zone, chosen, customer.segment, customer.customer_value
            )
        except TariffError as error:
            raise TariffRefusedError(error.reason, error.field, error.message) from error

    def _picked(self, customer: Customer) -> tuple[list[str], list[str]]:
        chosen = _chosen_among(self._tariff, customer.offering_codes)
        return [code for code in customer.offering_codes if code not in chosen], sorted(chosen)


def _rated(line: RatedLine) -> RatedUsage:
    return RatedUsage(
        line.unit, line.from_allowance_units, line.amount_minor_micros, line.refusal, line.tax_minor_micros
    )


def _observed(said: Observation) -> Observed:
    return Observed(
        serving_plmn=said.serving_plmn,
        called=said.called,
        cell=said.cell,
        tracking_area=said.tracking_area,
        sst=said.sst,
        sd=said.sd,
        five_qi=said.five_qi,
        load_percent=said.load_percent,
        device_class=said.device_class,
    )


def _concurrency_only(tariff: Tariff) -> Tariff:
    """The same tariff without prices of usage: it quotes how many there are at a time."""
    offerings = {
        code: replace(offering, prices=replace(offering.prices, usage={}))
        for code, offering in tariff.offerings.items()
    }
    return replace(tariff, offerings=offerings)


def _fees(offering: Offering, taken_at: Instant, periods: int, time_zone: str) -> list[tuple[int, int]]:
    """Gross cost and tax of every fee that falls due."""
    once = [fee_cost(fee, 0, 1, 1) for fee in offering.fees if not fee.recurring]
    trial, period = offering.trial, offering.period
    if period is None or (trial is not None and trial.ends):
        return once
    anchor = taken_at if trial is None else boundary(taken_at, Period(0, trial.days), 1, time_zone)
    return once + [
        fee_cost(fee, number, *_share(anchor, period, number, time_zone))
        for fee in offering.fees
        if fee.recurring
        for number in range(periods)
    ]


def _share(anchor: Instant, period: Period, number: int, time_zone: str) -> tuple[int, int]:
    """How much of a period is had, and how long the whole of it is, in microseconds."""
    start, end = (boundary(anchor, period, n, time_zone) for n in (number, number + 1))
    whole = start
    if period.calendar and number == 0:
        first = local(anchor, time_zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
        whole = instant(first.replace(tzinfo=zone(time_zone)))
    return end - start, end - whole


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
