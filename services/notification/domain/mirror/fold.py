"""The fold: accounts and what happened next make the accounts after it, lines, totals, and facts.

In one go or in portions of any size it comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.notification.domain.customers import ASSISTANT
from services.notification.domain.mirror import telling
from services.notification.domain.mirror.accounts import Account, Held, Holding, Subscriber
from services.notification.domain.mirror.calendar import day_of, month_of
from services.notification.domain.mirror.happenings import (
    AccountOpened,
    Capped,
    Charged,
    Closed,
    Counted,
    Happening,
    MarkPassed,
    Moved,
    Opened,
    Refused,
    SeenIn,
    Started,
    SubscriberDescribed,
    SubscriberJoined,
    SubscriptionMoved,
    ThresholdPassed,
    ToppedUp,
)
from services.notification.domain.mirror.outcome import Folded
from services.notification.domain.mirror.unusual import UnusualRule, spent, unusual

CapOf = Callable[[str, str], int | None]
"""The catalog's cap of a counter, by its code and the account's currency; None: none that is known."""


def folded(
    accounts: Mapping[str, Account],
    happenings: Iterable[Happening],
    rule: UnusualRule,
    cap_of: CapOf,
) -> Folded:
    """The accounts after some happenings, in the order of the journal.

    `accounts`: all those named by the happenings that are known. Raises ValueError for money in what is no
    currency.
    """
    folding = _Folding(accounts, rule, cap_of)
    for happening in happenings:
        _FOLDS[type(happening)](folding, happening)
    return folding.result


class _Folding:
    """Accounts while they change: a copy of each is made once, not with every event."""

    def __init__(self, accounts: Mapping[str, Account], rule: UnusualRule, cap_of: CapOf) -> None:
        self._before = accounts
        self._rule = rule
        self._cap_of = cap_of
        self.result = Folded()

    def _account(self, account_id: str) -> Account:
        account = self.result.accounts.get(account_id)
        if account is None:
            known = self._before.get(account_id)
            account = known or Account(account_id)
            account = account._replace(subscribers=dict(account.subscribers), buckets=dict(account.buckets))
            self.result.accounts[account_id] = account
            if known is None:
                self.result.described.add(account_id)
        return account

    def _change(self, account: Account, **values: Any) -> Account:
        account = account._replace(**values)
        self.result.accounts[account.account_id] = account
        self.result.described.add(account.account_id)
        return account

    def _subscriber(self, account: Account, subscriber_id: str) -> Subscriber:
        """One that has not joined is made up of nothing: what follows of it is kept all the same."""
        found = account.subscribers.get(subscriber_id)
        return found or Subscriber(subscriber_id, len(account.subscribers), account.time_zone)

    def _keep(self, account: Account, subscriber: Subscriber) -> None:
        _writable(account.subscribers)[subscriber.subscriber_id] = subscriber
        self.result.subscribers.add((account.account_id, subscriber.subscriber_id))

    def opened_account(self, happened: AccountOpened) -> None:
        account = self._account(happened.account_id)
        self._change(account, currency_code=happened.currency_code, low_balance=happened.low_balance)

    def joined(self, happened: SubscriberJoined) -> None:
        account = self._account(happened.account_id)
        if not account.subscribers:
            account = self._change(account, time_zone=happened.time_zone)
        subscriber = self._subscriber(account, happened.subscriber_id)
        self._keep(
            account,
            subscriber._replace(
                time_zone=happened.time_zone,
                segment=happened.segment,
                device_class=happened.device_class,
                customer_value=happened.customer_value,
                holdings=happened.holdings,
            ),
        )

    def described_subscriber(self, happened: SubscriberDescribed) -> None:
        account = self._account(happened.account_id)
        subscriber = self._subscriber(account, happened.subscriber_id)
        # A new profile says of the bar what it was, and names nobody.
        is_about_the_bar = bool(happened.actor) or happened.barred != subscriber.barred
        if is_about_the_bar and happened.actor != ASSISTANT:
            self.result.barred_by_others[happened.subscriber_id] = happened.at
        self._keep(
            account,
            subscriber._replace(
                segment=happened.segment,
                device_class=happened.device_class,
                customer_value=happened.customer_value,
                barred=happened.barred,
            ),
        )

    def subscribed(self, happened: SubscriptionMoved) -> None:
        account = self._account(happened.account_id)
        subscriber = self._subscriber(account, happened.subscriber_id)
        held = _held_after(subscriber.holdings, happened)
        self._keep(account, subscriber._replace(holdings=held))
        self.result.facts.extend(telling.subscription_changed(happened))

    def seen_in(self, happened: SeenIn) -> None:
        account = self._account(happened.account_id)
        subscriber = self._subscriber(account, happened.subscriber_id)
        if subscriber.zone != happened.zone:
            self._keep(account, subscriber._replace(zone=happened.zone))

    def capped(self, happened: Capped) -> None:
        account = self._account(happened.account_id)
        subscriber = self._subscriber(account, happened.subscriber_id)
        caps = dict(subscriber.caps)
        caps.pop(happened.counter, None)
        if happened.cap is not None or happened.lifted:
            caps[happened.counter] = None if happened.lifted else happened.cap
        self._keep(account, subscriber._replace(caps=tuple(sorted(caps.items()))))

    def opened(self, happened: Opened) -> None:
        self._hold(self._account(happened.account_id), happened.held)

    def moved(self, happened: Moved) -> None:
        account = self._account(happened.account_id)
        held = account.buckets.get(happened.bucket_id)
        if held is not None and held.balance != happened.balance:
            _writable(account.buckets)[held.bucket_id] = held._replace(balance=happened.balance)
            key = (account.account_id, held.bucket_id)
            if key not in self.result.buckets:
                self.result.balances.add(key)

    def topped_up(self, happened: ToppedUp) -> None:
        account = self._account(happened.account_id)
        held = account.buckets.get(happened.bucket_id)
        if held is not None:
            self.result.facts.extend(telling.topped_up(account, held, happened))

    def started(self, happened: Started) -> None:
        account = self._account(happened.account_id)
        held = account.buckets.get(happened.bucket_id)
        if held is not None:
            self._hold(account, held._replace(valid_until=happened.valid_until, end_known_at=happened.at))

    def _hold(self, account: Account, held: Held) -> None:
        key = (account.account_id, held.bucket_id)
        _writable(account.buckets)[held.bucket_id] = held
        self.result.buckets.add(key)
        self.result.balances.discard(key)
        self.result.closed.discard(key)

    def closed(self, happened: Closed) -> None:
        account = self._account(happened.account_id)
        key = (account.account_id, happened.bucket_id)
        _writable(account.buckets).pop(happened.bucket_id, None)
        self.result.buckets.discard(key)
        self.result.balances.discard(key)
        self.result.closed.add(key)

    def charged(self, happened: Charged) -> None:
        account = self._account(happened.account_id)
        if not account.currency_code and happened.currency_code:
            account = self._change(account, currency_code=happened.currency_code)
        if not happened.currency_code:
            happened = happened._replace(currency_code=account.currency_code)
        self.result.charges.append(happened)
        if happened.paid:
            self._total(account, happened)
        if happened.kind == "usage":
            self._used(account, happened)
        elif happened.subscriber_id not in account.subscribers:
            self._keep(account, self._subscriber(account, happened.subscriber_id))

    def _total(self, account: Account, happened: Charged) -> None:
        key = (account.account_id, month_of(happened.booked_at, account.time_zone))
        total, lines = self.result.months.get(key, (0, 0))
        self.result.months[key] = (total + happened.paid, lines + 1)

    def _used(self, account: Account, happened: Charged) -> None:
        before = self._subscriber(account, happened.subscriber_id)
        day = day_of(happened.booked_at, before.time_zone)
        days = spent(before.days, day, happened.paid)
        zone = happened.zone or before.zone
        if days is before.days and zone == before.zone and before.subscriber_id in account.subscribers:
            return
        self._keep(account, before._replace(days=days, zone=zone))
        if not happened.paid or unusual(before.days, day, self._rule):
            return
        if found := unusual(days, day, self._rule):
            subscriber_id, at, factor = happened.subscriber_id, happened.booked_at, self._rule.factor
            self.result.facts.extend(telling.unusually_used(account, subscriber_id, at, day, found, factor))

    def counted(self, happened: Counted) -> None:
        key = (happened.owner_id, happened.counter, happened.period)
        begun_at, _ = self.result.counters.get(key, (happened.at, 0))
        self.result.counters[key] = (begun_at, happened.value)

    def threshold_passed(self, happened: ThresholdPassed) -> None:
        account = self._account(happened.account_id)
        held = account.buckets.get(happened.bucket_id)
        if held is not None:
            self.result.facts.extend(telling.threshold_passed(account, held, happened))

    def mark_passed(self, happened: MarkPassed) -> None:
        account = self._account(happened.account_id)
        subscriber = account.subscribers.get(happened.subscriber_id)
        own = dict(subscriber.caps) if subscriber else {}
        counter = happened.counter
        cap = own[counter] if counter in own else self._cap_of(counter, account.currency_code)
        self.result.facts.extend(telling.mark_passed(account, happened, cap))

    def refused(self, happened: Refused) -> None:
        self.result.facts.extend(telling.refused(happened))


def _held_after(holdings: Sequence[Holding], happened: SubscriptionMoved) -> tuple[Holding, ...]:
    others = [each for each in holdings if each.code != happened.holding.code]
    if happened.change != "ended":
        others.append(happened.holding)
    return tuple(sorted(others))


def _writable(values: Mapping[str, Any]) -> dict[str, Any]:
    """The folding's own copy, which it alone may change."""
    assert isinstance(values, dict)
    return values


_FOLDS: dict[type, Callable[[_Folding, Any], None]] = {
    AccountOpened: _Folding.opened_account,
    SubscriberJoined: _Folding.joined,
    SubscriberDescribed: _Folding.described_subscriber,
    SubscriptionMoved: _Folding.subscribed,
    SeenIn: _Folding.seen_in,
    Opened: _Folding.opened,
    Moved: _Folding.moved,
    ToppedUp: _Folding.topped_up,
    Started: _Folding.started,
    Closed: _Folding.closed,
    Charged: _Folding.charged,
    Counted: _Folding.counted,
    Capped: _Folding.capped,
    ThresholdPassed: _Folding.threshold_passed,
    MarkPassed: _Folding.mark_passed,
    Refused: _Folding.refused,
}
