"""What is had: taken, given up, renewed, given away; new versions of the catalog; corrections."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from services.charging.domain.answers import AccountAnswer
from services.charging.domain.subscriptions.commands import (
    CancelSubscription,
    CloseBuckets,
    GiftUnits,
    RenewSubscription,
    Subscribe,
)
from services.common.kernel.clock import HOUR, Instant
from services.common.kernel.outcome import RefusedError
from tests.unit.charging.soak.account_operations import AccountOperations
from tests.unit.charging.soak.catalogs import tariffs_of
from tests.unit.charging.soak.figures import OFFERINGS, SCALE

_MOST_BOUNDARIES = 400
"""More can never be due at once in a life: a renewal that does not end would go beyond."""


class SubscriptionOperations(AccountOperations):
    """The life of subscriptions. When periods begin is charging's word; what they cost is audited."""

    def subscribe(self, random: Random) -> None:
        """An offering is taken, if the money covers what it costs at once."""
        subscriber = self.draw_subscriber(random)
        code = random.choice(("plan", "club", "booster", "tryout", "probe", "pass", "basic"))
        command = Subscribe(subscriber, code, (), self.now())
        account = self.model.account_of[subscriber]
        free = max(0, self.model.free_money(account, self.held))
        had = self.model.having[subscriber].get(code)
        has_periods = bool(OFFERINGS[code].months or OFFERINGS[code].days)
        try:
            answer = self.do(command)
        except RefusedError as error:
            self._check_refusal(error, subscriber, had is not None, free)
            return
        assert isinstance(answer, AccountAnswer)
        assert answer.fees <= free, "fees that nothing covered were charged"
        assert subscriber not in self.model.barred
        assert had is None or not (has_periods or had.suspended)

    def _check_refusal(self, error: RefusedError, subscriber: str, had: bool, free: int) -> None:
        reason = error.refused.reason.name
        if subscriber in self.model.barred:
            assert reason == "SUBSCRIBER_BARRED"
        elif reason == "ALREADY_SUBSCRIBED":
            assert had
        else:
            assert reason == "BALANCE_INSUFFICIENT"
            assert int(error.refused.metadata["available"]) == free
            assert int(error.refused.metadata["required"]) > free

    def cancel(self, random: Random) -> None:
        """An offering is given up, at once or with its period; mostly not the one that all live on."""
        subscriber = self.draw_subscriber(random)
        codes = sorted(self.model.having[subscriber])
        others = [code for code in codes if code != "basic"]
        code = random.choice(others or ["plan"])
        if random.random() < 0.05:
            code = "basic"
        command = CancelSubscription(subscriber, code, random.random() < 0.5, "enough")
        if code not in codes:
            return self.refused(command, "NOT_SUBSCRIBED")
        self.do(command)
        return None

    def gift(self, random: Random) -> None:
        """Units go to another subscriber: only such as may be given, and are there."""
        giver, taker = self.draw_subscriber(random), self.draw_subscriber(random)
        names = [
            name
            for name, purse in self.model.purses.items()
            if purse.account == self.model.account_of[giver] and purse.subscriber in {"", giver}
        ]
        if not names or giver == taker:
            return None
        giftable = [name for name in names if self.model.purses[name].giftable]
        name = random.choice(sorted(giftable)) if giftable and random.random() < 0.8 else min(names)
        left = self.model.usable(name, giver, self.held)
        units = random.choice((random.randrange(1, 120), max(1, left), left + 1 if left > 0 else 1))
        command = GiftUnits(giver, name, units, taker)
        reason = self._gift_refusal(name, giver, taker, units)
        if reason:
            return self.refused(command, reason)
        answer = self.do(command)
        assert isinstance(answer, AccountAnswer)
        assert self.model.balance[answer.bucket_id] == units
        assert self.model.purses[answer.bucket_id].until == self.model.purses[name].until
        return None

    def _gift_refusal(self, name: str, giver: str, taker: str, units: int) -> str:
        purse = self.model.purses[name]
        if {giver, taker} & self.model.barred:
            return "SUBSCRIBER_BARRED"
        if not purse.giftable or not purse.valid(self.now()):
            return "NOT_GIFTABLE"
        return "BALANCE_INSUFFICIENT" if self.model.usable(name, giver, self.held) < units else ""

    def renew_due(self) -> None:
        """Everything that is due for subscriptions, each boundary in an entry of its own."""
        boundaries = 0
        for subscriber in sorted(self.model.having):
            for code in sorted(self.model.having[subscriber]):
                while self._may_be_due(subscriber, code) and self._renewed(subscriber, code):
                    boundaries += 1
                    assert boundaries < _MOST_BOUNDARIES, "a renewal that does not end"
        self._check_nothing_due()

    def renew_nothing(self, random: Random) -> None:
        """A renewal before its time does nothing."""
        subscriber = self.draw_subscriber(random)
        code = random.choice([*sorted(self.model.having[subscriber]), "nothing"])
        due = self._may_be_due(subscriber, code)
        assert due or not self._renewed(subscriber, code)

    def _may_be_due(self, subscriber: str, code: str) -> bool:
        having = self.model.having[subscriber].get(code)
        if having is None:
            return False
        moves = any(
            version > having.version and OFFERINGS[code].existing[version - 1] == "once"
            for version, start in self.model.published
            if start <= self.now()
        )
        return (moves and not having.suspended) or any(end <= self.now() for end in having.ends)

    def _renewed(self, subscriber: str, code: str) -> bool:
        rows = len(self.partition.journal.rows)
        self.do(RenewSubscription(subscriber, code))
        self.check()
        return len(self.partition.journal.rows) > rows

    def _check_nothing_due(self) -> None:
        now = self.now()
        for subscriber in self.state.subscribers.values():
            for item in subscriber.subscriptions:
                assert item.ends_at is None or item.ends_at > now, item
                if not item.suspended:
                    assert item.period_end is None or item.period_end > now, item
                    assert item.trial_end is None or item.trial_end > now, item

    def close_buckets(self, random: Random) -> None:
        """Buckets that are past for a day and hold nothing go; no other."""
        account = self.draw_account(random)
        day_ago = self.now() - 24 * HOUR
        due = {
            name
            for name, purse in self.model.purses.items()
            if purse.account == account
            and purse.until is not None
            and purse.until <= day_ago
            and not self.held.total.get(name, 0)
        }
        before = set(self.model.purses)
        rows = -1
        while rows != (rows := len(self.partition.journal.rows)):
            self.do(CloseBuckets(account))
        assert before - set(self.model.purses) == due

    def publish(self, random: Random) -> None:
        """The next version of the catalog, in effect since a while ago or from some time on."""
        version = len(self.model.published) + 1
        if version not in SCALE:
            return
        last = max(start for _, start in self.model.published)
        wait = random.choice((-3, 0, 1, 30)) * HOUR
        start = Instant(max(last + 1, self.now() + wait))
        self.partition.publish([replace(item, effective_from=start) for item in tariffs_of(version)])
        self.model.published.append((version, start))
        self.renew_due()
