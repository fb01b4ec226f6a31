"""Accounts, subscribers and buckets in SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from services.notification.adapters.mirror.rows import Rows, replacing
from services.notification.domain.mirror.accounts import Account, Held, Holding, Subscriber
from services.notification.domain.mirror.outcome import Folded, Key

_ACCOUNT_COLUMNS = ("partition", "currency_code", "low_balance", "time_zone")
_SUBSCRIBER_COLUMNS = (
    *("account_id", "ordinal", "time_zone", "segment", "device_class", "customer_value", "zone", "barred"),
    *("holdings", "caps", "days"),
)
_BUCKET_COLUMNS = (
    *("name", "unit", "is_money", "balance", "given", "valid_until", "end_known_at", "offering_code"),
    "subscriber_ids",
)
_ACCOUNT = replacing("mirrored_account", ("account_id",), _ACCOUNT_COLUMNS)
# What is indexed is not written again: a subscriber stays on its account, and most buckets only move.
_SUBSCRIBER = replacing(
    "mirrored_subscriber", ("subscriber_id",), _SUBSCRIBER_COLUMNS, kept=("account_id", "ordinal")
)
_BUCKET = replacing("mirrored_bucket", ("account_id", "bucket_id"), _BUCKET_COLUMNS)
_BALANCE = replace(
    _BUCKET, conflict=" ON CONFLICT (account_id, bucket_id) DO UPDATE SET balance = excluded.balance"
)
_ACCOUNTS = (
    "SELECT account_id, currency_code, low_balance, time_zone FROM mirrored_account WHERE account_id IN"
)
_SUBSCRIBERS = (
    "SELECT account_id, subscriber_id, ordinal, time_zone, segment, device_class, customer_value, zone,"
    " barred, holdings, caps, days FROM mirrored_subscriber"
)
_BUCKETS = f"SELECT {', '.join(_BUCKET.columns)} FROM mirrored_bucket WHERE account_id IN"  # noqa: S608
_CLOSE = "DELETE FROM mirrored_bucket WHERE account_id = ? AND bucket_id = ?"


def load_accounts(rows: Rows, account_ids: Collection[str]) -> dict[str, Account]:
    """Those of some accounts that are known, with all that belongs to them."""
    if not account_ids:
        return {}
    found: dict[str, Account] = {}
    subscribers: dict[str, dict[str, Subscriber]] = {}
    buckets: dict[str, dict[str, Held]] = {}
    for account_id, subscriber in _read_subscribers(rows, "account_id", account_ids):
        subscribers.setdefault(account_id, {})[subscriber.subscriber_id] = subscriber
    for account_id, *columns in rows.among(_BUCKETS, account_ids):
        buckets.setdefault(account_id, {})[columns[0]] = _held(columns)
    for account_id, currency_code, low_balance, time_zone in rows.among(_ACCOUNTS, account_ids):
        found[account_id] = Account(
            account_id,
            currency_code,
            low_balance,
            time_zone,
            subscribers.get(account_id, {}),
            buckets.get(account_id, {}),
        )
    return found


def load_subscribers(rows: Rows, subscriber_ids: Iterable[str]) -> dict[str, tuple[str, Subscriber]]:
    """Those that are known, with their accounts."""
    found = _read_subscribers(rows, "subscriber_id", subscriber_ids)
    return {subscriber.subscriber_id: (account_id, subscriber) for account_id, subscriber in found}


def currencies(rows: Rows, account_ids: Collection[str]) -> dict[str, str]:
    """By account."""
    return {row[0]: row[1] for row in rows.among(_ACCOUNTS, account_ids)}


def store_accounts(rows: Rows, partition: int, folded: Folded) -> None:
    """Accounts as they are after some records."""
    accounts = folded.accounts
    rows.many(_CLOSE, sorted(folded.closed))
    rows.put(
        _ACCOUNT, [_account_row(partition, accounts[account_id]) for account_id in sorted(folded.described)]
    )
    # In the order of the tables: neighbours are on the same page.
    rows.put(_SUBSCRIBER, [_subscriber_row(key, accounts[key[0]]) for key in sorted(folded.subscribers)])
    for into, keys in ((_BUCKET, folded.buckets), (_BALANCE, folded.balances)):
        rows.put(into, [_bucket_row(key, accounts[key[0]].buckets[key[1]]) for key in sorted(keys)])


def _read_subscribers(rows: Rows, by: str, ids: Iterable[str]) -> Iterable[tuple[str, Subscriber]]:
    for account_id, *columns in rows.among(f"{_SUBSCRIBERS} WHERE {by} IN", ids):
        yield account_id, _subscriber(columns)


def _account_row(partition: int, account: Account) -> tuple[Any, ...]:
    return account.account_id, partition, account.currency_code, account.low_balance, account.time_zone


def _subscriber_row(key: Key, account: Account) -> tuple[Any, ...]:
    account_id, subscriber_id = key
    subscriber = account.subscribers[subscriber_id]
    *plain, holdings, caps, days = subscriber[1:]
    return (subscriber_id, account_id, *plain, json.dumps(holdings), json.dumps(caps), json.dumps(days))


def _subscriber(columns: Sequence[Any]) -> Subscriber:
    subscriber_id, ordinal, time_zone, segment, device_class, customer_value, zone, barred, *texts = columns
    holdings, caps, days = texts
    return Subscriber(
        *(subscriber_id, ordinal, time_zone, segment, device_class, customer_value, zone, bool(barred)),
        tuple(Holding(*each) for each in _listed(holdings)),
        tuple((counter, cap) for counter, cap in _listed(caps)),
        tuple((day, spent) for day, spent in _listed(days)),
    )


def _bucket_row(key: Key, held: Held) -> tuple[Any, ...]:
    return (key[0], *held[:-1], json.dumps(held.subscriber_ids))


def _held(columns: Sequence[Any]) -> Held:
    bucket_id, name, unit, is_money, balance, given, valid_until, end_known_at, *texts = columns
    offering_code, subscriber_ids = texts
    return Held(
        *(bucket_id, name, unit, bool(is_money), balance, given, valid_until, end_known_at, offering_code),
        subscriber_ids=tuple(_listed(subscriber_ids)),
    )


def _listed(text: str) -> Sequence[Any]:
    # Most are empty, and parsing costs more than looking.
    return json.loads(text) if text != "[]" else ()
