"""Prices charges anew by another catalog version: what each would have come to, had that one been in force.

Charges are taken in the order of the journal, in which they were cumulated
when they were made. Only the money part is priced anew: units that allowances
covered stay covered. Cumulation is rebuilt within the scopes of the new
prices; what was used before the first charge seen is taken from its record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from services.charging.domain.corrections.commands import RepricedCharge
from services.charging.domain.events import UsageCharged
from services.charging.domain.rating.periods import month_label
from services.charging.domain.rating.price import UNCHANGED_PERMILLE, Concurrency, Price
from services.charging.domain.rating.tariff import Tariff
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import local
from services.common.kernel.money import MAX_MINOR_MICROS


@dataclass(frozen=True, slots=True)
class NotRepriced:
    """A charge that the other version cannot price, and why."""

    charge_id: str
    detail: str


@dataclass(slots=True)
class _Scope:
    """How far a price has come: units used, units paid, and covered units that did not count yet."""

    used: int = 0
    paid: int = 0
    surplus: int = 0


class _Scopes:
    """Scopes by what they run on over: a session (or one event), or a calendar month."""

    def __init__(self) -> None:
        self._sessions: dict[str, dict[tuple[str, ...], _Scope]] = {}
        self._months: dict[tuple[str, ...], _Scope] = {}

    def of(
        self, charge: UsageCharged, price: Price, factor_permille: int, month: str
    ) -> tuple[_Scope, _Scope]:
        """Where usage at a price cumulates for increments, and where for its cost; often the same."""
        group, name = str(charge.rating_group), (price.offering_code, price.code)
        if charge.concurrency:
            peak = self._months.setdefault(("peak", charge.account_id, group, *name, month), _Scope())
            return peak, peak
        session = self._sessions.setdefault(owner_of(charge), {})
        key = (group, str(price.version), *name, str(factor_permille))
        use = session.setdefault(key, _Scope())
        if not price.monthly:
            return use, use
        return use, self._months.setdefault((charge.subscriber_id, *name, month), _Scope())

    def forget(self, owner: str) -> None:
        """A session or event is over."""
        self._sessions.pop(owner, None)


def rerate(
    charges: Iterable[UsageCharged], tariffs: Tariffs, version: int, time_zone_of: Callable[[str], str]
) -> Iterator[RepricedCharge | NotRepriced]:
    """Prices charges, in the order of the journal, by a version. `time_zone_of` a subscriber."""
    rerating = Rerating(tariffs, version)
    for charge in charges:
        yield rerating.reprice(charge, time_zone_of(charge.subscriber_id))


class Rerating:
    """Cumulation while charges pass by; it holds a few figures for each open session and each month."""

    def __init__(self, tariffs: Tariffs, version: int) -> None:
        self._tariffs = tariffs
        self._version = version
        self._recorded = _Scopes()
        self._anew = _Scopes()
        self._event = ""

    def reprice(self, charge: UsageCharged, time_zone: str) -> RepricedCharge | NotRepriced:
        """What a charge comes to by the version; `time_zone` is the subscriber's ('': the catalog's)."""
        self._leave_event(charge)
        made_by = self._tariffs.find(charge.catalog_version, charge.currency_code)
        recorded = None if made_by is None else _price_of(made_by, charge)
        if recorded is None:
            return NotRepriced(charge.charge_id, f"catalog version {charge.catalog_version} is not at hand")
        tariff = self._tariffs.find(self._version, charge.currency_code)
        if tariff is None:
            detail = f"catalog version {self._version} is not at hand in {charge.currency_code}"
            return NotRepriced(charge.charge_id, detail)
        zone = time_zone or tariff.time_zone
        found = (
            (recorded, charge.factor_permille)
            if charge.catalog_version == self._version
            else _price_in(tariff, charge, zone)
        )
        if isinstance(found, str):
            return NotRepriced(charge.charge_id, found)
        repriced = self._cumulate(charge, recorded, *found, month_label(charge.used_from, zone))
        if repriced.amount > MAX_MINOR_MICROS // 4:
            return NotRepriced(charge.charge_id, "the amount is beyond what money can hold")
        return repriced

    def forget(self, ref: str) -> None:
        """A session is over: nothing is reported on it any more."""
        self._recorded.forget(ref)
        self._anew.forget(ref)

    def _leave_event(self, charge: UsageCharged) -> None:
        """Charges of one event follow each other, so the one before is over when another begins."""
        if not charge.ref and owner_of(charge) != self._event:
            self.forget(self._event)
            self._event = owner_of(charge)

    def _cumulate(
        self, charge: UsageCharged, recorded: Price, price: Price, factor_permille: int, month: str
    ) -> RepricedCharge:
        use, paying = self._anew.of(charge, price, factor_permille, month)
        used_gap, paid_gap = self._unseen(charge, recorded, month)
        if recorded.monthly and not price.monthly:
            # A month's units say nothing about this session; what it used itself counts as paid.
            paid_gap = price.increments.billable(max(0, used_gap))
        use.used = max(0, use.used + used_gap)
        paying.paid = max(0, paying.paid + paid_gap)
        paid = _newly_paid(charge, price, use)
        before, paying.paid = paying.paid, paying.paid + paid
        return _repriced(charge, price, factor_permille, before, paying.paid)

    def _unseen(self, charge: UsageCharged, recorded: Price, month: str) -> tuple[int, int]:
        """Units used and paid by its own price since the last charge seen of it: others than those seen.

        Negative where the count had been forgotten, as that of a month long past is.
        """
        use, paying = self._recorded.of(charge, recorded, charge.factor_permille, month)
        used_gap = charge.used_units_before - use.used
        paid_gap = charge.paid_units_before - paying.paid
        use.used = charge.used_units_before + charge.used_units
        paying.paid = charge.paid_units_before + charge.rated_units - covered_units(charge)
        return used_gap, paid_gap


def owner_of(charge: UsageCharged) -> str:
    """The session of a charge; of an event, which has none, the entry in which it was decided."""
    return charge.ref or charge.charge_id.rpartition("-")[0]


def covered_units(charge: UsageCharged) -> int:
    """Units that allowances paid."""
    return sum(debit.amount for debit in charge.debits if debit.unit != charge.currency_code)


def _price_of(tariff: Tariff, charge: UsageCharged) -> Price | None:
    offering = tariff.offerings.get(charge.offering_code)
    return None if offering is None else offering.price_by_code.get(charge.price_code)


def _price_in(tariff: Tariff, charge: UsageCharged, time_zone: str) -> tuple[Price, int] | str:
    """The price of the same offering that holds for a charge, and its factor; or why there is none."""
    offering = tariff.offerings.get(charge.offering_code)
    if offering is None:
        return f"catalog version {tariff.version} does not sell {charge.offering_code}"
    group = tariff.rating_groups.get(charge.rating_group)
    if group is not None and group.unit != charge.unit:
        return f"rating group {charge.rating_group} is counted in {group.unit}, not {charge.unit}"
    book, under = offering.prices, charge.circumstances
    table = (
        book.concurrency_table(charge.rating_group, Concurrency(charge.concurrency), under)
        if charge.concurrency
        else book.table(charge.rating_group, under)
    )
    price = None if table is None else table.at(charge.used_from, time_zone)
    if price is None:
        zone = under.zone or "unknown"
        return f"{charge.offering_code} has no price for rating group {charge.rating_group} in zone {zone}"
    if price.dynamic is None:
        return price, UNCHANGED_PERMILLE
    return price, price.dynamic.permille(under, local(charge.used_from, time_zone).hour)


def _newly_paid(charge: UsageCharged, price: Price, use: _Scope) -> int:
    """Units that money pays by the new increments; covered ones beyond them cover what comes next."""
    billable = price.increments.billable
    rated = billable(use.used + charge.used_units) - billable(use.used)
    open_units = rated - covered_units(charge) - use.surplus
    use.used += charge.used_units
    use.surplus = max(0, -open_units)
    return max(0, open_units)


def _repriced(
    charge: UsageCharged, price: Price, factor_permille: int, paid_before: int, paid_after: int
) -> RepricedCharge:
    cost_before = price.cost_minor_micros(paid_before, factor_permille)
    cost_after = price.cost_minor_micros(paid_after, factor_permille)
    return RepricedCharge(
        charge_id=charge.charge_id,
        subscriber_id=charge.subscriber_id,
        currency_code=charge.currency_code,
        original_amount=charge.amount,
        original_tax=charge.tax,
        amount=cost_after - cost_before,
        tax=price.tax_minor_micros(cost_after) - price.tax_minor_micros(cost_before),
        catalog_version=price.version,
        offering_code=price.offering_code,
        price_code=price.code,
    )
