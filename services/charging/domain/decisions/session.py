"""Charging sessions: Create, Update, Release, and the expiry of silent ones (TS 32.290 clause 5.3)."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import GroupAnswer, NoAnswer
from services.charging.domain.commands import CreateSession, ExpireSession, Invocation, Report, UpdateSession
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.draft import Draft
from services.charging.domain.rating.select import Subscribed
from services.charging.domain.session_run import SessionRun
from services.charging.domain.state import PartitionState, Session, Subscriber
from services.charging.domain.summary import charging_answer
from services.charging.domain.tariffs import Tariffs
from services.charging.domain.usage import Payer
from services.common.kernel.clock import EPOCH, SECOND, Instant
from services.common.kernel.outcome import Refused

DEFAULT_SUPERVISION_SECONDS = 7_200
"""Tcc of a session that was never granted anything with a validity time."""

Reports = tuple[tuple[int, Report], ...]


def create_session(
    state: PartitionState, tariffs: Tariffs, command: CreateSession, moment: Moment
) -> Decided | Refused:
    """Opens a session; usage and wishes are optional."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "charging_data.subscriber_identifier")
    invocation = command.invocation
    subscriptions = tariffs.in_force(subscriber.subscriptions, invocation.at)
    subscribed = tariffs.subscribed(subscriptions)
    reports = numbered(invocation.reports, subscribed)
    if isinstance(reports, Refused):
        return reports
    zone = zone_of(subscribed, invocation.serving_plmn, None)
    ref = f"s-{moment.entry_id}"
    draft = Draft(state)
    draft.events.append(
        ev.SessionOpened(
            ref,
            subscriber.subscriber_id,
            subscriber.account_id,
            command.nf_name,
            command.charging_id,
            zone,
            subscriptions,
            invocation.at,
        )
    )
    payer = payer_of(state, subscriber, subscribed, command.nf_name, command.charging_id, ref)
    run = SessionRun(draft, payer, subscribed, {}, invocation.at, moment.entry_id)
    groups = run.run(reports, zone, zone, invocation.at, granting=True)
    draft.settle()
    draft.events.extend(_groups_changed(ref, run))
    expires_at = _supervision(groups, moment, EPOCH)
    draft.events.append(ev.SessionAdvanced(ref, invocation.sequence, invocation.at, expires_at, zone, ()))
    answer = charging_answer(draft, payer, invocation, groups, ref)
    return Decided(ev.Operation.CREATE_SESSION, answer, tuple(draft.events))


def update_session(
    state: PartitionState, tariffs: Tariffs, command: UpdateSession, moment: Moment
) -> Decided | Refused:
    """Charges what was used, then grants what is wanted; with `release`, closes the session."""
    session = state.sessions.get(command.ref)
    if session is None:
        return Refused(reasons.CONTEXT_NOT_FOUND, "no such charging session is open", "charging_data_ref")
    invocation = command.invocation
    if invocation.sequence <= session.last_sequence:
        return Refused(
            reasons.SEQUENCE_NUMBER_PASSED,
            f"the session is at number {session.last_sequence} already",
            "charging_data.invocation_sequence_number",
        )
    subscribed = tariffs.subscribed(session.subscriptions)
    reports = numbered(invocation.reports, subscribed)
    if isinstance(reports, Refused):
        return reports
    draft = Draft(state)
    run = _run_of(state, draft, session, subscribed, moment)
    zone = zone_of(subscribed, invocation.serving_plmn, session.zone)
    at = max(invocation.at, session.last_report_at)
    groups = run.run(reports, session.zone, zone, at, granting=not command.release)
    if command.release:
        _close(draft, run, session, ev.CloseCause.RELEASED)
    else:
        _advance(draft, run, session, invocation, groups, zone, moment)
    answer = charging_answer(draft, run.payer, invocation, groups, "")
    operation = ev.Operation.RELEASE_SESSION if command.release else ev.Operation.UPDATE_SESSION
    return Decided(operation, answer, tuple(draft.events))


def expire_session(
    state: PartitionState, tariffs: Tariffs, command: ExpireSession, moment: Moment
) -> Decided | Refused:
    """Closes a session that fell silent and gives back what was held for it (RFC 8506 section 13, Tcc)."""
    session = state.sessions.get(command.ref)
    if session is None or session.expires_at > moment.now:
        return Refused(reasons.CONTEXT_NOT_FOUND, "the session is not due to expire", "charging_data_ref")
    draft = Draft(state)
    run = _run_of(state, draft, session, tariffs.subscribed(session.subscriptions), moment)
    _close(draft, run, session, ev.CloseCause.EXPIRED)
    return Decided(ev.Operation.EXPIRE_SESSION, NoAnswer(), tuple(draft.events))


def numbered(reports: tuple[Report, ...], subscribed: tuple[Subscribed, ...]) -> Reports | Refused:
    """Reports with their rating group; one that names none means the catalog's default."""
    default = next(
        (
            item.tariff.default_rating_group
            for item in subscribed
            if item.tariff.default_rating_group is not None
        ),
        None,
    )
    named: dict[int, Report] = {}
    for index, report in enumerate(reports):
        field = f"charging_data.multiple_unit_usage[{index}].rating_group"
        number = report.rating_group if report.rating_group is not None else default
        if number is None:
            return Refused(reasons.FIELD_MISSING, "no rating group, and the catalog has no default", field)
        if number in named:
            return Refused(reasons.RATING_GROUP_REPEATED, f"rating group {number} is reported twice", field)
        named[number] = report
    return tuple(named.items())


def zone_of(subscribed: tuple[Subscribed, ...], serving_plmn: str | None, present: str | None) -> str:
    """Zone of a serving network by the subscriber's tariff; the present one where the request names none.

    `present` None: there is none yet, and home is meant. '' is a zone too:
    a network that the catalog does not know, where nothing is sold.
    """
    if not subscribed:
        return present or ""
    if serving_plmn is None:
        return subscribed[0].tariff.zones.home if present is None else present
    return subscribed[0].tariff.zones.zone_of(serving_plmn)


def payer_of(
    state: PartitionState,
    subscriber: Subscriber,
    subscribed: tuple[Subscribed, ...],
    nf_name: str,
    charging_id: str,
    ref: str,
) -> Payer:
    """Who pays for a subscriber's usage."""
    zone = subscriber.time_zone or (subscribed[0].tariff.time_zone if subscribed else "UTC")
    account = state.accounts[subscriber.account_id]
    return Payer(
        subscriber.subscriber_id, account.account_id, account.currency_code, zone, nf_name, charging_id, ref
    )


def _run_of(
    state: PartitionState, draft: Draft, session: Session, subscribed: tuple[Subscribed, ...], moment: Moment
) -> SessionRun:
    subscriber = state.subscribers[session.subscriber_id]
    payer = payer_of(state, subscriber, subscribed, session.nf_name, session.charging_id, session.ref)
    return SessionRun(
        draft, payer, subscribed, session.rating_groups, session.last_report_at, moment.entry_id
    )


def _advance(
    draft: Draft,
    run: SessionRun,
    session: Session,
    invocation: Invocation,
    groups: tuple[GroupAnswer, ...],
    zone: str,
    moment: Moment,
) -> None:
    draft.settle()
    draft.events.extend(_groups_changed(session.ref, run))
    came_back = {group.rating_group for group in groups}
    draft.events.append(
        ev.SessionAdvanced(
            session.ref,
            invocation.sequence,
            max(invocation.at, session.last_report_at),
            _supervision(groups, moment, session.expires_at),
            zone,
            tuple(number for number in session.reauthorisation_pending if number not in came_back),
        )
    )


def _close(draft: Draft, run: SessionRun, session: Session, cause: ev.CloseCause) -> None:
    for number in run.groups:
        run.give_back(number)
    expired = cause is ev.CloseCause.EXPIRED
    draft.settle(ev.MovementReason.EXPIRED if expired else ev.MovementReason.RELEASED)
    draft.events.append(ev.SessionClosed(session.ref, session.account_id, cause, session.nf_name))


def _groups_changed(ref: str, run: SessionRun) -> list[ev.RatingGroupChanged]:
    return [
        ev.RatingGroupChanged(
            ref,
            number,
            group.granted_units,
            group.reservations,
            group.rated,
            group.local_sequence,
            group.last_report_at,
            group.blocked,
        )
        for number in sorted(run.changed)
        for group in (run.groups[number],)
    ]


def _supervision(groups: tuple[GroupAnswer, ...], moment: Moment, present: Instant) -> Instant:
    """Tcc: twice the longest validity just answered; what runs already is never cut short."""
    validities = [
        group.grant.validity_seconds if group.grant is not None else group.retry_seconds for group in groups
    ]
    longest = max(validities, default=0)
    seconds = 2 * longest if longest else DEFAULT_SUPERVISION_SECONDS
    return Instant(max(present, moment.now + seconds * SECOND))
