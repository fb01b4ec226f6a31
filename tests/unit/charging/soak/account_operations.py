"""Money, limits, profiles, bars and caps."""

from __future__ import annotations

from random import Random

from services.charging.domain import commands
from services.charging.domain.sessions.spending import SetSpendCap
from services.charging.domain.state import Profile
from services.charging.domain.subscriptions.commands import BarSubscriber, SetCreditLimit, SetProfile
from tests.unit.charging.soak.event_operations import EventOperations
from tests.unit.charging.soak.figures import MICROS_PER_MAJOR, SEGMENTS


class AccountOperations(EventOperations):
    """What care agents and subscribers do to accounts."""

    def draw_account(self, random: Random) -> str:
        """Any account."""
        return random.choice(sorted(self.model.currency))

    def draw_amount(self, random: Random, account: str, most: int = 12) -> int:
        """Money of up to so many major units."""
        return random.randrange(1, most * MICROS_PER_MAJOR[self.model.currency[account]])

    def top_up(self, random: Random) -> None:
        """Money comes in."""
        account = self.draw_account(random)
        amount = self.draw_amount(random, account)
        self.asked_in[account] += amount
        self.do(commands.TopUp(account, self.model.currency[account], amount, "voucher"))
        other = "JPY" if self.model.currency[account] == "EUR" else "EUR"
        self.refused(commands.TopUp(account, other, amount, "voucher"), "CURRENCY_MISMATCH")

    def adjust(self, random: Random) -> None:
        """A balance is corrected by hand, never below what is reserved or may be owed."""
        account = self.draw_account(random)
        names = [name for name, bucket in self.state.buckets.items() if bucket.account_id == account]
        name = random.choice([f"{account}/money", random.choice(sorted(names))])
        bucket = self.state.buckets[name]
        size = self.draw_amount(random, account, 3) if bucket.is_money else random.randrange(1, 200)
        amount = size if random.random() < 0.5 else -size
        command = commands.Adjust(account, name, bucket.unit, bucket.is_money, amount, "goodwill", "care-1")
        credit = self.model.credit[account] if bucket.is_money else 0
        if amount < 0 and self.model.balance[name] + credit - self.held.total.get(name, 0) + amount < 0:
            return self.refused(command, "BALANCE_INSUFFICIENT")
        if bucket.is_money:
            self.asked_in[account] += amount
        self.do(command)
        return None

    def transfer(self, random: Random) -> None:
        """Money goes from one account to another; credit and what is reserved cannot be given."""
        giver, taker = self.draw_account(random), self.draw_account(random)
        amount = self.draw_amount(random, giver, 3)
        currency = self.model.currency[giver]
        command = commands.Transfer(giver, taker, currency, amount, "present")
        money = f"{giver}/money"
        if currency != self.model.currency[taker]:
            return self.refused(command, "CURRENCY_MISMATCH")
        if giver == taker:
            return self.refused(command, "FIELD_INVALID")
        if self.model.balance[money] - self.held.total.get(money, 0) < amount:
            return self.refused(command, "BALANCE_INSUFFICIENT")
        self.asked_in[giver] -= amount
        self.asked_in[taker] += amount
        self.do(command)
        return None

    def credit_limit(self, random: Random) -> None:
        """More or less credit, never less than is used."""
        account = self.draw_account(random)
        currency, money = self.model.currency[account], f"{account}/money"
        limit = random.choice((0, 5, 20)) * MICROS_PER_MAJOR[currency]
        command = SetCreditLimit(account, currency, limit, "trusted", "care-1")
        if self.held.total.get(money, 0) - self.model.balance[money] > limit:
            return self.refused(command, "BALANCE_INSUFFICIENT")
        # What resumes on the new credit is charged by it, so the model must know it before.
        self.model.credit[account] = limit
        self.do(command)
        return None

    def profile(self, random: Random) -> None:
        """Another segment, another value."""
        subscriber = self.draw_subscriber(random)
        segment, value = random.choice(SEGMENTS), random.choice((0, 150, 700, 1_000))
        self.do(SetProfile(subscriber, Profile(segment, value)))
        self.model.profile[subscriber] = (segment, value)

    def bar(self, random: Random) -> None:
        """On the stop list, or off it again."""
        subscriber = self.draw_subscriber(random)
        barred = subscriber not in self.model.barred and random.random() < 0.2
        self.do(BarSubscriber(subscriber, barred, "lost", "care-1"))
        if barred:
            self.model.barred.add(subscriber)
        else:
            self.model.barred.discard(subscriber)

    def spend_cap(self, random: Random) -> None:
        """A cap of the subscriber's own, none, or the catalog's again; only of the counter that allows it."""
        subscriber = self.draw_subscriber(random)
        code = random.choice(("bill-shock", "bill-shock", "data-day", "nothing"))
        major = MICROS_PER_MAJOR[self.model.currency[self.model.account_of[subscriber]]]
        cap = random.choice((None, 1 * major, 5 * major, 40 * major))
        reset = random.random() < 0.3
        command = SetSpendCap(subscriber, code, cap, reset, "care-1")
        if code == "nothing" or not self.model.granted_by(subscriber, self.now()):
            return self.refused(command, "COUNTER_UNKNOWN")
        if code != "bill-shock":
            return self.refused(command, "NOT_LIFTABLE")
        self.do(command)
        self.model.caps.pop((subscriber, code), None)
        if not reset:
            self.model.caps[subscriber, code] = cap
        return None
