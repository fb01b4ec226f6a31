"""Who a subscriber is to the catalog, and whether they may use anything at all."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.state import PartitionState
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.commands import BarSubscriber, SetProfile
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused

_UNKNOWN = Refused(reasons.USER_UNKNOWN, "no such subscriber", "subscriber_identifier")


def set_profile(
    state: PartitionState, tariffs: Tariffs, command: SetProfile, moment: Moment
) -> Decided | Refused:
    """Sets segment, customer value and device class; running sessions are priced by them from then on."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return _UNKNOWN
    draft = AccountDraft(state, (subscriber.account_id,), moment.entry_id)
    draft.record(
        ev.SubscriberChanged(
            subscriber.account_id, subscriber.subscriber_id, command.profile, subscriber.barred, "", ""
        )
    )
    return Decided(ev.Operation.SET_PROFILE, draft.answer(subscriber.account_id), tuple(draft.events))


def bar_subscriber(
    state: PartitionState, tariffs: Tariffs, command: BarSubscriber, moment: Moment
) -> Decided | Refused:
    """Puts a subscriber on the stop list, and has their open sessions told to end; or takes them off it."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return _UNKNOWN
    draft = AccountDraft(state, (subscriber.account_id,), moment.entry_id)
    draft.record(
        ev.SubscriberChanged(
            subscriber.account_id,
            subscriber.subscriber_id,
            subscriber.profile,
            command.barred,
            command.reason,
            command.actor,
        )
    )
    aborted = _open_sessions(state, command) if command.barred else []
    for ref in aborted:
        draft.record(ev.AbortRequested(ref, state.sessions[ref].nf_name, "the subscriber is barred"))
    answer = replace(draft.answer(subscriber.account_id), aborted_sessions=len(aborted))
    return Decided(ev.Operation.BAR, answer, tuple(draft.events))


def _open_sessions(state: PartitionState, command: BarSubscriber) -> list[str]:
    account_id = state.subscribers[command.subscriber_id].account_id
    return [
        ref
        for ref in sorted(state.account_sessions.get(account_id, ()))
        if state.sessions[ref].subscriber_id == command.subscriber_id
    ]
