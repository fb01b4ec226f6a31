"""What one rating group of a session reported: each container charged at the price of its own interval.

Local to a decision: it holds what a report changes of the rating group's state, as it would be.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.charging.domain.answers import NO_COST, Cost, add_costs
from services.charging.domain.commands import Container
from services.charging.domain.draft import Draft
from services.charging.domain.events import Outcome
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.price import Price
from services.charging.domain.rating.select import Priced, Subscribed, Unpriced, select_price
from services.charging.domain.rating.tariff import RatingGroup
from services.charging.domain.sessions.counting import counters_for
from services.charging.domain.sessions.numbering import is_new, seen
from services.charging.domain.sessions.usage import Charge, Payer, UsageToCharge, charge_usage
from services.charging.domain.state import RatedUsage
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Reporting:
    """What all reports of one request have in common. `under`: how it was while the usage happened.

    `late`: the request comes after its session had expired, or out of order;
    `out_of_order` ones are priced by their own time and move no clock.
    """

    draft: Draft
    payer: Payer
    subscribed: tuple[Subscribed, ...]
    under: Circumstances
    at: Instant
    late: bool = False
    out_of_order: bool = False
    outcome: Outcome | None = None


@dataclass(slots=True)
class Reported:
    """One rating group's usage, charged as far as it can be priced."""

    group: RatingGroup
    since: Instant
    rated: tuple[RatedUsage, ...]
    local_sequence: int | None
    missing_local_sequences: tuple[int, ...]
    last_report_at: Instant
    cost: Cost = NO_COST
    failure: Unpriced | None = None
    overdrawn: int = 0
    used_units: int = 0

    def charge(self, reporting: Reporting, container: Container, charge_id: str) -> bool:
        """Charges one container, once; one that cannot be priced is named and never hides the others.

        True where a charge was made.
        """
        number = container.local_sequence
        if number is not None and not is_new(number, self.local_sequence, self.missing_local_sequences):
            return False
        used_units = container.measure.units(self.group.unit, self.group.direction)
        charged = bool(used_units) and self._charge_units(reporting, container, used_units or 0, charge_id)
        if number is not None and (charged or not used_units):
            self.local_sequence, self.missing_local_sequences = seen(
                number, self.local_sequence, self.missing_local_sequences
            )
        return charged

    def _charge_units(
        self, reporting: Reporting, container: Container, used_units: int, charge_id: str
    ) -> bool:
        since, until = self._interval(reporting, container)
        payer, number = reporting.payer, self.group.rating_group
        priced = select_price(reporting.subscribed, number, reporting.under, since, payer.time_zone)
        if isinstance(priced, Unpriced):
            self.failure = self.failure or priced
            return False
        usage = UsageToCharge(
            charge_id=charge_id,
            group=self.group,
            price=priced.price,
            factor_permille=priced.factor_permille,
            used_units=used_units,
            under=reporting.under,
            used_from=since,
            used_until=until,
            counters=counters_for(reporting.subscribed, number, reporting.under),
            offline=self.group.offline or container.offline,
            late=reporting.late,
            outcome=reporting.outcome,
            sponsor_identity=container.sponsor_identity,
            application_service_provider_identity=container.application_service_provider_identity,
        )
        charge = charge_usage(reporting.draft, payer, usage, rated_of(self.rated, priced))
        if charge is None:
            self.failure = self.failure or Unpriced(False, "the amount is beyond what money can hold")
            return False
        self.rated = _with(self.rated, charge.rated)
        if container.until is not None and not reporting.out_of_order:
            self.last_report_at = until
        self.add(charge, priced.price, charge_id, self.group.unit)
        self.used_units += used_units
        return True

    def add(self, charge: Charge, price: Price, charge_id: str, unit: str) -> None:
        """Adds what a charge came to."""
        self.overdrawn += charge.overdrawn
        units = ((unit, charge.from_allowance),) if charge.from_allowance else ()
        self.cost = add_costs(
            self.cost, Cost(charge.amount, units, (price.price_id,), (charge_id,), charge.tax)
        )

    def _interval(self, reporting: Reporting, container: Container) -> tuple[Instant, Instant]:
        """From the last report to the container's own time stamp.

        Containers without one lie between the last dated one and the report.
        """
        if reporting.out_of_order:
            moment = reporting.at if container.until is None else min(container.until, reporting.at)
            return moment, moment
        since = self.last_report_at
        # A container from the future would take the session's clock along with it.
        until = reporting.at if container.until is None else min(container.until, reporting.at)
        return since, max(since, until)


def rated_of(rated: tuple[RatedUsage, ...], priced: Priced) -> RatedUsage:
    """How far a price, at its present factor, has been used."""
    price, factor = priced.price, priced.factor_permille
    for item in rated:
        if (
            item.catalog_version == price.version
            and item.offering_code == price.offering_code
            and item.price_code == price.code
            and item.factor_permille == factor
        ):
            return item
    return RatedUsage(price.version, price.offering_code, price.code, 0, 0, factor)


def _with(rated: tuple[RatedUsage, ...], changed: RatedUsage) -> tuple[RatedUsage, ...]:
    """The list with one item replaced, or added at the end."""
    if len(rated) == 1 and _key(rated[0]) == _key(changed):
        return (changed,)
    return (*(item for item in rated if _key(item) != _key(changed)), changed)


def _key(item: RatedUsage) -> tuple[int, str, str, int]:
    return (item.catalog_version, item.offering_code, item.price_code, item.factor_permille)
