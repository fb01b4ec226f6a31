"""One request of a session, or one event, worked through: all usage is charged, then all grants are made.

Local to a decision: it holds a draft and the session's rating groups as they
would be, and is thrown away with a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.charging.domain import events as ev
from services.charging.domain.answers import Cost, GroupAnswer, ResultCode
from services.charging.domain.commands import Container, Measure, Report
from services.charging.domain.draft import Draft
from services.charging.domain.grant import Burn, GrantRequest, grant_units
from services.charging.domain.rating.select import (
    Priced,
    Subscribed,
    Unpriced,
    find_rating_group,
    select_price,
)
from services.charging.domain.rating.tariff import Price, RatingGroup
from services.charging.domain.state import RatedUsage, RatingGroupState
from services.charging.domain.usage import Charge, Payer, UsageToCharge, charge_usage
from services.common.kernel.clock import Instant


@dataclass(slots=True)
class _Charged:
    """What one rating group's usage came to."""

    group: RatingGroup
    state: RatingGroupState
    cost: Cost
    failure: Unpriced | None
    overdrawn: int
    used_units: int
    since: Instant


class SessionRun:
    """Works reports through. `zone_before` prices what was used, `zone_now` what is granted."""

    def __init__(
        self,
        draft: Draft,
        payer: Payer,
        subscribed: tuple[Subscribed, ...],
        groups: Mapping[int, RatingGroupState],
        last_report_at: Instant,
        entry_id: str,
    ) -> None:
        self.draft = draft
        self.payer = payer
        self.subscribed = subscribed
        self.groups = dict(groups)
        self.changed: set[int] = set()
        self.overdrawn = 0
        self._last_report_at = last_report_at
        self._entry_id = entry_id
        self._charges = 0

    def run(
        self,
        reports: tuple[tuple[int, Report], ...],
        zone_before: str,
        zone_now: str,
        at: Instant,
        granting: bool,
    ) -> tuple[GroupAnswer, ...]:
        """Answers each report in order: one that cannot be rated never hides the others."""
        charged = [self._charge(number, report, zone_before, at) for number, report in reports]
        return tuple(
            self._answer(number, report, outcome, zone_now, at, granting)
            for (number, report), outcome in zip(reports, charged, strict=True)
        )

    def give_back(self, number: int) -> None:
        """Gives back what is held for a rating group."""
        state = self.groups[number]
        for bucket_id, amount in state.reservations:
            self.draft.hold(bucket_id, -amount)
        self.groups[number] = replace(state, granted_units=0, reservations=())
        self.changed.add(number)

    def _charge(self, number: int, report: Report, zone: str, at: Instant) -> _Charged | None:
        group = find_rating_group(self.subscribed, number)
        if group is None:
            return None
        if number not in self.groups:
            self.groups[number] = RatingGroupState(number, last_report_at=self._last_report_at)
        self.give_back(number)
        state = self.groups[number]
        result = _Charged(group, state, Cost(), None, 0, 0, state.last_report_at)
        for container in report.used:
            self._charge_container(result, container, zone, at)
            if result.failure is not None:
                break
        self.groups[number] = replace(result.state, last_report_at=max(at, result.state.last_report_at))
        self.overdrawn += result.overdrawn
        return result

    def _charge_container(self, result: _Charged, container: Container, zone: str, at: Instant) -> None:
        state, group = result.state, result.group
        if _seen(container.local_sequence, state.local_sequence):
            return
        used_units = container.measure.units(group.unit)
        if used_units:
            since = state.last_report_at
            priced = select_price(self.subscribed, group.rating_group, zone, since, self.payer.time_zone)
            if isinstance(priced, Unpriced):
                result.failure = priced
                return
            # A container from the future would take the session's clock along with it.
            until = max(since, at if container.until is None else min(container.until, at))
            charge, charge_id = self._debit(state, group, priced.price, used_units, zone, since, until)
            if charge is None:
                result.failure = Unpriced(False, "the amount is beyond what money can hold")
                return
            state = replace(state, rated=_with(state.rated, charge.rated), last_report_at=until)
            result.cost = _add(result.cost, charge, group, priced.price, charge_id)
            result.overdrawn += charge.overdrawn
            result.used_units += used_units
        if container.local_sequence is not None:
            state = replace(state, local_sequence=container.local_sequence)
        result.state = state

    def _debit(
        self,
        state: RatingGroupState,
        group: RatingGroup,
        price: Price,
        used_units: int,
        zone: str,
        since: Instant,
        until: Instant,
    ) -> tuple[Charge | None, str]:
        self._charges += 1
        charge_id = f"c-{self._entry_id}-{self._charges}"
        usage = UsageToCharge(charge_id, group, price, used_units, zone, since, until)
        return charge_usage(self.draft, self.payer, usage, _rated_of(state.rated, price)), charge_id

    def _answer(
        self, number: int, report: Report, charged: _Charged | None, zone: str, at: Instant, granting: bool
    ) -> GroupAnswer:
        if not self.subscribed:
            detail = "no subscription is in force at that time"
            return GroupAnswer(number, ResultCode.END_USER_SERVICE_DENIED, Cost(), detail=detail)
        if charged is None:
            detail = f"rating group {number} is unknown"
            return GroupAnswer(number, ResultCode.RATING_FAILED, Cost(), detail=detail)
        if charged.failure is not None:
            return self._refused(number, charged, _code_of(charged.failure), charged.failure.detail)
        requested = report.requested
        if requested is None or not granting or _nothing_wanted(requested, charged.group.unit):
            self._set_blocked(number, False)
            return GroupAnswer(number, ResultCode.SUCCESS, charged.cost)
        priced = select_price(self.subscribed, number, zone, at, self.payer.time_zone)
        if isinstance(priced, Unpriced):
            return self._refused(number, charged, _code_of(priced), priced.detail)
        return self._grant(number, charged, priced, requested, zone, at)

    def _grant(
        self, number: int, charged: _Charged, priced: Priced, requested: Measure, zone: str, at: Instant
    ) -> GroupAnswer:
        group = charged.group
        interval = at - charged.since
        granted = grant_units(
            self.draft,
            self.payer,
            GrantRequest(
                group=group,
                priced=priced,
                rated=_rated_of(self.groups[number].rated, priced.price),
                requested_units=requested.units(group.unit),
                burn=Burn(charged.used_units, interval) if charged.used_units and interval > 0 else None,
                zone=zone,
                at=at,
            ),
        )
        if granted is None:
            self._set_blocked(number, True)
            refused = self._refused(
                number, charged, ResultCode.QUOTA_LIMIT_REACHED, "nothing is left to pay with"
            )
            return replace(
                refused,
                final_action=group.final_unit_action,
                redirect_address=group.redirect_address,
                retry_seconds=group.quota.maximum_validity_seconds,
            )
        self.groups[number] = replace(
            self.groups[number],
            granted_units=granted.grant.units,
            reservations=granted.reservations,
            blocked=False,
        )
        self.changed.add(number)
        return GroupAnswer(number, ResultCode.SUCCESS, charged.cost, granted.grant)

    def _set_blocked(self, number: int, blocked: bool) -> None:
        if self.groups[number].blocked != blocked:
            self.groups[number] = replace(self.groups[number], blocked=blocked)
            self.changed.add(number)

    def _refused(self, number: int, charged: _Charged, code: ResultCode, detail: str) -> GroupAnswer:
        payer = self.payer
        self.draft.events.append(
            ev.UsageRefused(payer.ref, payer.account_id, payer.subscriber_id, number, code.name)
        )
        return GroupAnswer(number, code, charged.cost, detail=detail)


def _seen(local_sequence: int | None, last: int | None) -> bool:
    return local_sequence is not None and last is not None and local_sequence <= last


def _nothing_wanted(requested: Measure, unit: str) -> bool:
    return requested.units(unit) == 0


def _code_of(unpriced: Unpriced) -> ResultCode:
    return ResultCode.END_USER_SERVICE_DENIED if unpriced.denied else ResultCode.RATING_FAILED


def _rated_of(rated: tuple[RatedUsage, ...], price: Price) -> RatedUsage:
    for item in rated:
        if (
            item.catalog_version == price.version
            and item.offering_code == price.offering_code
            and item.price_code == price.code
        ):
            return item
    return RatedUsage(price.version, price.offering_code, price.code, 0, 0)


def _with(rated: tuple[RatedUsage, ...], changed: RatedUsage) -> tuple[RatedUsage, ...]:
    """The list with one item replaced, or added at the end."""
    key = (changed.catalog_version, changed.offering_code, changed.price_code)
    others = tuple(
        item for item in rated if (item.catalog_version, item.offering_code, item.price_code) != key
    )
    return (*others, changed)


def _add(cost: Cost, charge: Charge, group: RatingGroup, price: Price, charge_id: str) -> Cost:
    return add_costs(
        cost,
        Cost(
            charge.amount,
            ((group.unit, charge.from_allowance),) if charge.from_allowance else (),
            (price.price_id,),
            (charge_id,),
        ),
    )


def add_costs(left: Cost, right: Cost) -> Cost:
    """Both costs together; prices named once."""
    units = dict(left.from_allowances)
    for unit, amount in right.from_allowances:
        units[unit] = units.get(unit, 0) + amount
    return Cost(
        left.amount + right.amount,
        tuple(sorted(units.items())),
        tuple(dict.fromkeys((*left.price_ids, *right.price_ids))),
        (*left.charge_ids, *right.charge_ids),
    )
