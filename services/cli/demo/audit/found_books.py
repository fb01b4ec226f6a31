"""Books as the witnesses give them: accounts as charging reports them, and the journal added up from zero."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.cli.demo.audit.comparison import Difference
from services.cli.demo.audit.expected import MONEY, AccountState, Books, ChargeKey, ChargeSum
from services.cli.demo.audit.witnesses import JournalEvidence, entries
from services.cli.replay.subscribers import AccountPlan


def reported_accounts(
    plans: Sequence[AccountPlan], accounts: Mapping[str, account_api_pb2.Account]
) -> dict[str, AccountState]:
    """Balances as GetAccount tells them."""
    return {
        plan.account_id: _reported(plan, accounts[plan.account_id])
        for plan in plans
        if plan.account_id in accounts
    }


def _reported(plan: AccountPlan, account: account_api_pb2.Account) -> AccountState:
    names = _captures_by_subscriber(plan, [item.subscriber_id for item in account.subscribers])
    balances: dict[str, int] = {}
    reserved = 0
    for bucket in account.buckets:
        is_money = bucket.HasField("money")
        key = MONEY if is_money else _allowance_key(bucket.bucket_id, bucket.subscriber_ids, names)
        balances[key] = bucket.money.minor_micros if is_money else bucket.quantity.amount
        reserved += bucket.money_reserved.minor_micros if is_money else bucket.quantity_reserved.amount
    return AccountState(balances, reserved, account.open_sessions)


class JournalBooks:
    """Adds a journal up: every movement, every charge, nothing taken from a balance it states."""

    def __init__(self, plans: Sequence[AccountPlan]) -> None:
        self.charge_count = 0
        self.inconsistencies: list[Difference] = []
        self._plans = {plan.account_id: plan for plan in plans}
        self._subscribers: defaultdict[str, list[str]] = defaultdict(list)
        self._buckets: dict[str, journal_pb2.BucketOpened] = {}
        self._balances: Counter[str] = Counter()
        self._reserved: dict[str, int] = {}
        self._sessions: Counter[str] = Counter()
        self._charges: dict[ChargeKey, ChargeSum] = {}

    def read(self, evidence: Sequence[JournalEvidence]) -> Books:
        """The books of the planned accounts; others are passed over."""
        for partition in evidence:
            for event in entries(partition.rows):
                self._take(event)
        opened = [account_id for account_id in self._plans if account_id in self._subscribers]
        return Books({account_id: self._state(account_id) for account_id in opened}, self._charges)

    def _take(self, event: journal_pb2.Event) -> None:
        match event.WhichOneof("event"):
            case "subscriber_added":
                added = event.subscriber_added
                self._subscribers[added.account_id].append(added.subscriber_id)
            case "bucket_opened":
                opened = event.bucket_opened
                self._buckets[opened.bucket_id] = opened
                self._balances[opened.bucket_id] += opened.balance
            case "bucket_moved":
                movement = event.bucket_moved.movement
                self._balances[movement.bucket_id] += movement.delta
                self._reserved[movement.bucket_id] = movement.reserved
            case "session_opened":
                self._sessions[event.session_opened.account_id] += 1
            case "session_closed":
                self._sessions[event.session_closed.account_id] -= 1
            case "usage_charged":
                self._take_charge(event.usage_charged)

    def _take_charge(self, charged: journal_pb2.UsageCharged) -> None:
        if charged.account_id not in self._plans:
            return
        self.charge_count += 1
        money = sum(debit.amount for debit in charged.debits if debit.unit == charged.currency_code)
        if money != charged.amount_minor_micros:
            self.inconsistencies.append(
                Difference("journal", f"debits of {charged.charge_id}", charged.amount_minor_micros, money)
            )
        key = ChargeKey(charged.account_id, charged.charging_id, charged.rating_group)
        self._charges[key] = self._charges.get(key, ChargeSum()) + ChargeSum(
            charged.used_units,
            charged.rated_units,
            sum(debit.amount for debit in charged.debits) - money,
            charged.amount_minor_micros,
        )

    def _state(self, account_id: str) -> AccountState:
        names = _captures_by_subscriber(self._plans[account_id], self._subscribers[account_id])
        mine = [bucket for bucket in self._buckets.values() if bucket.account_id == account_id]
        return AccountState(
            balances={
                MONEY
                if bucket.is_money
                else _allowance_key(bucket.bucket_id, bucket.subscriber_ids, names): self._balances[
                    bucket.bucket_id
                ]
                for bucket in mine
            },
            reserved=sum(self._reserved.get(bucket.bucket_id, 0) for bucket in mine),
            open_sessions=self._sessions[account_id],
        )


def _captures_by_subscriber(plan: AccountPlan, subscriber_ids: Sequence[str]) -> dict[str, str]:
    captures = [subscriber.capture for subscriber in plan.subscribers]
    return dict(zip(subscriber_ids, captures, strict=False))


def _allowance_key(bucket_id: str, subscriber_ids: Sequence[str], names: Mapping[str, str]) -> str:
    """`capture/offering/allowance`; without a capture where the bucket is shared."""
    _, offering, allowance = bucket_id.rsplit("/", 2)
    owner = names.get(subscriber_ids[0], subscriber_ids[0]) if subscriber_ids else ""
    return f"{owner}/{offering}/{allowance}"
