"""Rates a list of usage for one imagined subscriber: worked examples and simulations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.charging.domain.rating.flat import FREE
from services.charging.domain.rating.select import (
    Priced,
    Subscribed,
    find_rating_group,
    in_precedence,
    select_price,
)
from services.charging.domain.rating.tariff import Allowance, Price, Tariff, TariffError
from services.charging.domain.rating.tiered import Tiered
from services.common.kernel.clock import Instant, local


@dataclass(frozen=True, slots=True)
class Usage:
    """One report. Increments and tiers run on within a `key` (a session); allowances over all of them."""

    key: str
    rating_group: int
    units: int
    at: Instant
    serving_plmn: str = ""


@dataclass(frozen=True, slots=True)
class RatedLine:
    """What a report costs. `refusal` is '' where it could be rated."""

    usage: Usage
    offering_code: str = ""
    price_code: str = ""
    unit: str = ""
    rated_units: int = 0
    from_allowance_units: int = 0
    amount_minor_micros: int = 0
    refusal: str = ""


def expand(tariff: Tariff, codes: Sequence[str], chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """Offerings that come with those named: bundles unfolded, choices checked, each once.

    Raises TariffError OFFERING_UNKNOWN or CHOICE_INVALID.
    """
    unfolded: dict[str, None] = {}
    picked = set(chosen)

    def unfold(code: str) -> None:
        offering = tariff.offerings.get(code)
        if offering is None:
            raise TariffError(
                "OFFERING_UNKNOWN", code, f"there is no offering {code!r} in version {tariff.version}"
            )
        if code in unfolded:
            return
        unfolded[code] = None
        minimum, maximum, options = offering.choice
        mine = sorted(picked & options)
        picked.difference_update(mine)
        if options and not minimum <= len(mine) <= maximum:
            raise TariffError(
                "CHOICE_INVALID",
                code,
                f"{code} lets the customer choose {minimum} to {maximum} of {sorted(options)}",
            )
        for member in (*offering.includes, *mine):
            unfold(member)

    for code in codes:
        unfold(code)
    if picked:
        raise TariffError("CHOICE_INVALID", sorted(picked)[0], f"{sorted(picked)} cannot be chosen here")
    return tuple(unfolded)


def rate_usage(
    tariff: Tariff,
    offering_codes: Sequence[str],
    usages: Sequence[Usage],
    time_zone: str = "",
    chosen: Sequence[str] = (),
) -> list[RatedLine]:
    """Rates each usage in order, with full allowances at the start.

    `time_zone` '' means the catalog's; `chosen` are members picked where a
    bundle lets the customer choose. Raises TariffError where an offering
    is unknown; usage that has no price is answered in its line.
    """
    subscribed = in_precedence(
        [Subscribed(tariff, tariff.offerings[code]) for code in expand(tariff, offering_codes, chosen)]
    )
    run = _Run(tariff, subscribed, time_zone or tariff.time_zone)
    return [run.rate(usage) for usage in usages]


class _Run:
    """Allowances and cumulated usage while a list is rated."""

    def __init__(self, tariff: Tariff, subscribed: tuple[Subscribed, ...], time_zone: str) -> None:
        self._tariff = tariff
        self._subscribed = subscribed
        self._time_zone = time_zone
        allowances = [
            (item.offering.code, grant) for item in subscribed for grant in item.offering.allowances
        ]
        allowances.sort(
            key=lambda pair: (pair[1].priority, pair[1].validity_days or 10**9, pair[0], pair[1].code)
        )
        self._allowances: list[tuple[Allowance, int]] = [(grant, grant.amount) for _, grant in allowances]
        self._used: dict[tuple[str, int, str], int] = {}
        self._paid: dict[tuple[str, str], int] = {}

    def rate(self, usage: Usage) -> RatedLine:
        group = find_rating_group(self._subscribed, usage.rating_group)
        if group is None:
            return RatedLine(usage, refusal=f"rating group {usage.rating_group} is unknown")
        zone = self._tariff.zones.zone_of(usage.serving_plmn)
        found = select_price(self._subscribed, usage.rating_group, zone, usage.at, self._time_zone)
        if not isinstance(found, Priced):
            return RatedLine(usage, unit=group.unit, refusal=found.detail)
        price = found.price
        key = (usage.key, usage.rating_group, price.price_id)
        before = self._used.get(key, 0)
        self._used[key] = before + usage.units
        rated = price.increments.billable(before + usage.units) - price.increments.billable(before)
        covered = 0 if price.model == FREE else self._burn(usage.rating_group, group.unit, zone, rated)
        amount = self._pay(price, usage, rated - covered)
        return RatedLine(usage, price.offering_code, price.code, group.unit, rated, covered, amount)

    def _burn(self, rating_group: int, unit: str, zone: str, units: int) -> int:
        covered = 0
        for index, (allowance, left) in enumerate(self._allowances):
            if (
                allowance.unit == unit
                and (not allowance.rating_groups or rating_group in allowance.rating_groups)
                and (not allowance.zones or zone in allowance.zones)
            ):
                taken = min(left, units - covered)
                self._allowances[index] = (allowance, left - taken)
                covered += taken
        return covered

    def _pay(self, price: Price, usage: Usage, units: int) -> int:
        model = price.model
        scope = f"{usage.key}/{usage.rating_group}"
        if isinstance(model, Tiered) and model.monthly:
            scope = local(usage.at, self._time_zone).strftime("%Y-%m")
        before = self._paid.get((price.price_id, scope), 0)
        self._paid[price.price_id, scope] = before + units
        return model.cost_minor_micros(before + units) - model.cost_minor_micros(before)
