"""What happens to one subscription: it begins, is suspended, resumes, ends. Shared by all who decide it."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain.events import SubscriptionChange
from services.charging.domain.rating.tariff import Offering, Tariff
from services.charging.domain.state import Subscriber, Subscription
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.allowance_buckets import (
    end_buckets,
    end_renewing_buckets,
    open_buckets,
)
from services.charging.domain.subscriptions.fees import (
    FeeDue,
    charge_fees,
    chargeable,
    covered,
    one_time_fees,
    recurring_fees,
)
from services.charging.domain.subscriptions.periods import (
    Span,
    as_of,
    renewing_tariff,
    running_span,
    started,
)
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import Instant


def changed(
    draft: AccountDraft, subscriber_id: str, subscription: Subscription, change: SubscriptionChange
) -> None:
    """Tells what happened to a subscription, and how it is now."""
    account_id = draft.subscriber(subscriber_id).account_id
    draft.record(ev.SubscriptionChanged(account_id, subscriber_id, subscription, change))


def first_fees(offering: Offering, subscription: Subscription, time_zone: str) -> list[FeeDue]:
    """What taking an offering costs: one-time fees, and those of its first period if it has no trial."""
    version, at = subscription.catalog_version, subscription.started_at
    dues = one_time_fees(offering, version, at)
    if offering.period is not None and subscription.trial_end is None:
        span = running_span(at, offering.period, at, time_zone)
        dues += recurring_fees(offering, version, 0, span)
    return dues


def begin(
    draft: AccountDraft, subscriber: Subscriber, subscription: Subscription, offering: Offering
) -> None:
    """Charges the first fees of a subscription that is there, and fills its allowances; or suspends it."""
    dues = first_fees(offering, subscription, subscriber.time_zone)
    if not chargeable(draft.money(subscriber.account_id), dues):
        never_begun = replace(
            subscription, suspended=True, period_start=None, period_end=None, trial_end=None, ends_at=None
        )
        changed(draft, subscriber.subscriber_id, never_begun, SubscriptionChange.SUSPENDED)
        return
    charge_fees(draft, subscriber.subscriber_id, dues)
    open_buckets(draft, subscriber, subscription, offering, subscription.started_at)


def suspend(
    draft: AccountDraft,
    subscriber: Subscriber,
    subscription: Subscription,
    offering: Offering,
    at: Instant,
) -> None:
    """A fee could not be paid: no prices and no allowances until it is.

    The running period ends here. What renews with it ends too; other
    allowances rest, and their time runs on.
    """
    period_end = None if subscription.period_end is None else at
    suspended = replace(subscription, suspended=True, trial_end=None, period_end=period_end)
    changed(draft, subscriber.subscriber_id, suspended, SubscriptionChange.SUSPENDED)
    end_renewing_buckets(draft, subscriber, offering, at)


def end(draft: AccountDraft, subscriber: Subscriber, subscription: Subscription, at: Instant) -> None:
    """Takes a subscription away; its buckets end with it."""
    gone = replace(subscription, ends_at=at)
    changed(draft, subscriber.subscriber_id, gone, SubscriptionChange.ENDED)
    end_buckets(draft, subscriber, subscription.offering_code, at)


def resume_suspended(draft: AccountDraft, tariffs: Tariffs, account_id: str, now: Instant) -> None:
    """Resumes what the account's money covers now, what was suspended first before the others."""
    account = draft.account(account_id)
    suspended = [
        (item.period_end or item.started_at, subscriber_id, item.offering_code)
        for subscriber_id in account.subscriber_ids
        for item in draft.subscriber(subscriber_id).subscriptions
        if item.suspended and (item.ends_at is None or now < item.ends_at)
    ]
    for _, subscriber_id, offering_code in sorted(suspended):
        subscriber = draft.subscriber(subscriber_id)
        subscription = subscriber.subscription(offering_code)
        assert subscription is not None, "what is resumed is there"
        tariff = renewing_tariff(tariffs, subscription, account.currency_code, now)
        if tariff is not None:
            _resume(draft, subscriber, subscription, tariff, now)


def _resume(
    draft: AccountDraft, subscriber: Subscriber, subscription: Subscription, tariff: Tariff, now: Instant
) -> None:
    """A subscription that never began does so now; any other begins its next period.

    Periods are counted from now, unless they are those of the calendar.
    """
    now = max(as_of(now, subscriber.time_zone), subscription.period_end or subscription.started_at)
    offering = tariff.offerings[subscription.offering_code]
    never_begun = subscription.period_start is None
    if never_begun:
        resumed = started(tariff, offering, now, subscriber.time_zone)
        dues = first_fees(offering, resumed, subscriber.time_zone)
    else:
        resumed, dues = _next_period(subscription, tariff, offering, subscriber.time_zone, now)
    if not covered(draft.money(subscriber.account_id), dues):
        return
    changed(draft, subscriber.subscriber_id, resumed, SubscriptionChange.RESUMED)
    charge_fees(draft, subscriber.subscriber_id, dues)
    open_buckets(draft, subscriber, resumed, offering, now, renewing_only=not never_begun)


def _next_period(
    subscription: Subscription, tariff: Tariff, offering: Offering, time_zone: str, now: Instant
) -> tuple[Subscription, list[FeeDue]]:
    on_the_calendar = offering.period is not None and offering.period.calendar
    anchor = subscription.started_at if on_the_calendar else now
    number = subscription.period_number + 1
    span: Span | None = None
    if offering.period is not None:
        span = running_span(anchor, offering.period, now, time_zone)
    resumed = replace(
        subscription,
        catalog_version=tariff.version,
        suspended=False,
        started_at=anchor,
        period_start=None if span is None else now,
        period_end=None if span is None else span.end,
        period_number=number,
    )
    dues = [] if span is None else recurring_fees(offering, tariff.version, number, span)
    return resumed, dues
