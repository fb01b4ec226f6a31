"""What comes of a fold: what has to be stored, and what is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.notification.domain.facts import Fact
from services.notification.domain.mirror.accounts import Account
from services.notification.domain.mirror.happenings import Charged

Key = tuple[str, str]
"""Account, and subscriber, bucket or month."""


@dataclass(slots=True)
class Folded:
    """What came of it. Accounts and totals are only those to which something happened.

    `counters`: by owner, counter and period, when they were first told of, and the value. `months`: what
    was added to the total, and how many lines had an amount.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    described: set[str] = field(default_factory=set)
    """Accounts of which something but subscribers and buckets has changed."""
    subscribers: set[Key] = field(default_factory=set)
    buckets: set[Key] = field(default_factory=set)
    """Opened or started; those that are closed by now are in `closed` alone."""
    balances: set[Key] = field(default_factory=set)
    """Of buckets that have done nothing but move."""
    closed: set[Key] = field(default_factory=set)
    charges: list[Charged] = field(default_factory=list)
    months: dict[Key, tuple[int, int]] = field(default_factory=dict)
    counters: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    barred_by_others: dict[str, int] = field(default_factory=dict)
    """Subscribers whom somebody but this service barred, or freed, and when that was last."""
    facts: list[Fact] = field(default_factory=list)

    def moved_accounts(self) -> set[str]:
        """Accounts whose buckets are not what they were."""
        return {account_id for keys in (self.buckets, self.balances, self.closed) for account_id, _ in keys}
