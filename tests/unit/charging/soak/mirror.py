"""Facts that the slow model does not work out for itself, taken over from the events into its dicts."""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain.events import MovementReason, SubscriptionChange
from services.charging.domain.state import Bucket, Subscription
from tests.unit.charging.soak.slow_model import SlowModel
from tests.unit.charging.soak.slow_state import Having, Purse

_SILENT_MOVES = {MovementReason.ROLLED_OVER, MovementReason.GIFTED}
"""They pass no thresholds: nothing was used."""

_USAGE_AND_HOLDS = {
    MovementReason.DEBITED,
    MovementReason.RESERVED,
    MovementReason.RELEASED,
    MovementReason.EXPIRED,
}


def take_over(model: SlowModel, event: ev.Event) -> None:
    """Takes one fact over. Usage is left out: the model has worked it out already."""
    match event:
        case ev.AccountOpened():
            model.currency[event.account_id] = event.currency_code
            model.credit[event.account_id] = event.credit_limit
        case ev.SubscriberAdded():
            model.account_of[event.subscriber_id] = event.account_id
            model.zone_of[event.subscriber_id] = event.time_zone
            model.profile[event.subscriber_id] = (event.profile.segment, event.profile.customer_value)
            model.having[event.subscriber_id] = {
                item.offering_code: _having(item) for item in event.subscriptions
            }
        case ev.SubscriptionChanged():
            _subscription(model, event)
        case ev.BucketOpened():
            model.balance[event.bucket.bucket_id] = event.bucket.balance
            if not event.bucket.is_money:
                model.purses[event.bucket.bucket_id] = _purse(event.bucket)
        case ev.BucketStarted():
            model.purses[event.bucket_id].until = event.valid_until
            model.purses[event.bucket_id].days_from_first_use = 0
        case ev.BucketMoved() if event.reason not in _USAGE_AND_HOLDS:
            if event.reason in _SILENT_MOVES:
                model.balance[event.bucket_id] += event.delta
            else:
                model.move(event.bucket_id, event.delta)
        case ev.BucketClosed():
            _closed(model, event)
        case ev.ChargeRefunded():
            for credit in event.credits:
                _give_member_back(model, event.subscriber_id, credit)


def _subscription(model: SlowModel, event: ev.SubscriptionChanged) -> None:
    having = model.having[event.subscriber_id]
    if event.change is SubscriptionChange.ENDED:
        del having[event.subscription.offering_code]
    else:
        having[event.subscription.offering_code] = _having(event.subscription)


def _having(item: Subscription) -> Having:
    ends = (item.ends_at,) if item.suspended else (item.ends_at, item.period_end, item.trial_end)
    return Having(
        item.catalog_version,
        item.started_at,
        item.ends_at,
        item.suspended,
        item.period_number,
        tuple(end for end in ends if end is not None),
        (item.period_end or 0) if item.suspended else 0,
    )


def _purse(bucket: Bucket) -> Purse:
    return Purse(
        account=bucket.account_id,
        priority=bucket.priority,
        groups=bucket.rating_groups,
        zones=bucket.conditions.zones,
        subscriber=next(iter(bucket.subscriber_ids), ""),
        start=bucket.valid_from,
        until=bucket.valid_until,
        initial=bucket.initial,
        thresholds=bucket.thresholds_percent,
        member_limit=bucket.member_limit,
        days_from_first_use=bucket.days_from_first_use,
        giftable=bucket.giftable,
        offering=bucket.offering_code,
    )


def _closed(model: SlowModel, event: ev.BucketClosed) -> None:
    del model.balance[event.bucket_id]
    del model.purses[event.bucket_id]
    for key in [key for key in model.member_used if key[0] == event.bucket_id]:
        del model.member_used[key]


def _give_member_back(model: SlowModel, subscriber: str, credit: ev.Debit) -> None:
    purse = model.purses.get(credit.bucket_id)
    if purse is not None and purse.member_limit:
        key = (credit.bucket_id, subscriber)
        model.member_used[key] = max(0, model.member_used.get(key, 0) - credit.amount)
