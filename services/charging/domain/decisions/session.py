"""Charging sessions: Create, Update, Release, and the expiry of silent ones (TS 32.290 clause 5.3)."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import GroupAnswer, NoAnswer
from services.charging.domain.commands import CreateSession, ExpireSession, Invocation, Report, UpdateSession
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.draft import Draft
from services.charging.domain.rating.circumstances import Circumstances, Observed, classify
from services.charging.domain.rating.select import Subscribed
from services.charging.domain.sessions.numbering import is_new, seen
from services.charging.domain.sessions.reported import Reporting
from services.charging.domain.sessions.session_run import Granting, SessionRun
from services.charging.domain.sessions.usage import Payer
from services.charging.domain.state import PartitionState, Profile, Session, Subscriber
from services.charging.domain.summary import charging_answer
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import EPOCH, SECOND, Instant
from services.common.kernel.outcome import Refused

BARRED = "the subscriber is barred"

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
    if subscriber.barred:
        return Refused(reasons.SUBSCRIBER_BARRED, BARRED, "charging_data.subscriber_identifier")
    invocation = command.invocation
    currency = state.accounts[subscriber.account_id].currency_code
    subscriptions = tariffs.in_force(subscriber.subscriptions, invocation.at, currency)
    in_force = tariffs.subscribed(subscriptions, currency)
    through = tariffs.let_through(subscriber.subscriptions, invocation.at, currency)
    subscribed = tariffs.subscribed(through, currency)
    reports = numbered(invocation.reports, subscribed)
    if isinstance(reports, Refused):
        return reports
    under = circumstances_of(subscribed, invocation.observed, None, subscriber.profile)
    ref = f"s-{moment.entry_id}"
    draft = Draft(state)
    draft.events.append(
        ev.SessionOpened(
            ref,
            subscriber.subscriber_id,
            subscriber.account_id,
            command.nf_name,
            command.charging_id,
            under,
            subscriptions,
            invocation.at,
            command.tariff_time_change,
        )
    )
    payer = payer_of(state, subscriber, subscribed, command.nf_name, command.charging_id, ref)
    run = SessionRun(draft, payer, subscribed, {}, invocation.at, moment.entry_id)
    reporting = Reporting(draft, payer, subscribed, under, invocation.at)
    groups = run.run(reports, reporting, Granting(in_force, under, True, command.tariff_time_change))
    draft.settle()
    draft.events.extend(_groups_changed(ref, run))
    expires_at = _supervision(groups, moment, EPOCH)
    draft.events.append(ev.SessionAdvanced(ref, invocation.sequence, invocation.at, expires_at, under, ()))
    answer = charging_answer(draft, payer, invocation, groups, ref)
    return Decided(ev.Operation.CREATE_SESSION, answer, tuple(draft.events))


def update_session(
    state: PartitionState, tariffs: Tariffs, command: UpdateSession, moment: Moment
) -> Decided | Refused:
    """Charges what was used, then grants what is wanted; with `release`, closes the session.

    A session that expired a while ago is woken by a late report. A number that
    was left out before may still come: its usage is charged, nothing else.
    """
    session = state.sessions.get(command.ref)
    late = session is None
    session = session or state.expired.get(command.ref)
    if session is None:
        return Refused(reasons.CONTEXT_NOT_FOUND, "no such charging session is open", "charging_data_ref")
    invocation = command.invocation
    if not is_new(invocation.sequence, session.last_sequence, session.missing_sequences):
        return Refused(
            reasons.SEQUENCE_NUMBER_PASSED,
            f"the session is at number {session.last_sequence} already",
            "charging_data.invocation_sequence_number",
        )
    out_of_order = invocation.sequence < session.last_sequence
    draft = Draft(state)
    if late:
        draft.events.append(ev.SessionResumed(session.ref, session.account_id))
    at = invocation.at if out_of_order else max(invocation.at, session.last_report_at)
    run = _run_of(state, tariffs, draft, session, moment, at)
    reports = numbered(invocation.reports, run.subscribed)
    if isinstance(reports, Refused):
        return reports
    subscriber = state.subscribers[session.subscriber_id]
    before = session.circumstances
    under = (
        before
        if out_of_order
        else circumstances_of(run.subscribed, invocation.observed, before, subscriber.profile)
    )
    reporting = Reporting(
        draft, run.payer, run.subscribed, before, at, late=late or out_of_order, out_of_order=out_of_order
    )
    granting = Granting(
        _in_force(state, tariffs, session, at),
        under,
        wanted=not (command.release or out_of_order),
        tariff_time_change=session.tariff_time_change,
        denied=BARRED if subscriber.barred else "",
    )
    groups = run.run(reports, reporting, granting)
    if command.release:
        _close(draft, run, session, ev.CloseCause.RELEASED)
    else:
        _advance(draft, run, session, invocation, groups, under, moment)
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
    run = _run_of(state, tariffs, draft, session, moment, session.last_report_at)
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


def circumstances_of(
    subscribed: tuple[Subscribed, ...], observed: Observed, present: Circumstances | None, profile: Profile
) -> Circumstances:
    """The codes of what was observed, by the subscriber's tariff; what is not said stays as it was.

    `present` None: there is nothing yet, and home is meant. A zone '' is one
    too: a network that the catalog does not know, where nothing is sold.
    """
    if not subscribed:
        return present or Circumstances()
    if present is None and observed.device_class is None and profile.device_class:
        observed = replace(observed, device_class=profile.device_class)
    places = subscribed[0].tariff.places
    return classify(places, observed, present, profile.segment, profile.customer_value)


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
    state: PartitionState, tariffs: Tariffs, draft: Draft, session: Session, moment: Moment, at: Instant
) -> SessionRun:
    """What the session began with keeps its version; what was taken or has ended since counts from now on."""
    subscriber = state.subscribers[session.subscriber_id]
    currency = state.accounts[session.account_id].currency_code
    held = tariffs.let_through(subscriber.subscriptions, at, currency, session.subscriptions)
    subscribed = tariffs.subscribed(held, currency)
    payer = payer_of(state, subscriber, subscribed, session.nf_name, session.charging_id, session.ref)
    return SessionRun(
        draft, payer, subscribed, session.rating_groups, session.last_report_at, moment.entry_id
    )


def _in_force(
    state: PartitionState, tariffs: Tariffs, session: Session, at: Instant
) -> tuple[Subscribed, ...]:
    subscriptions = state.subscribers[session.subscriber_id].subscriptions
    currency = state.accounts[session.account_id].currency_code
    return tariffs.subscribed(tariffs.in_force(subscriptions, at, currency, session.subscriptions), currency)


def _advance(
    draft: Draft,
    run: SessionRun,
    session: Session,
    invocation: Invocation,
    groups: tuple[GroupAnswer, ...],
    under: Circumstances,
    moment: Moment,
) -> None:
    draft.settle()
    draft.events.extend(_groups_changed(session.ref, run))
    came_back = {group.rating_group for group in groups}
    last, missing = seen(invocation.sequence, session.last_sequence, session.missing_sequences)
    draft.events.append(
        ev.SessionAdvanced(
            session.ref,
            last,
            max(invocation.at, session.last_report_at),
            _supervision(groups, moment, session.expires_at),
            under,
            tuple(number for number in session.reauthorisation_pending if number not in came_back),
            missing,
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
            group.missing_local_sequences,
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
