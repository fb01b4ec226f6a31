"""Accounts as the journal left them. Tuples: many are read, changed and written in every transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money, currency
from services.notification.domain.customers import Bucket, Customer
from services.notification.domain.facts import Recipient, Units

Days = tuple[tuple[int, int], ...]
"""What usage cost by day (ordinal of the date) in minor_micros, oldest first; no day without usage."""


class Holding(NamedTuple):
    """An offering that a subscriber has. `ends_at` 0: not known yet."""

    code: str
    suspended: bool = False
    ends_at: int = 0


class Held(NamedTuple):
    """An open bucket: money in minor_micros, or units. `valid_until` 0: no end is known.

    `given`: what it began with, 0 for money. `end_known_at`: since when it has had that end. No
    `subscriber_ids`: for everybody on the account.
    """

    bucket_id: str
    name: str
    unit: str
    is_money: bool
    balance: int
    given: int = 0
    valid_until: int = 0
    end_known_at: int = 0
    offering_code: str = ""
    subscriber_ids: tuple[str, ...] = ()

    def open_to(self, subscriber_id: str) -> bool:
        """True where the subscriber may use it."""
        return not self.subscriber_ids or subscriber_id in self.subscriber_ids


class Subscriber(NamedTuple):
    """A subscriber. `ordinal`: its place among those of its account, from 0.

    `caps`: own caps by counter code; None: lifted. `days`: of the last `unusual.MOST_DAYS` days and today.
    """

    subscriber_id: str
    ordinal: int
    time_zone: str = "UTC"
    segment: str = ""
    device_class: str = ""
    customer_value: int = 0
    zone: str = ""
    barred: bool = False
    holdings: tuple[Holding, ...] = ()
    caps: tuple[tuple[str, int | None], ...] = ()
    days: Days = ()


class Account(NamedTuple):
    """An account with all that belongs to it, buckets and subscribers by their ids.

    `low_balance`: threshold in minor_micros; None: there is none. `time_zone`: of its first subscriber;
    calendar months of the account go by it.
    """

    account_id: str
    currency_code: str = ""
    low_balance: int | None = None
    time_zone: str = "UTC"
    subscribers: Mapping[str, Subscriber] = {}
    buckets: Mapping[str, Held] = {}


def amount(account: Account, minor_micros: int) -> Money:
    """So much in the currency of an account. Raises ValueError where that is not known."""
    return Money(minor_micros, currency(account.currency_code))


def in_order(subscribers: Iterable[Subscriber]) -> list[Subscriber]:
    """As they came."""
    return sorted(subscribers, key=lambda each: (each.ordinal, each.subscriber_id))


def hearers(account: Account, subscriber_ids: Sequence[str] = ()) -> list[Recipient]:
    """Who is told of what concerns some subscribers of an account; of none in particular: everybody."""
    ids = subscriber_ids or [each.subscriber_id for each in in_order(account.subscribers.values())]
    return [Recipient(subscriber_id=each, account_id=account.account_id) for each in ids]


def bucket_of(account_id: str, held: Held) -> Bucket:
    """A bucket as everybody else sees it."""
    return Bucket(
        held.bucket_id,
        account_id,
        held.name,
        held.is_money,
        held.unit,
        held.balance,
        held.given,
        Instant(held.valid_until) if held.valid_until else None,
        held.offering_code,
        frozenset(held.subscriber_ids),
    )


def customer_of(account_id: str, currency_code: str, subscriber: Subscriber) -> Customer:
    """A subscriber as alert rules may know it."""
    return Customer(
        subscriber.subscriber_id,
        account_id,
        currency_code,
        subscriber.time_zone,
        subscriber.segment,
        subscriber.device_class,
        subscriber.customer_value,
        subscriber.zone,
        subscriber.barred,
        frozenset(holding.code for holding in subscriber.holdings),
    )


def left_in(buckets: Iterable[Held]) -> dict[str, Units]:
    """What is left of allowances, by bucket."""
    return {held.bucket_id: Units(held.balance, held.unit) for held in buckets if not held.is_money}


def money_in(buckets: Iterable[Held]) -> Money | None:
    """All money of some buckets, which are of one account. None: there is no money bucket."""
    money = [held for held in buckets if held.is_money]
    if not money:
        return None
    return Money(sum(held.balance for held in money), currency(money[0].unit))
