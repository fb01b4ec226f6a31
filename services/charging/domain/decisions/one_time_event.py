"""Immediate events (RFC 8506 section 6): debit, price enquiry, balance check; TS 32.290 clause 5.2.2 IEC."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import GroupAnswer, ResultCode
from services.charging.domain.commands import Container, EventAction, OneTimeEvent, Report
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.decisions.session import numbered, payer_of, zone_of
from services.charging.domain.draft import Draft
from services.charging.domain.session_run import SessionRun
from services.charging.domain.state import PartitionState
from services.charging.domain.summary import charging_answer
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused

_REFUSALS = {
    ResultCode.RATING_FAILED: reasons.RATING_FAILED,
    ResultCode.END_USER_SERVICE_DENIED: reasons.END_USER_REQUEST_DENIED,
    ResultCode.QUOTA_LIMIT_REACHED: reasons.QUOTA_LIMIT_REACHED,
}


def one_time_event(
    state: PartitionState, tariffs: Tariffs, command: OneTimeEvent, moment: Moment
) -> Decided | Refused:
    """Works the event through on a draft. Only a debit keeps it, and only if all of it is paid."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "charging_data.subscriber_identifier")
    invocation = command.invocation
    subscribed = tariffs.subscribed(tariffs.in_force(subscriber.subscriptions, invocation.at))
    reports = numbered(invocation.reports, subscribed)
    if isinstance(reports, Refused):
        return reports
    if not reports:
        return Refused(
            reasons.FIELD_MISSING,
            "an event needs a rating group and units",
            "charging_data.multiple_unit_usage",
        )
    draft = Draft(state)
    payer = payer_of(state, subscriber, subscribed, command.nf_name, command.charging_id, "")
    run = SessionRun(draft, payer, subscribed, {}, invocation.at, moment.entry_id)
    zone = zone_of(subscribed, invocation.serving_plmn, None)
    wanted = tuple((number, _as_used(report)) for number, report in reports)
    groups = run.run(wanted, zone, zone, invocation.at, granting=False)
    draft.settle()
    if command.action is EventAction.DIRECT_DEBITING:
        refusal = _why_not(groups, run)
        if refusal is not None:
            return refusal
        events = tuple(draft.events)
    else:
        groups, events = _without_effect(command.action, groups, run), ()
        draft = Draft(state)
    answer = charging_answer(draft, payer, invocation, groups, "")
    return Decided(ev.Operation.ONE_TIME_EVENT, answer, events)


def _as_used(report: Report) -> Report:
    """An event's units may stand as used or as requested; both mean: this much, now."""
    if report.used or report.requested is None:
        return report
    return Report(report.rating_group, None, (Container(report.requested),))


def _why_not(groups: tuple[GroupAnswer, ...], run: SessionRun) -> Refused | None:
    for group in groups:
        if group.result is not ResultCode.SUCCESS:
            return Refused(
                _REFUSALS[group.result],
                group.detail,
                "charging_data.multiple_unit_usage",
                {"rating_group": str(group.rating_group)},
            )
    if run.overdrawn:
        return Refused(reasons.QUOTA_LIMIT_REACHED, "the balance does not cover this event", "")
    return None


def _without_effect(
    action: EventAction, groups: tuple[GroupAnswer, ...], run: SessionRun
) -> tuple[GroupAnswer, ...]:
    """An enquiry names no charges; a check says QUOTA_LIMIT_REACHED where all of it cannot be paid."""
    short = action is EventAction.CHECK_BALANCE and run.overdrawn > 0
    return tuple(
        replace(
            group,
            result=ResultCode.QUOTA_LIMIT_REACHED
            if short and group.result is ResultCode.SUCCESS
            else group.result,
            cost=replace(group.cost, charge_ids=()),
        )
        for group in groups
    )
