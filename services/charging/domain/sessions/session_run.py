"""One request of a session, or one event, worked through: all usage is charged, then all grants are made.

Local to a decision: it holds a draft and the session's rating groups as they
would be, and is thrown away with a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.charging.domain import events as ev
from services.charging.domain.answers import Cost, GroupAnswer, ResultCode
from services.charging.domain.commands import Measure, Report
from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.rating.select import (
    Priced,
    Subscribed,
    Unpriced,
    find_rating_group,
    select_price,
)
from services.charging.domain.sessions.concurrency import new_peaks
from services.charging.domain.sessions.grant import Burn, GrantRequest, grant_units
from services.charging.domain.sessions.reported import Reported, Reporting
from services.charging.domain.sessions.usage import Payer, charge_usage
from services.charging.domain.state import RatingGroupState
from services.common.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Granting:
    """How grants are made. `wanted` False: the session ends, or the request is out of order.

    `subscribed`: what is in force now; usage may have been let through by more.
    `tariff_time_change`: the element splits usage where the price changes.
    `denied` '' or why nothing is granted to this subscriber at all.
    """

    subscribed: tuple[Subscribed, ...]
    under: Circumstances
    wanted: bool
    tariff_time_change: bool = False
    denied: str = ""


class SessionRun:
    """Works reports through."""

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
        self, reports: tuple[tuple[int, Report], ...], reporting: Reporting, granting: Granting
    ) -> tuple[GroupAnswer, ...]:
        """Answers each report in order: one that cannot be rated never hides the others."""
        charged = [self._charge(number, report, reporting) for number, report in reports]
        return tuple(
            self._answer(number, report, outcome, reporting, granting)
            for (number, report), outcome in zip(reports, charged, strict=True)
        )

    def give_back(self, number: int) -> None:
        """Gives back what is held for a rating group."""
        state = self.groups[number]
        for bucket_id, amount in state.reservations:
            self.draft.hold(bucket_id, -amount)
        self.groups[number] = state.granting(0, (), state.blocked)
        self.changed.add(number)

    def _charge(self, number: int, report: Report, reporting: Reporting) -> Reported | None:
        group = find_rating_group(self.subscribed, number)
        if group is None or (group.outcome and reporting.outcome is None):
            return None
        begins = number not in self.groups
        if begins:
            self.groups[number] = RatingGroupState(number, last_report_at=self._last_report_at)
        if reporting.out_of_order:
            self.changed.add(number)
        else:
            self.give_back(number)
        state = self.groups[number]
        reported = Reported(
            group,
            state.last_report_at,
            state.rated,
            state.local_sequence,
            state.missing_local_sequences,
            state.last_report_at,
        )
        for container in report.used:
            if reported.charge(reporting, container, self._next_charge_id()):
                self._charges += 1
        if begins and self.payer.ref:
            self._charge_peaks(reported, reporting)
        at = reported.last_report_at
        if not reporting.out_of_order:
            at = max(at, reporting.at)
        self.groups[number] = RatingGroupState(
            number,
            state.granted_units,
            state.reservations,
            reported.rated,
            reported.local_sequence,
            at,
            state.blocked,
            reported.missing_local_sequences,
        )
        self.overdrawn += reported.overdrawn
        return reported

    def _charge_peaks(self, reported: Reported, reporting: Reporting) -> None:
        """A session that begins to use a rating group may be one more at a time than ever this month."""
        for usage, before in new_peaks(
            self.draft, self.payer, self.subscribed, reported.group, reporting.under, reporting.at
        ):
            numbered = replace(usage, charge_id=self._next_charge_id())
            charge = charge_usage(self.draft, self.payer, numbered, before)
            if charge is not None:
                self._charges += 1
                reported.add(charge, usage.price, numbered.charge_id, reported.group.unit)

    def _next_charge_id(self) -> str:
        return f"c-{self._entry_id}-{self._charges + 1}"

    def _answer(
        self,
        number: int,
        report: Report,
        charged: Reported | None,
        reporting: Reporting,
        granting: Granting,
    ) -> GroupAnswer:
        if not self.subscribed:
            return self._without_subscription(number, Cost())
        if charged is None:
            detail = f"rating group {number} is unknown, or counts outcomes, which are events of their own"
            return GroupAnswer(number, ResultCode.RATING_FAILED, Cost(), detail=detail)
        if charged.failure is not None:
            return self._refused(number, charged, _code_of(charged.failure), charged.failure.detail)
        requested = report.requested
        if requested is not None and granting.wanted and not _nothing_wanted(requested, charged):
            return self._answer_wish(number, requested, charged, reporting, granting)
        if not reporting.out_of_order:
            self._set_blocked(number, False)
        return GroupAnswer(number, ResultCode.SUCCESS, charged.cost)

    def _answer_wish(
        self,
        number: int,
        requested: Measure,
        charged: Reported,
        reporting: Reporting,
        granting: Granting,
    ) -> GroupAnswer:
        if not granting.subscribed:
            return self._without_subscription(number, charged.cost)
        if charged.group.offline:
            detail = "charged as reported; nothing needs to be granted"
            code = ResultCode.QUOTA_MANAGEMENT_NOT_APPLICABLE
            return GroupAnswer(number, code, charged.cost, detail=detail)
        if granting.denied:
            return self._refused(number, charged, ResultCode.END_USER_SERVICE_DENIED, granting.denied)
        zone = self.payer.time_zone
        priced = select_price(granting.subscribed, number, granting.under, reporting.at, zone)
        if isinstance(priced, Unpriced):
            return self._refused(number, charged, _code_of(priced), priced.detail)
        return self._grant(number, charged, priced, requested, reporting, granting)

    def _grant(
        self,
        number: int,
        charged: Reported,
        priced: Priced,
        requested: Measure,
        reporting: Reporting,
        granting: Granting,
    ) -> GroupAnswer:
        group, interval = charged.group, reporting.at - charged.since
        granted = grant_units(
            self.draft,
            self.payer,
            GrantRequest(
                group=group,
                subscribed=granting.subscribed,
                priced=priced,
                rated=self.groups[number].rated,
                requested_units=requested.units(group.unit, group.direction),
                burn=Burn(charged.used_units, interval) if charged.used_units and interval > 0 else None,
                under=granting.under,
                at=reporting.at,
                tariff_time_change=granting.tariff_time_change,
                present=self.groups,
            ),
        )
        if granted is None:
            self._set_blocked(number, True)
            code, detail = ResultCode.QUOTA_LIMIT_REACHED, "nothing is left to pay with, or a cap is reached"
            return replace(
                self._refused(number, charged, code, detail),
                final_action=group.final_unit_action,
                redirect_address=group.redirect_address,
                retry_seconds=group.quota.maximum_validity_seconds,
            )
        self.groups[number] = self.groups[number].granting(granted.grant.units, granted.reservations, False)
        self.changed.add(number)
        return GroupAnswer(number, ResultCode.SUCCESS, charged.cost, granted.grant)

    def _without_subscription(self, number: int, cost: Cost) -> GroupAnswer:
        """Blocked as an empty account is: money that resumes a subscription calls the session back."""
        if self.payer.ref:
            self.groups.setdefault(number, RatingGroupState(number, last_report_at=self._last_report_at))
            self._set_blocked(number, True)
        detail = "no subscription is in force at that time"
        return GroupAnswer(number, ResultCode.END_USER_SERVICE_DENIED, cost, detail=detail)

    def _set_blocked(self, number: int, blocked: bool) -> None:
        if self.groups[number].blocked != blocked:
            self.groups[number] = replace(self.groups[number], blocked=blocked)
            self.changed.add(number)

    def _refused(self, number: int, charged: Reported, code: ResultCode, detail: str) -> GroupAnswer:
        payer = self.payer
        self.draft.events.append(
            ev.UsageRefused(payer.ref, payer.account_id, payer.subscriber_id, number, code.name)
        )
        return GroupAnswer(number, code, charged.cost, detail=detail)


def _nothing_wanted(requested: Measure, charged: Reported) -> bool:
    return requested.units(charged.group.unit, charged.group.direction) == 0


def _code_of(unpriced: Unpriced) -> ResultCode:
    return ResultCode.END_USER_SERVICE_DENIED if unpriced.denied else ResultCode.RATING_FAILED
