"""One-time events (RFC 8506 section 6; TS 32.290 clause 5.2.2): debit, price enquiry, balance check.

An immediate debit (IEC) is whole or not at all. A post event (PEC) comes after
the service was had: it is always charged, and overdraws where it must.
"""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import GroupAnswer, ResultCode
from services.charging.domain.commands import Container, EventAction, OneTimeEvent, Report
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.decisions.session import (
    BARRED,
    Reports,
    circumstances_of,
    numbered,
    payer_of,
)
from services.charging.domain.draft import Draft
from services.charging.domain.rating.select import Subscribed, find_rating_group
from services.charging.domain.sessions.reported import Reporting
from services.charging.domain.sessions.session_run import Granting, SessionRun
from services.charging.domain.sessions.spending import beyond_cap
from services.charging.domain.state import PartitionState, Subscriber
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
    """Works the event through on a draft. Only a debit keeps it, and an immediate one only if all is paid."""
    subscriber = _who(state, command)
    if isinstance(subscriber, Refused):
        return subscriber
    invocation = command.invocation
    subscribed = _subscribed(state, tariffs, command, subscriber)
    reports = _what(state, command, subscribed)
    if isinstance(reports, Refused):
        return reports
    draft = Draft(state)
    under = circumstances_of(subscribed, invocation.observed, None, subscriber.profile)
    payer = payer_of(state, subscriber, subscribed, command.nf_name, command.charging_id, "")
    run = SessionRun(draft, payer, subscribed, {}, invocation.at, moment.entry_id)
    wanted = tuple((number, _as_used(report)) for number, report in reports)
    reporting = Reporting(draft, payer, subscribed, under, invocation.at, outcome=invocation.outcome)
    groups = run.run(wanted, reporting, Granting(subscribed, under, wanted=False))
    draft.settle()
    short = _what_is_short(run, reporting, [number for number, _ in reports])
    if command.action is not EventAction.DIRECT_DEBITING:
        groups = _without_effect(command.action, groups, short)
        answer = charging_answer(Draft(state), payer, invocation, groups, "")
        return Decided(ev.Operation.ONE_TIME_EVENT, answer, ())
    refusal = _why_not(groups, "" if command.after_the_service else short)
    if refusal is not None:
        return refusal
    answer = charging_answer(draft, payer, invocation, groups, "")
    return Decided(ev.Operation.ONE_TIME_EVENT, answer, tuple(draft.events))


def _who(state: PartitionState, command: OneTimeEvent) -> Subscriber | Refused:
    """The subscriber; a barred one only after the service was had."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "charging_data.subscriber_identifier")
    if subscriber.barred and not command.after_the_service:
        return Refused(reasons.SUBSCRIBER_BARRED, BARRED, "charging_data.subscriber_identifier")
    return subscriber


def _what(
    state: PartitionState, command: OneTimeEvent, subscribed: tuple[Subscribed, ...]
) -> Reports | Refused:
    """The reports with their rating groups; an outcome by itself."""
    reports = numbered(command.invocation.reports, subscribed)
    if isinstance(reports, Refused):
        return reports
    if not reports:
        field = "charging_data.multiple_unit_usage"
        return Refused(reasons.FIELD_MISSING, "an event needs a rating group and units", field)
    return _outcome_refusal(state, command, reports, subscribed) or reports


def _subscribed(
    state: PartitionState, tariffs: Tariffs, command: OneTimeEvent, subscriber: Subscriber
) -> tuple[Subscribed, ...]:
    """What is in force, or after the service, what has let it through."""
    at = command.invocation.at
    currency = state.accounts[subscriber.account_id].currency_code
    if command.after_the_service:
        held = tariffs.let_through(subscriber.subscriptions, at, currency)
    else:
        held = tariffs.in_force(subscriber.subscriptions, at, currency)
    return tariffs.subscribed(held, currency)


def _what_is_short(run: SessionRun, reporting: Reporting, rating_groups: list[int]) -> str:
    """Why an event that is charged beforehand is not; '' nothing is short."""
    capped = beyond_cap(run.draft, run.payer, run.subscribed, rating_groups, reporting.under, reporting.at)
    if capped is not None:
        return f"the cap of counter {capped.code} would be passed"
    return "the balance does not cover this event" if run.overdrawn else ""


def _outcome_refusal(
    state: PartitionState, command: OneTimeEvent, reports: Reports, subscribed: tuple[Subscribed, ...]
) -> Refused | None:
    """An outcome stands alone in its event, is named, and is charged once."""
    groups = [find_rating_group(subscribed, number) for number, _ in reports]
    counts_outcomes = any(group is not None and group.outcome for group in groups)
    outcome = command.invocation.outcome
    if outcome is None:
        if counts_outcomes:
            return Refused(reasons.FIELD_MISSING, "which outcome was delivered?", "charging_data.outcome")
        return None
    if not counts_outcomes or len(reports) > 1 or len(reports[0][1].used) > 1:
        return Refused(
            reasons.FIELD_INVALID,
            "an outcome needs an event of its own, with one container of a rating group that counts outcomes",
            "charging_data.outcome",
        )
    charge_id = state.outcome_charges.get((command.subscriber_id, outcome.outcome_id))
    if charge_id is not None:
        return Refused(
            reasons.OUTCOME_CHARGED,
            "this outcome has been charged already",
            "charging_data.outcome.outcome_id",
            {"charge_id": charge_id},
        )
    return None


def _as_used(report: Report) -> Report:
    """An event's units may stand as used or as requested; both mean: this much, now."""
    if report.used or report.requested is None:
        return report
    return Report(report.rating_group, None, (Container(report.requested),))


def _why_not(groups: tuple[GroupAnswer, ...], short: str) -> Refused | None:
    for group in groups:
        if group.result is not ResultCode.SUCCESS:
            return Refused(
                _REFUSALS[group.result],
                group.detail,
                "charging_data.multiple_unit_usage",
                {"rating_group": str(group.rating_group)},
            )
    return Refused(reasons.QUOTA_LIMIT_REACHED, short, "") if short else None


def _without_effect(
    action: EventAction, groups: tuple[GroupAnswer, ...], short: str
) -> tuple[GroupAnswer, ...]:
    """An enquiry names no charges; a check says QUOTA_LIMIT_REACHED where all of it cannot be paid."""
    failed = action is EventAction.CHECK_BALANCE and bool(short)
    return tuple(
        replace(
            group,
            result=ResultCode.QUOTA_LIMIT_REACHED
            if failed and group.result is ResultCode.SUCCESS
            else group.result,
            detail=group.detail or (short if failed else ""),
            cost=replace(group.cost, charge_ids=()),
        )
        for group in groups
    )
