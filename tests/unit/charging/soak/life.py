"""One life of a partition: accounts are opened, then operations follow each other as they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from services.charging.domain.commands import NewSubscriber, NewSubscription, ProvisionAccount
from services.common.kernel.clock import HOUR, SECOND, Instant
from tests.support.charging_world import at
from tests.unit.charging.soak.fault_operations import FaultOperations

START = at("2026-03-02 12:00")
"""A Monday; the clocks change on the 29th."""

_SUBSCRIBERS = {
    "prepaid": ("p-1", "p-2", "p-3"),
    "postpaid": ("q-1", "q-2"),
    "yen": ("j-1",),
    "poor": ("n-1", "n-2"),
}
_ACCOUNTS = {
    # Currency, money, credit limit, time zone.
    "prepaid": ("EUR", 1_200_000_000, 0, "Europe/Berlin"),
    "postpaid": ("EUR", 0, 500_000_000, ""),
    "yen": ("JPY", 25_000_000, 10_000_000, "America/New_York"),
    "poor": ("EUR", 0, 0, "Pacific/Auckland"),
}
_OFFERINGS = {
    "p-1": ("basic", "pass", "plan"),
    "p-2": ("basic", "club"),
    "p-3": ("basic",),
    "q-1": ("basic", "pass", "club"),
    "q-2": ("basic", "probe"),
    "j-1": ("basic", "plan", "tryout"),
    "n-1": ("basic", "plan", "booster"),
    "n-2": ("basic", "club", "pass"),
}
_STEPS = (1, 1, 20, 60, 299, 600, 3_599, 7_200, 40_000)
_LEAPS = (100_000, 400_000, 1_000_000, 2_700_000)

OPERATIONS: Mapping[str, float] = {
    "provision": 0.4,
    "create": 14,
    "update": 40,
    "release": 9,
    "report_late": 4,
    "repeat_a_number": 1,
    "let_time_pass": 9,
    "leap": 1,
    "event": 9,
    "outcome": 2,
    "settle": 1,
    "refund": 3,
    "top_up": 4,
    "adjust": 2,
    "transfer": 2,
    "credit_limit": 1,
    "profile": 1,
    "bar": 1,
    "spend_cap": 2,
    "subscribe": 3,
    "cancel": 1,
    "gift": 2,
    "renew_nothing": 1,
    "close_buckets": 1,
    "publish": 1,
    "rerate": 0.2,
    "repeat": 4,
    "restart": 0.4,
    "lose_a_commit": 0.4,
}
"""Operation to how often it is drawn, of their sum."""

_NAMES = tuple(OPERATIONS)
_WEIGHTS = tuple(OPERATIONS.values())


class Life(FaultOperations):
    """A partition with up to four accounts and eight subscribers, two currencies, three time zones."""

    def __init__(self) -> None:
        names = [name for members in _SUBSCRIBERS.values() for name in members]
        super().__init__({f"device-{name}": name for name in names}, START)
        self.operations = 0
        for account in ("prepaid", "postpaid", "yen"):
            self.refused_or_opened(account, Instant(START - HOUR))

    def refused_or_opened(self, account: str, since: Instant) -> None:
        """An account with its subscribers; never a second time."""
        currency, money, credit, time_zone = _ACCOUNTS[account]
        subscribers = tuple(
            NewSubscriber(name, time_zone, tuple(NewSubscription(code, ()) for code in _OFFERINGS[name]))
            for name in _SUBSCRIBERS[account]
        )
        command = ProvisionAccount(account, currency, credit, money, subscribers, since)
        if account in self.asked_in:
            return self.refused(command, "ACCOUNT_EXISTS")
        self.asked_in[account] = money
        self.do(command)
        self.check()
        return None

    def provision(self, random: Random) -> None:
        """One more account, without the money that its offerings cost, or one that is there already."""
        self.refused_or_opened(random.choice(("prepaid", "poor", "poor")), self.now())

    def draw(self, random: Random) -> str:
        """Name of the next operation."""
        return random.choices(_NAMES, _WEIGHTS)[0]

    def perform(self, name: str, random: Random) -> None:
        """Performs one operation and checks what must be so after it."""
        operation: Callable[[Random], None] = getattr(self, name)
        operation(random)
        self.operations += 1
        self.check()

    def let_time_pass(self, random: Random) -> None:
        """Seconds to hours, or until exactly then when something ends; what is due happens, or is late."""
        ends = [end for having in self.model.having.values() for item in having.values() for end in item.ends]
        ends += [purse.until for purse in self.model.purses.values() if purse.until is not None]
        coming = [end - self.now() for end in ends if end > self.now()]
        if coming and random.random() < 0.2:
            self._pass(random, min(coming))
        else:
            self._pass(random, random.choice(_STEPS) * SECOND)

    def leap(self, random: Random) -> None:
        """Days to a month, over changes of the clock and ends of months."""
        self._pass(random, random.choice(_LEAPS) * SECOND)

    def _pass(self, random: Random, microseconds: int) -> None:
        self.partition.world.clock.time = Instant(self.now() + microseconds)
        if random.random() < 0.9:
            self.expire_due()
        if random.random() < 0.8:
            self.renew_due()

    def close(self) -> None:
        """The end: everything is compared once more, also from the journal alone."""
        self.check_closely()
        self.partition.look_from_the_beginning()
        self.partition.close()
