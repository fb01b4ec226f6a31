"""Giving units of an allowance to another subscriber."""

from __future__ import annotations

from dataclasses import replace

from services.charging.domain import events as ev
from services.charging.domain import reasons
from services.charging.domain.apply import member_counter
from services.charging.domain.decisions.decision import Decided, Moment
from services.charging.domain.draft import Draft
from services.charging.domain.state import Bucket, PartitionState, Subscriber
from services.charging.domain.subscriptions.account_draft import AccountDraft
from services.charging.domain.subscriptions.commands import GiftUnits
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused


def gift_units(
    state: PartitionState, tariffs: Tariffs, command: GiftUnits, moment: Moment
) -> Decided | Refused:
    """Moves units into a bucket of the other's own, on the same terms and for the rest of their validity.

    What is reserved cannot be given; of a shared bucket no more than the
    giver's own limit leaves, for what is given counts as used.
    """
    giver = state.subscribers.get(command.from_subscriber_id)
    taker = state.subscribers.get(command.to_subscriber_id)
    if giver is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "from_subscriber_identifier")
    if taker is None:
        return Refused(reasons.USER_UNKNOWN, "no such subscriber", "to_subscriber_identifier")
    source = _giftable(state, giver, taker, command.bucket_id, moment.now)
    if isinstance(source, Refused):
        return source
    left = Draft(state).usable(source, giver.subscriber_id)
    if left < command.units:
        return Refused(
            reasons.BALANCE_INSUFFICIENT,
            "so much is not there, is reserved, or is beyond the giver's limit",
            "units",
            {"available": str(max(0, left))},
        )
    draft = AccountDraft(state, (giver.account_id, taker.account_id), moment.entry_id)
    gift = _gift(source, taker, command.units, moment)
    _count_as_used(draft, state, source, giver.subscriber_id, command.units)
    draft.shift(source.bucket_id, ev.MovementReason.GIFTED, -command.units)
    draft.record(ev.BucketOpened(gift))
    draft.shift(gift.bucket_id, ev.MovementReason.GIFTED, command.units)
    told = draft.reauthorise(taker.account_id)
    answer = draft.answer(giver.account_id, taker.account_id, told=told)
    return Decided(ev.Operation.GIFT, replace(answer, bucket_id=gift.bucket_id), tuple(draft.events))


def _giftable(
    state: PartitionState, giver: Subscriber, taker: Subscriber, bucket_id: str, now: Instant
) -> Bucket | Refused:
    if bucket_id not in state.subscriber_buckets[giver.subscriber_id]:
        return Refused(reasons.BUCKET_UNKNOWN, "the giver has no such bucket", "bucket_id")
    if giver.subscriber_id == taker.subscriber_id:
        return Refused(reasons.FIELD_INVALID, "both are the same subscriber", "to_subscriber_identifier")
    for one, field in ((giver, "from_subscriber_identifier"), (taker, "to_subscriber_identifier")):
        if one.barred:
            return Refused(reasons.SUBSCRIBER_BARRED, "the subscriber is barred", field)
    bucket = state.buckets[bucket_id]
    if bucket.is_money or not bucket.giftable:
        return Refused(reasons.NOT_GIFTABLE, "what this bucket holds cannot be given away", "bucket_id")
    past = bucket.valid_until is not None and bucket.valid_until <= now
    if past or now < bucket.valid_from:
        return Refused(reasons.NOT_GIFTABLE, "this bucket is not valid now", "bucket_id")
    return bucket


def _gift(source: Bucket, taker: Subscriber, units: int, moment: Moment) -> Bucket:
    """Opened empty; the movement that fills it says where the units come from.

    It begins when the source did: an element's clock may be behind ours.
    """
    return replace(
        source,
        bucket_id=f"{taker.subscriber_id}/gift/{moment.entry_id}",
        account_id=taker.account_id,
        balance=0,
        reserved=0,
        initial=0,
        thresholds_percent=(),
        subscriber_ids=frozenset({taker.subscriber_id}),
        offering_code="",
        member_limit=0,
        rollover_periods=0,
    )


def _count_as_used(
    draft: AccountDraft, state: PartitionState, source: Bucket, subscriber_id: str, units: int
) -> None:
    if source.member_limit:
        name = member_counter(source.bucket_id)
        used = Draft(state).counter(subscriber_id, name)
        draft.record(ev.CounterAdvanced(subscriber_id, name, used + units))
