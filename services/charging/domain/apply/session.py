"""What happened to charging sessions."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.state import PartitionState, RatingGroupState, Session


def session_opened(state: PartitionState, event: ev.SessionOpened) -> None:
    """An open session of its account."""
    state.sessions[event.ref] = Session(
        event.ref,
        event.subscriber_id,
        event.account_id,
        event.nf_name,
        event.charging_id,
        event.circumstances,
        event.subscriptions,
        event.started_at,
        event.tariff_time_change,
    )
    state.account_sessions.setdefault(event.account_id, set()).add(event.ref)


def session_advanced(state: PartitionState, event: ev.SessionAdvanced) -> None:
    """How far a session has come."""
    before = state.sessions[event.ref]
    state.sessions[event.ref] = Session(
        before.ref,
        before.subscriber_id,
        before.account_id,
        before.nf_name,
        before.charging_id,
        event.circumstances,
        before.subscriptions,
        before.started_at,
        before.tariff_time_change,
        event.sequence,
        event.last_report_at,
        event.expires_at,
        event.reauthorisation_pending,
        event.missing_sequences,
        before.rating_groups,
    )


def rating_group_changed(state: PartitionState, event: ev.RatingGroupChanged) -> None:
    """One rating group of a session, replaced."""
    session = state.sessions[event.ref]
    changed = RatingGroupState(
        event.rating_group,
        event.granted_units,
        event.reservations,
        event.rated,
        event.local_sequence,
        event.last_report_at,
        event.blocked,
        event.missing_local_sequences,
    )
    state.sessions[event.ref] = session.with_group(changed)


def session_closed(state: PartitionState, event: ev.SessionClosed) -> None:
    """A session is over; one that expired is kept for a late report."""
    session = state.sessions.pop(event.ref)
    if event.cause is ev.CloseCause.EXPIRED:
        state.expired[event.ref] = _holding_nothing(session)
    open_sessions = state.account_sessions[event.account_id]
    open_sessions.discard(event.ref)
    if not open_sessions:
        del state.account_sessions[event.account_id]


def _holding_nothing(session: Session) -> Session:
    return replace(
        session,
        reauthorisation_pending=(),
        rating_groups={
            number: replace(group, granted_units=0, reservations=(), blocked=False)
            for number, group in session.rating_groups.items()
        },
    )


def session_resumed(state: PartitionState, event: ev.SessionResumed) -> None:
    """A session that had expired is open again."""
    state.sessions[event.ref] = state.expired.pop(event.ref)
    state.account_sessions.setdefault(event.account_id, set()).add(event.ref)


def reauthorisation_requested(state: PartitionState, event: ev.ReauthorisationRequested) -> None:
    """Rating groups that are to come back."""
    session = state.sessions[event.ref]
    pending = tuple(sorted({*session.reauthorisation_pending, *event.rating_groups}))
    state.sessions[event.ref] = replace(session, reauthorisation_pending=pending)
