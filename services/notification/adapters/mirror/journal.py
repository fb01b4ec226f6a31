"""Charging's journal applied: the one place where followed records become accounts and facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.following import FollowedRecord
from services.notification.adapters.mirror.account_rows import load_accounts, store_accounts
from services.notification.adapters.mirror.charge_rows import store_charges, store_position
from services.notification.adapters.mirror.hand import AtHand, Kept
from services.notification.adapters.mirror.messages import happened
from services.notification.adapters.mirror.rows import Rows
from services.notification.adapters.tools.sql_proposals import forget_suspension
from services.notification.adapters.within import IntakeWithin
from services.notification.application.ports import Balances, RulesInForce
from services.notification.domain.facts import Fact
from services.notification.domain.mirror.accounts import bucket_of
from services.notification.domain.mirror.fold import CapOf, folded
from services.notification.domain.mirror.happenings import Counted
from services.notification.domain.mirror.outcome import Folded
from services.notification.domain.mirror.unusual import UnusualRule
from services.notification.domain.notifications import Notification

OnTold = Callable[[Sequence[Notification]], None]
"""Hears of new entries of inboxes, on the event loop, after the commit."""


class Watchers(Protocol):
    """Who looks at balances. Told on the event loop, after the commit; never waits."""

    def watches(self, account_id: str) -> bool:
        """Whether somebody looks at those of an account."""

    def moved(self, balances: Balances) -> None:
        """An account's buckets moved."""


@dataclass(slots=True)
class _Outcome:
    """What a transaction will have stored once it is committed."""

    before: int
    sequence: int
    at: int
    folded: Folded


class Mirror:
    """Applies records of partitions, in order and once each: the follower sees to that."""

    def __init__(self, hand: AtHand, rules: RulesInForce, cap_of: CapOf) -> None:
        """`cap_of` tells the catalog's cap of a counter, for `percent` of SPEND_MARK."""
        self._hand = hand
        self._rules = rules
        self._cap_of = cap_of
        self._outcomes: dict[int, _Outcome] = {}
        self._has_room = False

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> list[Fact]:
        """Folds records of one partition into the session's transaction; returns what is to be told.

        In a worker thread; may run again after a rollback. Raises DecodeError, ValueError.
        """
        first, last = followed[0], followed[-1]
        partition, before = first.partition, first.sequence - 1
        rows = Rows(session)
        if not self._has_room:
            rows.make_room()
            self._has_room = True
        happenings, at = happened(followed)
        account_ids = {each.account_id for each in happenings if not isinstance(each, Counted)}
        known = self._hand.among(partition, before, account_ids)
        known |= load_accounts(rows, account_ids - known.keys())
        result = folded(known, happenings, self._unusual_rule(), self._cap_of)
        store_accounts(rows, partition, result)
        store_charges(rows, result)
        store_position(rows, partition, last.sequence, at)
        for subscriber_id, barred_at in sorted(result.barred_by_others.items()):
            forget_suspension(session, subscriber_id, Instant(barred_at))
        self._outcomes[partition] = _Outcome(before, last.sequence, at, result)
        return result.facts

    def applied(self, followed: Sequence[FollowedRecord]) -> list[Kept]:
        """After the commit, on the event loop: what was stored is at hand. Returns accounts that moved."""
        last = followed[-1]
        outcome = self._outcomes.pop(last.partition, None)
        if outcome is None or outcome.sequence != last.sequence:
            return []
        accounts, sequence, at = outcome.folded.accounts, outcome.sequence, outcome.at
        self._hand.put(last.partition, outcome.before, sequence, at, accounts)
        moved = sorted(outcome.folded.moved_accounts())
        return [Kept(accounts[account_id], sequence, at) for account_id in moved]

    def _unusual_rule(self) -> UnusualRule:
        compiled = self._rules.current()
        if compiled is None:
            return UnusualRule()
        return UnusualRule(compiled.rules.unusual_factor, compiled.rules.unusual_at_least_minor)


class MirrorJournal:
    """What the follower calls: the mirror, then inboxes, in one transaction; after it, streams."""

    def __init__(self, mirror: Mirror, intake: IntakeWithin, on_told: OnTold, watchers: Watchers) -> None:
        self._mirror = mirror
        self._intake = intake
        self._on_told = on_told
        self._watchers = watchers
        self._told: dict[int, Sequence[Notification]] = {}

    def apply(self, session: Session, followed: Sequence[FollowedRecord]) -> None:
        """As `Mirror.apply`; facts go to the intake."""
        facts = self._mirror.apply(session, followed)
        self._told[followed[-1].partition] = self._intake.take(session, facts) if facts else ()

    def applied(self, followed: Sequence[FollowedRecord]) -> None:
        """After the commit, on the event loop."""
        for moved in self._mirror.applied(followed):
            if self._watchers.watches(moved.account.account_id):
                self._watchers.moved(balances_of(moved))
        if told := self._told.pop(followed[-1].partition, None):
            self._on_told(told)


def balances_of(kept: Kept) -> Balances:
    """The open buckets of an account."""
    account, sequence, at = kept
    buckets = tuple(bucket_of(account.account_id, held) for _, held in sorted(account.buckets.items()))
    return Balances(account.account_id, sequence, Instant(at), buckets)
