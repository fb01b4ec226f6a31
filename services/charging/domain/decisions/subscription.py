"""Taking an offering, and giving it up."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.decisions.provision import CATALOG_REASONS
from services.charging.domain.events import SubscriptionChange
from services.charging.domain.rating.quote import expand
from services.charging.domain.rating.tariff import Tariff, TariffError
from services.charging.domain.state import PartitionState, Subscriber, Subscription
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.allowance_buckets import open_buckets
from services.charging.domain.subscriptions.commands import CancelSubscription, Subscribe
from services.charging.domain.subscriptions.fees import FeeDue, charge_fees, covered
from services.charging.domain.subscriptions.life import changed, end, first_fees
from services.charging.domain.subscriptions.periods import as_of, own_tariff, started
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import Refused


def subscribe(
    state: PartitionState, tariffs: Tariffs, command: Subscribe, moment: Moment
) -> Decided | Refused:
    """Takes an offering with all that comes with it, charges its first fees and fills its allowances.

    An offering without periods may be taken again: its fees are charged and
    its allowances filled once more. Members of a bundle that are had already
    and have periods stay as they are.
    """
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "subscriber_identifier")
    if subscriber.barred:
        return Refused(reasons.SUBSCRIBER_BARRED, "the subscriber is barred", "subscriber_identifier")
    account = state.accounts[subscriber.account_id]
    at = moment.now if command.effective_from is None else command.effective_from
    tariff = tariffs.effective(at, account.currency_code)
    if tariff is None:
        return Refused(
            reasons.CATALOG_NOT_PUBLISHED, "no catalog version is in effect at that time", "effective_from"
        )
    try:
        codes = expand(tariff, [command.offering_code], command.chosen)
    except TariffError as error:
        return Refused(CATALOG_REASONS[error.reason], error.message, "subscription")
    taken = [code for code in codes if not _stays(subscriber, tariff, code)]
    if command.offering_code not in taken:
        return Refused(
            reasons.ALREADY_SUBSCRIBED, f"the subscriber has {command.offering_code}", "subscription"
        )
    return _taken(state, command, subscriber, tariff, taken, moment)


def _taken(
    state: PartitionState,
    command: Subscribe,
    subscriber: Subscriber,
    tariff: Tariff,
    codes: list[str],
    moment: Moment,
) -> Decided | Refused:
    draft = AccountDraft(state, (subscriber.account_id,), moment.entry_id)
    start = command.effective_from
    if start is None:
        start = as_of(moment.now, subscriber.time_zone)
    fresh = [started(tariff, tariff.offerings[code], start, subscriber.time_zone) for code in codes]
    dues: list[FeeDue] = []
    for subscription in fresh:
        dues += first_fees(tariff.offerings[subscription.offering_code], subscription, subscriber.time_zone)
    money = draft.money(subscriber.account_id)
    if not covered(money, dues):
        return Refused(
            reasons.BALANCE_INSUFFICIENT,
            "the account's money does not cover the first fees",
            "subscription",
            {
                "available": str(max(0, money.available)),
                "required": str(sum(due.minor_micros for due in dues)),
            },
        )
    for subscription in fresh:
        had = subscriber.subscription(subscription.offering_code)
        kept = subscription if had is None else _taken_again(had, subscription)
        changed(draft, subscriber.subscriber_id, kept, SubscriptionChange.STARTED)
    charge_fees(draft, subscriber.subscriber_id, dues)
    for subscription in fresh:
        offering = tariff.offerings[subscription.offering_code]
        purchase = offering.period is None
        open_buckets(draft, subscriber, subscription, offering, start, purchase=purchase)
    if command.reference:
        why = f"subscribed to {command.offering_code}"
        draft.record(ev.BalanceCorrected(subscriber.account_id, why, "", command.reference))
    told = draft.reauthorise(subscriber.account_id)
    answer = draft.answer(subscriber.account_id, told=told)
    return Decided(ev.Operation.SUBSCRIBE, answer, tuple(draft.events))


def _stays(subscriber: Subscriber, tariff: Tariff, code: str) -> bool:
    """True for what is had and cannot be had twice: it has periods, or waits for money to begin."""
    had = subscriber.subscription(code)
    if had is None:
        return False
    return had.suspended or had.period_end is not None or tariff.offerings[code].period is not None


def _taken_again(had: Subscription, fresh: Subscription) -> Subscription:
    """Had since before, on the terms of now, and as long as the longer of both."""
    ends = (had.ends_at, fresh.ends_at)
    longer = None if None in ends else max(end for end in ends if end is not None)
    return replace(fresh, started_at=min(had.started_at, fresh.started_at), ends_at=longer)


def cancel_subscription(
    state: PartitionState, tariffs: Tariffs, command: CancelSubscription, moment: Moment
) -> Decided | Refused:
    """Ends a subscription with what came with it; with its period, if it has one and that is wanted."""
    subscriber = state.subscribers.get(command.subscriber_id)
    if subscriber is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "subscriber_identifier")
    if subscriber.subscription(command.offering_code) is None:
        return Refused(
            reasons.NOT_SUBSCRIBED, f"the subscriber does not have {command.offering_code}", "offering_code"
        )
    draft = AccountDraft(state, (subscriber.account_id,), moment.entry_id)
    currency = draft.account(subscriber.account_id).currency_code
    for code in _with_members(tariffs, subscriber, command.offering_code, currency):
        subscription = draft.subscriber(subscriber.subscriber_id).subscription(code)
        assert subscription is not None, "only what is had is given up"
        _give_up(draft, subscriber, subscription, command.at_period_end, moment)
    if command.reason:
        why = f"cancelled {command.offering_code}: {command.reason}"
        draft.record(ev.BalanceCorrected(subscriber.account_id, why, "", ""))
    return Decided(ev.Operation.CANCEL, draft.answer(subscriber.account_id), tuple(draft.events))


def _give_up(
    draft: AccountDraft,
    subscriber: Subscriber,
    subscription: Subscription,
    at_period_end: bool,
    moment: Moment,
) -> None:
    """A trial that is given up with its period ends with the trial, so that it is never paid."""
    ends = [subscription.period_end, subscription.trial_end, subscription.ends_at]
    known = [at for at in ends if at is not None]
    if not at_period_end or subscription.suspended or not known:
        end(draft, subscriber, subscription, moment.now)
        return
    ending = replace(subscription, ends_at=min(known))
    changed(draft, subscriber.subscriber_id, ending, SubscriptionChange.CANCELLED)


def _with_members(
    tariffs: Tariffs, subscriber: Subscriber, offering_code: str, currency_code: str
) -> list[str]:
    """An offering, and of what it brings whatever no other offering of the subscriber brings too."""
    held = {item.offering_code: item for item in subscriber.subscriptions}

    def members(code: str) -> set[str]:
        tariff = own_tariff(tariffs, held[code], currency_code)
        if tariff is None:
            return set()
        offering = tariff.offerings[code]
        return (set(offering.includes) | offering.choice[2]) & held.keys()

    gone = [offering_code]
    for code in gone:
        others = {member for other in held.keys() - set(gone) for member in members(other)}
        gone += sorted(members(code) - others - set(gone))
    return gone
