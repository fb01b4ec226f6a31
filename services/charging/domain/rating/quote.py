"""Rates a list of usage for one imagined subscriber: worked examples and simulations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.charging.domain.rating.circumstances import (
    NOTHING_OBSERVED,
    Circumstances,
    Observed,
    classify,
)
from services.charging.domain.rating.periods import month_label
from services.charging.domain.rating.price import UNCHANGED_PERMILLE, Price
from services.charging.domain.rating.select import (
    Priced,
    Subscribed,
    concurrency_prices,
    find_rating_group,
    in_precedence,
    select_price,
)
from services.charging.domain.rating.tariff import Allowance, RatingGroup, Tariff, TariffError
from services.common.kernel.clock import Instant

_WITHOUT_END_DAYS = 10**9


@dataclass(frozen=True, slots=True)
class Usage:
    """One report. Increments, steps and what was observed run on within a `key` (a session).

    Allowances and monthly prices run on over all of them. At a price for how
    many there are at a time `units` is how many there are.
    """

    key: str
    rating_group: int
    units: int
    at: Instant
    observed: Observed = NOTHING_OBSERVED


@dataclass(frozen=True, slots=True)
class RatedLine:
    """What a report costs, tax included. `refusal` is '' where it could be rated."""

    usage: Usage
    offering_code: str = ""
    price_code: str = ""
    unit: str = ""
    rated_units: int = 0
    from_allowance_units: int = 0
    amount_minor_micros: int = 0
    refusal: str = ""
    tax_minor_micros: int = 0
    factor_permille: int = UNCHANGED_PERMILLE


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
    segment: str = "",
    customer_value: int = 0,
) -> list[RatedLine]:
    """Rates each usage in order, with full allowances at the start.

    `time_zone` '' means the catalog's; `chosen` are members picked where a
    bundle lets the customer choose. Raises TariffError where an offering
    is unknown; usage that has no price is answered in its line.
    """
    subscribed = in_precedence(
        [Subscribed(tariff, tariff.offerings[code]) for code in expand(tariff, offering_codes, chosen)]
    )
    run = _Run(tariff, subscribed, time_zone or tariff.time_zone, segment, customer_value)
    return [run.rate(usage) for usage in usages]


class _Run:
    """Allowances, circumstances and cumulated usage while a list is rated."""

    def __init__(
        self,
        tariff: Tariff,
        subscribed: tuple[Subscribed, ...],
        time_zone: str,
        segment: str,
        customer_value: int,
    ) -> None:
        self._tariff = tariff
        self._subscribed = subscribed
        self._time_zone = time_zone
        self._segment = segment
        self._customer_value = customer_value
        self._allowances = _in_burn_order(subscribed)
        self._present: dict[str, Circumstances] = {}
        self._used: dict[tuple[str, int, str, int], int] = {}
        self._paid: dict[tuple[str, str], int] = {}
        self._peaks: dict[tuple[str, int, str], int] = {}

    def rate(self, usage: Usage) -> RatedLine:
        group = find_rating_group(self._subscribed, usage.rating_group)
        if group is None:
            return RatedLine(usage, refusal=f"rating group {usage.rating_group} is unknown")
        under = self._under(usage)
        found = select_price(self._subscribed, usage.rating_group, under, usage.at, self._time_zone)
        if isinstance(found, Priced):
            return self._rate_units(usage, group, under, found)
        concurrent = concurrency_prices(
            self._subscribed, usage.rating_group, under, usage.at, self._time_zone
        )
        if concurrent and not found.denied:
            return self._rate_peak(usage, group, concurrent)
        return RatedLine(usage, unit=group.unit, refusal=found.detail)

    def _under(self, usage: Usage) -> Circumstances:
        under = classify(
            self._tariff.places,
            usage.observed,
            self._present.get(usage.key),
            self._segment,
            self._customer_value,
        )
        self._present[usage.key] = under
        return under

    def _rate_units(self, usage: Usage, group: RatingGroup, under: Circumstances, found: Priced) -> RatedLine:
        price, factor = found.price, found.factor_permille
        key = (usage.key, usage.rating_group, price.price_id, factor)
        before = self._used.get(key, 0)
        self._used[key] = before + usage.units
        rated = price.increments.billable(before + usage.units) - price.increments.billable(before)
        covered = 0 if price.free else self._burn(group, under, rated)
        amount, tax = self._pay(price, factor, usage, rated - covered)
        return RatedLine(
            usage,
            price.offering_code,
            price.code,
            group.unit,
            rated,
            covered,
            amount,
            tax_minor_micros=tax,
            factor_permille=factor,
        )

    def _burn(self, group: RatingGroup, under: Circumstances, units: int) -> int:
        covered = 0
        for index, (allowance, left) in enumerate(self._allowances):
            if allowance.unit == group.unit and allowance.covers(group.rating_group, under):
                taken = min(left, units - covered)
                self._allowances[index] = (allowance, left - taken)
                covered += taken
        return covered

    def _pay(self, price: Price, factor: int, usage: Usage, units: int) -> tuple[int, int]:
        """Amount and the tax in it: differences of what the scope cost before and costs now."""
        scope = f"{usage.key}/{usage.rating_group}/{factor}"
        if price.monthly:
            scope = month_label(usage.at, self._time_zone)
        before = self._paid.get((price.price_id, scope), 0)
        self._paid[price.price_id, scope] = before + units
        return _difference(price, before, before + units, factor)

    def _rate_peak(self, usage: Usage, group: RatingGroup, prices: Sequence[Price]) -> RatedLine:
        """So many at a time: what a new peak of the month adds, over the kinds that are priced."""
        rated = amount = tax = 0
        month = month_label(usage.at, self._time_zone)
        for price in prices:
            key = (price.price_id, usage.rating_group, month)
            before = self._peaks.get(key, 0)
            peak = self._peaks[key] = max(before, price.increments.billable(usage.units))
            rated = max(rated, peak - before)
            more, more_tax = _difference(price, before, peak, UNCHANGED_PERMILLE)
            amount, tax = amount + more, tax + more_tax
        first = prices[0]
        return RatedLine(
            usage, first.offering_code, first.code, group.unit, rated, 0, amount, tax_minor_micros=tax
        )


def _in_burn_order(subscribed: Sequence[Subscribed]) -> list[tuple[Allowance, int]]:
    allowances = [(item.offering.code, grant) for item in subscribed for grant in item.offering.allowances]
    allowances.sort(
        key=lambda pair: (
            pair[1].priority,
            pair[1].validity_days or _WITHOUT_END_DAYS,
            pair[0],
            pair[1].code,
        )
    )
    return [(grant, grant.amount) for _, grant in allowances]


def _difference(price: Price, before: int, after: int, factor: int) -> tuple[int, int]:
    earlier, later = price.cost_minor_micros(before, factor), price.cost_minor_micros(after, factor)
    return later - earlier, price.tax_minor_micros(later) - price.tax_minor_micros(earlier)
