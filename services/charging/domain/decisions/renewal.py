"""What is due for a subscription by itself: the end of a period, of a trial, of the whole; a move.

One decision handles the earliest due instant and takes effect as of it, however
late it is decided; so after an outage the same entries follow each other
as if there had been none.
"""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.answers import NoAnswer
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.events import SubscriptionChange
from services.charging.domain.rating.tariff import Offering, Tariff
from services.charging.domain.state import PartitionState, Subscriber, Subscription
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.allowance_buckets import (
    close_past_buckets,
    closing_due,
    open_buckets,
    roll_over,
)
from services.charging.domain.subscriptions.commands import CloseBuckets, RenewSubscription
from services.charging.domain.subscriptions.fees import (
    FeeDue,
    charge_fees,
    chargeable,
    given_back,
    moved_fees,
    recurring_fees,
)
from services.charging.domain.subscriptions.life import changed, end, suspend
from services.charging.domain.subscriptions.periods import (
    Span,
    next_due,
    next_move,
    own_tariff,
    renewing_tariff,
    running_span,
)
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused

_NOTHING = Decided(ev.Operation.RENEW, NoAnswer(), ())


def renew_subscription(
    state: PartitionState, tariffs: Tariffs, command: RenewSubscription, moment: Moment
) -> Decided | Refused:
    """Does what is due first, if anything is due.

    CATALOG_NOT_PUBLISHED where the subscription's version is not known here
    (any more): it waits until it is.
    """
    subscriber = state.subscribers.get(command.subscriber_id)
    subscription = None if subscriber is None else subscriber.subscription(command.offering_code)
    if subscriber is None or subscription is None:
        return _NOTHING
    currency = state.accounts[subscriber.account_id].currency_code
    due = next_due(subscription, tariffs, currency)
    if due is None or due > moment.now:
        return _NOTHING
    draft = AccountDraft(state, (subscriber.account_id,), moment.entry_id)
    if not _settle(draft, tariffs, subscriber, subscription, currency, due):
        version = subscription.catalog_version
        return Refused(reasons.CATALOG_NOT_PUBLISHED, f"catalog version {version} is not known here")
    close_past_buckets(draft, subscriber.account_id, due)
    draft.reauthorise(subscriber.account_id)
    return Decided(ev.Operation.RENEW, NoAnswer(), tuple(draft.events))


def close_buckets(
    state: PartitionState, tariffs: Tariffs, command: CloseBuckets, moment: Moment
) -> Decided | Refused:
    """Takes away the buckets of an account that have been past for a day and hold nothing.

    Those that were due first; what is left of others may have to roll over
    before it is their turn.
    """
    if command.account_id not in state.accounts:
        return _NOTHING
    draft = AccountDraft(state, (command.account_id,), moment.entry_id)
    dues = (closing_due(item) for item in draft.buckets(command.account_id) if not item.reserved)
    due = min((due for due in dues if due is not None), default=None)
    if due is None or due > moment.now:
        return _NOTHING
    close_past_buckets(draft, command.account_id, due)
    return Decided(ev.Operation.RENEW, NoAnswer(), tuple(draft.events))


def _settle(
    draft: AccountDraft,
    tariffs: Tariffs,
    subscriber: Subscriber,
    subscription: Subscription,
    currency_code: str,
    due: Instant,
) -> bool:
    """The end goes before all; a trial is over before the period is. False: the version is not known."""
    if subscription.ends_at == due:
        end(draft, subscriber, subscription, due)
        return True
    own = own_tariff(tariffs, subscription, currency_code)
    if own is None:
        return False
    if subscription.trial_end == due:
        _end_trial(draft, subscriber, subscription, own, due)
    elif subscription.period_end == due:
        tariff = renewing_tariff(tariffs, subscription, currency_code, due)
        assert tariff is not None, "its own version is known"
        _begin_period(draft, subscriber, subscription, own, tariff, due)
    else:
        move = next_move(tariffs, subscription, currency_code)
        assert move is not None, "only a move is left to be due"
        _move(draft, subscriber, subscription, own, move[1], due)
    return True


def _end_trial(
    draft: AccountDraft, subscriber: Subscriber, subscription: Subscription, own: Tariff, at: Instant
) -> None:
    """From here on it is paid: the rest of the running period now, or the next one when that begins."""
    offering = own.offerings[subscription.offering_code]
    paid = replace(subscription, trial_end=None)
    dues: list[FeeDue] = []
    if subscription.period_end is not None and at < subscription.period_end:
        rest = _rest(offering, subscription, subscriber.time_zone, at)
        dues = recurring_fees(offering, own.version, subscription.period_number, rest)
        # What is paid begins here: a move from earlier on must not give back what was free.
        paid = replace(paid, period_start=at)
    if not chargeable(draft.money(subscriber.account_id), dues):
        suspend(draft, subscriber, subscription, offering, at)
        return
    changed(draft, subscriber.subscriber_id, paid, SubscriptionChange.TRIAL_ENDED)
    charge_fees(draft, subscriber.subscriber_id, dues)


def _begin_period(
    draft: AccountDraft,
    subscriber: Subscriber,
    subscription: Subscription,
    own: Tariff,
    tariff: Tariff,
    at: Instant,
) -> None:
    """The next period, in the version that then holds: its fees, its allowances, what rolls over."""
    offering = tariff.offerings[subscription.offering_code]
    number = subscription.period_number + 1
    after = replace(
        subscription,
        catalog_version=tariff.version,
        period_start=None,
        period_end=None,
        period_number=number,
    )
    dues: list[FeeDue] = []
    if offering.period is not None:
        span = running_span(subscription.started_at, offering.period, at, subscriber.time_zone)
        after = replace(after, period_start=at, period_end=span.end)
        if subscription.trial_end is None:
            dues = recurring_fees(offering, tariff.version, number, span)
    if not chargeable(draft.money(subscriber.account_id), dues):
        suspend(draft, subscriber, subscription, own.offerings[offering.code], at)
        return
    if tariff.version != subscription.catalog_version:
        moved = replace(subscription, catalog_version=tariff.version)
        changed(draft, subscriber.subscriber_id, moved, SubscriptionChange.MOVED)
    changed(draft, subscriber.subscriber_id, after, SubscriptionChange.RENEWED)
    charge_fees(draft, subscriber.subscriber_id, dues)
    roll_over(draft, subscriber, own.offerings[offering.code], after, at)
    if offering.period is not None:
        open_buckets(draft, subscriber, after, offering, at, renewing_only=True)


def _move(
    draft: AccountDraft,
    subscriber: Subscriber,
    subscription: Subscription,
    own: Tariff,
    tariff: Tariff,
    at: Instant,
) -> None:
    """Another version in the middle of a period: the rest of it is given back at the old fees and charged
    at the new. Allowances stay as they were filled; the new amounts come with the next period.
    """
    before, after = own.offerings[subscription.offering_code], tariff.offerings[subscription.offering_code]
    moved = replace(subscription, catalog_version=tariff.version)
    back: list[FeeDue] = []
    dues: list[FeeDue] = []
    if subscription.period_end is None:
        if after.period is not None:
            span = running_span(subscription.started_at, after.period, at, subscriber.time_zone)
            moved = replace(moved, period_start=at, period_end=span.end)
            dues = recurring_fees(after, tariff.version, moved.period_number, span)
    elif subscription.trial_end is None:
        back = given_back(_rest_fees(before, own.version, subscription, subscriber.time_zone, at))
        dues = _rest_fees(after, tariff.version, subscription, subscriber.time_zone, at)
    if not chargeable(draft.money(subscriber.account_id), [*back, *dues]):
        charge_fees(draft, subscriber.subscriber_id, back)
        suspend(draft, subscriber, moved, before, at)
        return
    changed(draft, subscriber.subscriber_id, moved, SubscriptionChange.MOVED)
    charge_fees(draft, subscriber.subscriber_id, [*back, *dues])


def _rest_fees(
    offering: Offering, version: int, subscription: Subscription, time_zone: str, at: Instant
) -> list[FeeDue]:
    if offering.period is None or subscription.period_start is None:
        return []
    rest = _rest(offering, subscription, time_zone, at)
    return moved_fees(offering, version, subscription.period_number, rest, subscription.period_start)


def _rest(offering: Offering, subscription: Subscription, time_zone: str, at: Instant) -> Span:
    """The rest of the running period; what is whole is a period of the offering."""
    assert subscription.period_start is not None and subscription.period_end is not None
    if offering.period is None:
        return Span(at, subscription.period_end, subscription.period_end - subscription.period_start)
    running = running_span(subscription.started_at, offering.period, subscription.period_start, time_zone)
    return Span(at, subscription.period_end, running.whole)
