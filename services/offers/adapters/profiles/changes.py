"""What some records do to buckets, one change for each bucket however often it moved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from services.offers.domain.profiles.account import Bucket

Key = tuple[str, str]
"""Account and bucket."""


@dataclass(slots=True)
class BucketChanges:
    """Changes by bucket. A bucket that opened in the same records is changed right there.

    `holdings`: balance and reserved; `ends`: valid_until; `floors`: of buckets that were there before.
    """

    opens: dict[Key, Bucket] = field(default_factory=dict)
    holdings: dict[Key, tuple[int, int]] = field(default_factory=dict)
    ends: dict[Key, int] = field(default_factory=dict)
    floors: dict[Key, int] = field(default_factory=dict)
    closes: dict[Key, None] = field(default_factory=dict)

    def opened(self, account_id: str, bucket: Bucket) -> None:
        """A bucket is there, whatever was before under its id."""
        key = (account_id, bucket.bucket_id)
        self._forget(key)
        self.opens[key] = bucket

    def moved(self, account_id: str, bucket_id: str, balance: int, reserved: int) -> None:
        """What it holds now."""
        key = (account_id, bucket_id)
        bucket = self.opens.get(key)
        if bucket is None:
            self.holdings[key] = (balance, reserved)
        else:
            self.opens[key] = replace(bucket, balance=balance, reserved=reserved)

    def started(self, account_id: str, bucket_id: str, valid_until: int) -> None:
        """It has an end from now on."""
        key = (account_id, bucket_id)
        bucket = self.opens.get(key)
        if bucket is None:
            self.ends[key] = valid_until
        else:
            self.opens[key] = replace(bucket, valid_until=valid_until)

    def limited(self, account_id: str, bucket_id: str, floor: int) -> None:
        """How far it may be spent down."""
        key = (account_id, bucket_id)
        bucket = self.opens.get(key)
        if bucket is None:
            self.floors[key] = floor
        else:
            self.opens[key] = replace(bucket, floor=floor)

    def closed(self, account_id: str, bucket_id: str) -> None:
        """It is gone; one of the same id may open after it."""
        key = (account_id, bucket_id)
        self._forget(key)
        self.closes[key] = None

    def _forget(self, key: Key) -> None:
        for changes in (self.opens, self.holdings, self.ends, self.floors):
            changes.pop(key, None)

    def account_ids(self) -> set[str]:
        """Accounts of which something has changed."""
        every = (self.opens, self.holdings, self.ends, self.floors, self.closes)
        return {account_id for changes in every for account_id, _ in changes}

    def onto(self, accounts: dict[str, dict[str, Bucket]]) -> None:
        """Changes the buckets of those accounts that are given here; the others stay as they are."""
        for account_id, bucket_id in self.closes:
            accounts.get(account_id, {}).pop(bucket_id, None)
        for (account_id, bucket_id), bucket in self.opens.items():
            if account_id in accounts:
                accounts[account_id][bucket_id] = bucket
        for (account_id, bucket_id), (balance, reserved) in self.holdings.items():
            _change(accounts, account_id, bucket_id, balance=balance, reserved=reserved)
        for (account_id, bucket_id), valid_until in self.ends.items():
            _change(accounts, account_id, bucket_id, valid_until=valid_until)
        for (account_id, bucket_id), floor in self.floors.items():
            _change(accounts, account_id, bucket_id, floor=floor)


def _change(accounts: dict[str, dict[str, Bucket]], account_id: str, bucket_id: str, **values: Any) -> None:
    bucket = accounts.get(account_id, {}).get(bucket_id)
    if bucket is not None:
        accounts[account_id][bucket_id] = replace(bucket, **values)
