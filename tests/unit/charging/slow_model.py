"""Charging once more, slow and small: dicts, fractions and a price list. Shares no code with charging.

It is told what was asked and what is reserved, and works out what must have
been charged. Amounts in minor_micros; one euro is 100 000 000 of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.support.charging_catalog import (
    DATA,
    EVERY_DAY,
    FREE,
    TEXT,
    VIDEO,
    VOICE,
    allowance,
    band,
    flat,
    offering,
    per,
    price,
    tariff,
    tiers,
)

EURO = Fraction(100_000_000)
DAY_MICROSECONDS = 86_400_000_000

TARIFF = tariff(
    offering(
        "basic",
        price("data-home", DATA, per("0.003", 7), zones=["home"], first=10, then=5),
        price("data-eu", DATA, per("1.1", 3), zones=["eu"]),
        price("video", VIDEO, per("0.5", 9), zones=["home"], then=3),
        price("text", TEXT, flat("0.07")),
        price("voice", VOICE, per("0.09", 60), first=60, then=1),
        price("voice-night", VOICE, FREE, band="night"),
        allowances=[
            allowance("own", 300, [DATA], priority=10, thresholds=[50, 100]),
            allowance("family", 500, [DATA, VIDEO], priority=20, zones=["home"], shared=True),
        ],
    ),
    offering(
        "pass",
        price("steps", VIDEO, tiers((20, "0.10"), (60, "0.05"), (None, "0.013"), month=True)),
        precedence=10,
        allowances=[allowance("trial", 200, [VIDEO], priority=5, days=1)],
        denied=["us"],
    ),
    bands=[band("night", (EVERY_DAY, "22:00", "24:00"), (EVERY_DAY, "00:00", "06:00"))],
    low_balance=100_000_000,
)

PLMN_ZONES = {"26201": "home", "20801": "eu", "31001": "us", "99999": ""}


@dataclass
class Price:
    """A price as the list says it: euros by the unit, steps, increments."""

    code: str
    euros: Fraction = Fraction(0)
    first: int = 1
    then: int = 1
    free: bool = False
    once: bool = False
    steps: bool = False


PRICES = {
    "data-home": Price("data-home", Fraction(3, 7000), 10, 5),
    "data-eu": Price("data-eu", Fraction(11, 30)),
    "video": Price("video", Fraction(1, 18), 1, 3),
    "text": Price("text", Fraction(7, 100), once=True),
    "voice": Price("voice", Fraction(9, 6000), 60, 1),
    "voice-night": Price("voice-night", free=True),
    "steps": Price("steps", steps=True),
}


def price_for(rating_group: int, zone: str, since: int, has_pass: bool) -> Price | str:
    """The price, or the result code of a refusal."""
    if rating_group == DATA:
        code = {"home": "data-home", "eu": "data-eu"}.get(zone)
        return PRICES[code] if code else _no_price(zone, has_pass)
    if rating_group == VIDEO:
        if has_pass and zone in {"home", "eu"}:
            return PRICES["steps"]
        return PRICES["video"] if zone == "home" else _no_price(zone, has_pass)
    if zone == "":
        return "RATING_FAILED"
    if rating_group == TEXT:
        return PRICES["text"]
    return PRICES["voice-night" if not 6 <= _local(since).hour < 22 else "voice"]


def _no_price(zone: str, has_pass: bool) -> str:
    return "END_USER_SERVICE_DENIED" if zone == "us" and has_pass else "RATING_FAILED"


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1_000_000, ZoneInfo("Europe/Berlin"))


def billable(of: Price, used: int) -> int:
    """Counts up in steps until nothing is left over."""
    if used == 0:
        return 0
    counted = of.first
    while counted < used:
        counted += of.then
    return counted


def cost(of: Price, units: int) -> int:
    """Exact, then rounded half to even by Python itself."""
    if of.free:
        return 0
    if of.once:
        return round(of.euros * EURO) if units else 0
    if of.steps:
        low, middle = min(units, 20), min(max(units - 20, 0), 40)
        euros = Fraction(low, 10) + Fraction(middle, 20) + max(units - 60, 0) * Fraction(13, 1000)
        return round(euros * EURO)
    return round(of.euros * units * EURO)


@dataclass
class Purse:
    """One bucket: what is in it, and whom it serves."""

    account: str
    balance: int
    priority: int = 1_000
    groups: tuple[int, ...] = ()
    zone: str = ""
    subscriber: str = ""
    until: int = 2**63

    def serves(self, subscriber: str, rating_group: int, zone: str, at: int) -> bool:
        """Whether it pays for such usage."""
        return (
            rating_group in self.groups
            and self.subscriber in {"", subscriber}
            and self.zone in {"", zone}
            and at < self.until
        )


@dataclass
class Counted:
    """What a session counts for one rating group."""

    since: int
    used: dict[str, int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)


@dataclass
class Talk:
    """A session."""

    subscriber: str
    zone: str
    last_report: int
    groups: dict[int, Counted] = field(default_factory=dict)


@dataclass
class Debt:
    """What one report came to."""

    amount: int
    overdrawn: int
    units: dict[str, int]
    rated_units: int


Held = dict[str, int]
"""Reserved by bucket."""


class SlowModel:
    """Money, units and sessions of all accounts."""

    def __init__(self) -> None:
        self.money: dict[str, int] = {}
        self.credit: dict[str, int] = {}
        self.overdrawn: dict[str, int] = {}
        self.units: dict[str, Purse] = {}
        self.account_of: dict[str, str] = {}
        self.passes: set[str] = set()
        self.talks: dict[str, Talk] = {}
        self.month: dict[tuple[str, str], int] = {}

    def open(self, account: str, money: int, credit: int, subscribers: dict[str, bool], start: int) -> None:
        """An account; each subscriber with or without the pass."""
        self.money[account], self.credit[account], self.overdrawn[account] = money, credit, 0
        self.units[f"{account}/basic/family"] = Purse(account, 500, 20, (DATA, VIDEO), "home")
        for subscriber, has_pass in subscribers.items():
            self.account_of[subscriber] = account
            self.units[f"{subscriber}/basic/own"] = Purse(account, 300, 10, (DATA,), "", subscriber)
            if has_pass:
                self.passes.add(subscriber)
                self.units[f"{subscriber}/pass/trial"] = Purse(
                    account, 200, 5, (VIDEO,), "", subscriber, start + DAY_MICROSECONDS
                )

    def charge(
        self,
        subscriber: str,
        counted: Counted,
        rating_group: int,
        used: int,
        zone: str,
        held: Held,
        own: Held,
        overrun: int = 0,
    ) -> Debt | str:
        """Charges one report. `held`: reserved by everybody, of it `own` for this very usage.

        `overrun`: how far others had eaten into what is held when the request came.
        """
        found = price_for(rating_group, zone, counted.since, subscriber in self.passes)
        if isinstance(found, str):
            return found
        before = counted.used.get(found.code, 0)
        rated = billable(found, before + used) - billable(found, before)
        burnt = (
            {} if found.free else self._burn(subscriber, rating_group, zone, counted.since, rated, held, own)
        )
        paid_units = rated - sum(burnt.values())
        base = self._base(subscriber, counted, found)
        amount = cost(found, base + paid_units) - cost(found, base)
        account = self.account_of[subscriber]
        name = f"{account}/money"
        free = self.money[account] + self.credit[account] - held.get(name, 0)
        overdrawn = max(0, amount - max(0, free + own.get(name, 0) + overrun))
        for bucket, units in burnt.items():
            self.units[bucket].balance -= units
        self.money[account] -= amount
        self.overdrawn[account] += overdrawn
        counted.used[found.code] = before + used
        counted.paid[found.code] = counted.paid.get(found.code, 0) + paid_units
        if found.steps:
            key = (subscriber, _local(counted.since).strftime("%Y-%m"))
            self.month[key] = self.month.get(key, 0) + paid_units
        return Debt(amount, overdrawn, burnt, rated)

    def overrun(self, account: str, held: Held) -> int:
        """How far what is held is no longer there."""
        name = f"{account}/money"
        return max(0, held.get(name, 0) - self.money[account] - self.credit[account])

    def grant_costs(
        self,
        subscriber: str,
        counted: Counted,
        rating_group: int,
        zone: str,
        at: int,
        units: int,
        covered: int,
    ) -> int | str:
        """Money that so many units would cost at `at`, `covered` of the rounded units being allowances."""
        found = price_for(rating_group, zone, at, subscriber in self.passes)
        if isinstance(found, str):
            return found
        before = counted.used.get(found.code, 0)
        rated = billable(found, before + units) - billable(found, before)
        base = self._base(subscriber, counted, found, at)
        return cost(found, base + rated - covered) - cost(found, base) if not found.free else 0

    def _base(self, subscriber: str, counted: Counted, of: Price, at: int | None = None) -> int:
        if not of.steps:
            return counted.paid.get(of.code, 0)
        month = _local(counted.since if at is None else at).strftime("%Y-%m")
        return self.month.get((subscriber, month), 0)

    def _burn(
        self, subscriber: str, rating_group: int, zone: str, at: int, units: int, held: Held, own: Held
    ) -> dict[str, int]:
        taken: dict[str, int] = {}
        for name, purse in sorted(self.units.items(), key=lambda pair: (pair[1].priority, pair[0])):
            if purse.account == self.account_of[subscriber] and purse.serves(
                subscriber, rating_group, zone, at
            ):
                others = held.get(name, 0) - own.get(name, 0)
                part = min(purse.balance - others, units)
                if part > 0:
                    taken[name] = part
                    units -= part
        return taken
