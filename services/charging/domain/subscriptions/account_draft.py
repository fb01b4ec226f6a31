"""Accounts as they would be, kept by applying each event at once to a copy of their part of the state.

What a decision about subscriptions does next depends on what it has done
before: a fee on the fees before it, a bucket on the buckets opened. Here
`apply` itself keeps that up, so there is no second account of what an event does.
"""

from __future__ import annotations

from services.charging.domain import events as ev
from services.charging.domain.answers import AccountAnswer, AccountView
from services.charging.domain.apply import apply_entry
from services.charging.domain.draft import Draft
from services.charging.domain.sessions.reauthorise import reauthorise
from services.charging.domain.state import Account, Bucket, PartitionState, Subscriber
from services.charging.domain.summary import account_view
from services.common.kernel.clock import EPOCH


def money_bucket_id(account_id: str) -> str:
    """The bucket that holds an account's money."""
    return f"{account_id}/money"


class AccountDraft:
    """One decision's accounts and the events so far. Charge ids are made of `entry_id`."""

    def __init__(self, state: PartitionState, account_ids: tuple[str, ...], entry_id: str) -> None:
        self.state = _part_of(state, account_ids)
        self.events: list[ev.Event] = []
        self.entry_id = entry_id
        self._fees: list[ev.FeeCharged] = []

    def record(self, *events: ev.Event) -> None:
        """Adds events; from here on they have happened."""
        for event in events:
            apply_entry(self.state, ev.Entry(EPOCH, ev.Operation.RENEW, (event,)))
            self.events.append(event)
            if isinstance(event, ev.FeeCharged):
                self._fees.append(event)

    def move(self, bucket_id: str, reason: ev.MovementReason, delta: int, charge_id: str = "") -> None:
        """Changes a balance, and tells the thresholds it crosses."""
        draft = Draft(self.state)
        draft.move(bucket_id, reason, delta, charge_id)
        self.record(*draft.events)

    def shift(self, bucket_id: str, reason: ev.MovementReason, delta: int) -> None:
        """Changes a balance that goes on elsewhere: nothing was used, so no threshold is crossed."""
        bucket = self.state.buckets[bucket_id]
        balance, reserved = bucket.balance + delta, bucket.reserved
        self.record(
            ev.BucketMoved(bucket.account_id, bucket_id, reason, bucket.unit, delta, balance, reserved)
        )

    def next_fee_id(self) -> str:
        """Charge id of the next fee: its place in the journal."""
        return f"f-{self.entry_id}-{len(self._fees) + 1}"

    def account(self, account_id: str) -> Account:
        """An account as it would be."""
        return self.state.accounts[account_id]

    def subscriber(self, subscriber_id: str) -> Subscriber:
        """A subscriber as it would be."""
        return self.state.subscribers[subscriber_id]

    def money(self, account_id: str) -> Bucket:
        """The money of an account as it would be."""
        return self.state.buckets[money_bucket_id(account_id)]

    def buckets(self, account_id: str) -> list[Bucket]:
        """Buckets of an account as they would be, in the order in which they were opened."""
        return [self.state.buckets[bucket_id] for bucket_id in self.state.accounts[account_id].bucket_ids]

    def reauthorise(self, account_id: str) -> int:
        """Calls the sessions back that had run dry, where there is something to use now. How many."""
        draft = Draft(self.state)
        told = reauthorise(draft, account_id)
        self.record(*draft.events)
        return told

    def view(self, account_id: str) -> AccountView:
        """An account as it would be shown."""
        return account_view(self.state, account_id)

    def answer(self, *account_ids: str, told: int = 0) -> AccountAnswer:
        """The accounts after it all, and the fees charged on the way."""
        return AccountAnswer(
            tuple(self.view(account_id) for account_id in account_ids),
            told,
            charge_ids=tuple(fee.charge_id for fee in self._fees),
            fees=sum(fee.amount for fee in self._fees),
        )


def _part_of(state: PartitionState, account_ids: tuple[str, ...]) -> PartitionState:
    part = PartitionState()
    for account_id in dict.fromkeys(account_ids):
        account = state.accounts[account_id]
        part.accounts[account_id] = account
        for bucket_id in account.bucket_ids:
            part.buckets[bucket_id] = state.buckets[bucket_id]
        for subscriber_id in account.subscriber_ids:
            part.subscribers[subscriber_id] = state.subscribers[subscriber_id]
            part.subscriber_buckets[subscriber_id] = state.subscriber_buckets[subscriber_id]
        refs = state.account_sessions.get(account_id)
        if refs:
            part.account_sessions[account_id] = set(refs)
            part.sessions.update((ref, state.sessions[ref]) for ref in refs)
    return part
