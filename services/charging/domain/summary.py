"""Putting answers together from a draft."""

from __future__ import annotations

from functools import reduce

from services.charging.domain.answers import NO_COST, AccountView, ChargingAnswer, GroupAnswer, add_costs
from services.charging.domain.commands import Invocation
from services.charging.domain.draft import Draft
from services.charging.domain.sessions.usage import Payer
from services.charging.domain.state import Bucket, PartitionState


def charging_answer(
    draft: Draft, payer: Payer, invocation: Invocation, groups: tuple[GroupAnswer, ...], ref: str
) -> ChargingAnswer:
    """The answer to a charging request, with what the subscriber has left."""
    account = draft.state.accounts[payer.account_id]
    remaining = tuple(
        bucket
        for bucket in map(draft.bucket, draft.state.subscriber_buckets[payer.subscriber_id])
        if bucket.valid_until is None or invocation.at < bucket.valid_until
    )
    return ChargingAnswer(
        sequence=invocation.sequence,
        at=invocation.at,
        groups=groups,
        currency_code=payer.currency_code,
        cost=reduce(add_costs, (group.cost for group in groups), NO_COST),
        remaining=remaining,
        low_balance=_is_low(remaining, account.low_balance),
        ref=ref,
    )


def _is_low(buckets: tuple[Bucket, ...], mark: int | None) -> bool:
    return mark is not None and any(bucket.is_money and bucket.balance <= mark for bucket in buckets)


def account_view(state: PartitionState, account_id: str) -> AccountView:
    """An account as it stands."""
    account = state.accounts[account_id]
    return AccountView(
        account,
        tuple(state.subscribers[subscriber_id] for subscriber_id in account.subscriber_ids),
        tuple(state.buckets[bucket_id] for bucket_id in account.bucket_ids),
        len(state.account_sessions.get(account_id, ())),
    )


def drafted_view(draft: Draft, account_id: str) -> AccountView:
    """An existing account as it would stand."""
    view = account_view(draft.state, account_id)
    return AccountView(
        view.account,
        view.subscribers,
        tuple(draft.bucket(bucket.bucket_id) for bucket in view.buckets),
        view.open_sessions,
    )
