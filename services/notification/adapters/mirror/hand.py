"""Accounts used most recently, as the journal left them; the follower's thread looks into it too."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.notification.domain.mirror.accounts import Account


class Kept(NamedTuple):
    """An account and the record of its partition up to which that is so; `at`: when that was decided."""

    account: Account
    sequence: int
    at: int


@dataclass(slots=True)
class _Partition:
    sequence: int = 0
    at: int = 0
    accounts: OrderedDict[str, Account] = field(default_factory=OrderedDict)


class AtHand:
    """So many accounts of each partition at most. Changed on the event loop only, after each commit."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._partitions: dict[int, _Partition] = {}
        self._lock = threading.Lock()

    def among(self, partition: int, sequence: int, account_ids: Iterable[str]) -> dict[str, Account]:
        """Those of some accounts that are at hand, as they are after a record.

        None where what is here is of another record: another process has followed meanwhile, or a
        commit's answer was lost.
        """
        with self._lock:
            kept = self._partitions.get(partition)
            if kept is None or kept.sequence != sequence:
                return {}
            accounts = kept.accounts
            return {key: account for key in account_ids if (account := accounts.get(key)) is not None}

    def put(
        self, partition: int, before: int, sequence: int, at: int, accounts: Mapping[str, Account]
    ) -> None:
        """Accounts that records after `before`, up to `sequence`, have left so."""
        with self._lock:
            kept = self._partitions.setdefault(partition, _Partition())
            if kept.sequence != before:
                kept.accounts.clear()
            kept.sequence, kept.at = sequence, at
            for account_id, account in accounts.items():
                kept.accounts[account_id] = account
                kept.accounts.move_to_end(account_id)
            while len(kept.accounts) > self._most:
                kept.accounts.popitem(last=False)

    def positions(self) -> dict[int, tuple[int, int]]:
        """By partition, the last record applied by this process, and when that was decided."""
        with self._lock:
            return {number: (kept.sequence, kept.at) for number, kept in self._partitions.items()}

    def find(self, account_id: str) -> Kept | None:
        """An account, if it is at hand; it does not count as used."""
        with self._lock:
            for kept in self._partitions.values():
                account = kept.accounts.get(account_id)
                if account is not None:
                    return Kept(account, kept.sequence, kept.at)
        return None
