"""Charging once more, slow and small: dicts, fractions and a price list. Shares no code with charging.

It is told what was used, what is reserved and which subscriptions there are, and works out what must have
been charged: price, version, factor, increments, allowances in burn order with members' limits and first
use, money, overdraft, tax, counters with their marks, peaks. Amounts are millionths of a minor unit.
Subscriptions, fees and buckets' lives are not worked out here: `ledger` and `fee_audit` check their facts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.unit.charging.soak.figures import (
    LOW_BALANCE,
    OFFERINGS,
    OFFLINE,
)
from tests.unit.charging.soak.slow_counters import SlowCounters
from tests.unit.charging.soak.slow_prices import (
    Found,
    Where,
    billable,
    cost,
    find_peak_prices,
    find_price,
    month_of,
    tax_in,
)
from tests.unit.charging.soak.slow_state import Having, Holdings, Labelled, Purse, Talk

_DAY = 86_400_000_000


@dataclass(slots=True)
class Usage:
    """One container to charge. `counted_in`: the session or event in which it cumulates."""

    counted_in: str
    subscriber: str
    group: int
    units: int
    where: Where
    since: int
    had: tuple[tuple[str, int], ...]
    held: Holdings
    overrun: int = 0
    offline: bool = False
    partners: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Debt:
    """What one container or peak must come to."""

    group: int
    name: tuple[int, str, str, int]
    used: int
    rated: int
    debits: dict[str, int]
    amount: int
    tax: int
    overdrawn: int
    since: int
    used_before: int
    paid_before: int
    offline: bool = False
    at_a_time: str = ""
    partners: tuple[str, str] = ("", "")

    @property
    def from_allowances(self) -> int:
        """Units that no money paid."""
        return sum(units for bucket, units in self.debits.items() if not bucket.endswith("/money"))


class SlowModel(SlowCounters):
    """Money, units, counters and sessions of all accounts."""

    def __init__(self) -> None:
        super().__init__()
        self.balance: dict[str, int] = {}
        self.credit: dict[str, int] = {}
        self.profile: dict[str, tuple[str, int]] = {}
        self.barred: set[str] = set()
        self.having: dict[str, dict[str, Having]] = {}
        self.purses: dict[str, Purse] = {}
        self.member_used: dict[tuple[str, str], int] = {}
        self.months: dict[tuple[str, str, str], Labelled] = {}
        self.peaks: dict[tuple[str, str, str, int], Labelled] = {}
        self.used: dict[tuple[object, ...], int] = {}
        self.paid: dict[tuple[object, ...], int] = {}
        self.since: dict[tuple[str, int], int] = {}
        self.locals_seen: dict[tuple[str, int], frozenset[int]] = {}
        self.talks: dict[str, Talk] = {}
        self.silent: dict[str, Talk] = {}
        self.published: list[tuple[int, int]] = []

    # --- what a subscriber has

    def granted_by(
        self, subscriber: str, at: int, captured: tuple[tuple[str, int], ...] = ()
    ) -> tuple[tuple[str, int], ...]:
        """Offerings in force at an instant, each with the version that rates it."""
        return self._had(subscriber, at, captured, suspended=False)

    def charged_by(
        self, subscriber: str, at: int, captured: tuple[tuple[str, int], ...] = ()
    ) -> tuple[tuple[str, int], ...]:
        """Offerings that price what was used already: suspended ones too, or else those of the beginning."""
        return self._had(subscriber, at, captured, suspended=True) or captured

    def _had(
        self, subscriber: str, at: int, captured: tuple[tuple[str, int], ...], suspended: bool
    ) -> tuple[tuple[str, int], ...]:
        return tuple(
            (code, self._version(code, item.version, at, dict(captured)))
            for code, item in self.having[subscriber].items()
            if item.begun(at) and (suspended or not item.suspended)
        )

    def _version(self, code: str, version: int, at: int, captured: dict[str, int]) -> int:
        if code in captured:
            return max(version, captured[code])
        newest = max((number for number, start in self.published if start <= at), default=0)
        moves = newest > version and OFFERINGS[code].existing[newest - 1] == "session"
        return newest if moves else version

    # --- charging

    def charge(self, usage: Usage) -> Debt | str:
        """Charges one container; or the result code of a refusal, and nothing is charged."""
        subscriber, group = usage.subscriber, usage.group
        zone = self.zone_of[subscriber]
        found = find_price(usage.had, group, usage.where, usage.since, zone)
        if isinstance(found, str):
            return found
        key = (usage.counted_in, group, found.name)
        used_before = self.used.get(key, 0)
        rated = billable(found.price, used_before + usage.units) - billable(found.price, used_before)
        burnt = {} if found.free else self._burn(usage, rated)
        paid = rated - sum(burnt.values())
        base = self.base(usage.counted_in, subscriber, group, found, usage.since)
        self.put(self.used, key, used_before + usage.units)
        self.put(self.paid, key, self.paid.get(key, 0) + paid)
        if found.price.month and paid:
            month_key = (subscriber, found.price.offering, found.price.code)
            self.label(self.months, month_key, month_of(usage.since, zone), base + paid)
        debt = self._pay(usage, found, base, paid, burnt, rated, used_before)
        for bucket, units in burnt.items():
            self._take(usage, bucket, units)
        self.count(subscriber, group, usage.where, usage.units, debt.amount, usage.since)
        return debt

    def base(self, counted_in: str, subscriber: str, group: int, found: Found, at: int) -> int:
        """Units paid before within the price's scope."""
        if found.price.month:
            labels = self.months.get((subscriber, found.price.offering, found.price.code), {})
            return labels.get(month_of(at, self.zone_of[subscriber]), 0)
        return self.paid.get((counted_in, group, found.name), 0)

    def charge_peaks(self, usage: Usage, ref: str) -> list[Debt]:
        """What a session that begins to use a rating group adds to the peaks of the month."""
        account, debts = self.account_of[usage.subscriber], []
        zone = self.zone_of[usage.subscriber]
        for found in find_peak_prices(usage.had, usage.group, usage.where, usage.since, zone):
            using = [
                talk.subscriber
                for other, talk in self.talks.items()
                if other != ref and usage.group in talk.groups and self.account_of[talk.subscriber] == account
            ]
            sessions = found.price.at_a_time == "sessions"
            present = len(using) + 1 if sessions else len({*using, usage.subscriber})
            key = (account, found.price.offering, found.price.code, usage.group)
            month = month_of(usage.since, zone)
            before = self.peaks.get(key, {}).get(month, 0)
            if present > before:
                self.label(self.peaks, key, month, present)
                usage.units = present - before
                debts.append(self._pay(usage, found, before, present - before, {}, present - before, before))
        return debts

    def _pay(
        self,
        usage: Usage,
        found: Found,
        base: int,
        paid: int,
        burnt: dict[str, int],
        rated: int,
        used_before: int,
    ) -> Debt:
        account = self.account_of[usage.subscriber]
        money, currency = f"{account}/money", self.currency[account]
        before = cost(found.price, found.version, found.permille, base, currency)
        after = cost(found.price, found.version, found.permille, base + paid, currency)
        amount = after - before
        cover = max(0, self.free_money(account, usage.held) + usage.overrun)
        if amount:
            self.move(money, -amount)
        return Debt(
            group=usage.group,
            name=found.name,
            used=usage.units,
            rated=rated,
            debits={**burnt, money: amount} if amount else burnt,
            amount=amount,
            tax=tax_in(found.price.tax, after) - tax_in(found.price.tax, before),
            overdrawn=max(0, amount - cover),
            since=usage.since,
            used_before=used_before,
            paid_before=base,
            offline=not found.price.at_a_time and (usage.offline or usage.group in OFFLINE),
            at_a_time=found.price.at_a_time,
            partners=usage.partners,
        )

    def free_money(self, account: str, held: Holdings) -> int:
        """Money and credit that nothing is held of; negative after an overrun."""
        money = f"{account}/money"
        return self.balance[money] + self.credit[account] - held.total.get(money, 0)

    def move(self, bucket: str, delta: int) -> None:
        """Changes a balance; the marks that it passes must be told."""
        before = self.balance[bucket]
        after = before + delta
        self.put(self.balance, bucket, after)
        if bucket.endswith("/money"):
            if after <= LOW_BALANCE < before:
                self.told.thresholds[bucket, 0, after] += 1
            return
        for percent in self.purses[bucket].thresholds:
            mark = self.purses[bucket].initial * (100 - percent)
            if after * 100 <= mark < before * 100:
                self.told.thresholds[bucket, percent, after] += 1

    # --- allowances

    def usable(self, bucket: str, subscriber: str, held: Holdings) -> int:
        """What a subscriber may still take of a bucket."""
        free = self.balance[bucket] - held.total.get(bucket, 0)
        limit = self.purses[bucket].member_limit
        if not limit:
            return free
        gone = self.member_used.get((bucket, subscriber), 0) + held.member.get((bucket, subscriber), 0)
        return min(free, limit - gone)

    def serving(self, subscriber: str, group: int, where: Where, at: int) -> list[str]:
        """Buckets that serve, in burn order: priority, what ends first, what began first, name.

        What came with an offering rests while that is suspended.
        """
        account, having = self.account_of[subscriber], self.having[subscriber]
        resting = {code for code, item in having.items() if item.suspended and item.suspended_at <= at}
        return [
            bucket
            for *_, bucket in sorted(
                (purse.priority, 2**63 if purse.until is None else purse.until, purse.start, bucket)
                for bucket, purse in self.purses.items()
                if purse.account == account
                and purse.offering not in resting
                and purse.serves(subscriber, group, where, at)
            )
        ]

    def free_units(self, subscriber: str, group: int, where: Where, at: int, held: Holdings) -> int:
        """Allowance units that could still be taken."""
        return sum(
            max(0, self.usable(bucket, subscriber, held))
            for bucket in self.serving(subscriber, group, where, at)
        )

    def _burn(self, usage: Usage, units: int) -> dict[str, int]:
        taken: dict[str, int] = {}
        for bucket in self.serving(usage.subscriber, usage.group, usage.where, usage.since):
            part = min(self.usable(bucket, usage.subscriber, usage.held), units)
            if part > 0:
                taken[bucket] = part
                units -= part
        return taken

    def _take(self, usage: Usage, bucket: str, units: int) -> None:
        purse = self.purses[bucket]
        self.move(bucket, -units)
        if purse.days_from_first_use:
            ends = usage.since + purse.days_from_first_use * _DAY
            self.put(self.purses, bucket, replace(purse, until=ends, days_from_first_use=0))
        if purse.member_limit:
            key = (bucket, usage.subscriber)
            self.put(self.member_used, key, self.member_used.get(key, 0) + units)
