"""What was used in the last days, by kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.common.kernel.amount_words import show_units
from services.common.kernel.clock import iso, local
from services.common.kernel.money import Money, currency
from services.notification.application.ports import Directory
from services.notification.application.tools.arguments import UsageArguments
from services.notification.application.tools.looking import assortment
from services.notification.application.tools.ports import Shop
from services.notification.application.tools.reading import day_bounds
from services.notification.application.tools.results import UsageLine, UsageResult
from services.notification.application.tools.wording import Asking, Done, Listed, Refusal, refuse, say
from services.notification.domain.facts import Units

_MOST_DAYS = 90
_SLICE_MINUTES = 24 * 60
_TOLD = 4


@dataclass(slots=True)
class _Sum:
    units: int = 0
    minor_micros: int = 0


class GetUsage:
    """Usage by rating group and unit, most expensive first."""

    def __init__(self, directory: Directory, shop: Shop) -> None:
        self._directory = directory
        self._shop = shop

    async def __call__(self, who: Asking, args: UsageArguments) -> Done[UsageResult] | Refusal:
        """From the first instant of a day on the customer's calendar."""
        if not 1 <= args.days <= _MOST_DAYS:
            return refuse("DAYS_INVALID", most=_MOST_DAYS)
        zone = who.customer.time_zone
        first_day = local(who.now, zone).date() - timedelta(days=args.days - 1)
        since, _ = day_bounds(first_day, zone)
        sums: dict[tuple[int, str], _Sum] = {}
        for part in await self._directory.usage(who.subscriber_id, since, _SLICE_MINUTES):
            total = sums.setdefault((part.rating_group, part.unit), _Sum())
            total.units += part.units
            total.minor_micros += part.amount.minor_micros
        names = (await assortment(self._shop)).rating_groups
        unit = currency(who.customer.currency_code)
        ordered = sorted(sums.items(), key=lambda item: (-item[1].minor_micros, -item[1].units, item[0]))
        lines = [
            UsageLine(
                group,
                names.get(group, str(group)),
                measure,
                total.units,
                show_units(total.units, measure),
                str(Money(total.minor_micros, unit)),
            )
            for (group, measure), total in ordered
        ]
        cost = Money(sum(total.minor_micros for total in sums.values()), unit)
        if not lines:
            return Done(UsageResult(iso(since), [], str(cost)), (say("usage-none", days=args.days),))
        told = Listed(
            tuple(
                say("usage-line", used=Units(line.units, line.unit), name=line.name) for line in lines[:_TOLD]
            )
        )
        said = say("usage-found", days=args.days, usage=told, cost=cost)
        return Done(UsageResult(iso(since), lines, str(cost)), (said,))
