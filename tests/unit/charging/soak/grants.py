"""What a grant must be: paid by what is held, within every cap, refused only where nothing is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.charging.domain.answers import Grant, GroupAnswer
from services.charging.domain.state import PartitionState
from tests.unit.charging.soak.figures import OFFLINE, ListCounter
from tests.unit.charging.soak.requests import Asked
from tests.unit.charging.soak.slow_model import SlowModel
from tests.unit.charging.soak.slow_prices import Found, Where, billable, cost, find_price
from tests.unit.charging.soak.slow_state import Holdings
from tests.unit.charging.soak.worked_out import Outcome

_MOST_UNITS = 2_000
_SECOND = 1_000_000


@dataclass(slots=True)
class Granting:
    """One session's request: from here on things are used under `where`, at the prices of `had`."""

    model: SlowModel
    state: PartitionState
    ref: str
    subscriber: str
    had: tuple[tuple[str, int], ...]
    where: Where
    at: int
    held: Holdings
    wanted: bool
    reported: set[int]
    """Rating groups of the request whose grants are still to come: they hold nothing yet."""
    kinds: Counter[str]
    """How often what was granted or not, and why."""

    def check(
        self, answers: Sequence[GroupAnswer], asked: Sequence[Asked], outcomes: Sequence[Outcome]
    ) -> None:
        """Every group's result, cost and grant, in order: what one was granted the next no longer has."""
        for answer, ask, outcome in zip(answers, asked, outcomes, strict=True):
            assert answer.cost.amount == sum(debt.amount for debt in outcome.debts)
            assert answer.cost.tax == sum(debt.tax for debt in outcome.debts)
            assert sum(units for _, units in answer.cost.from_allowances) == sum(
                debt.from_allowances for debt in outcome.debts
            )
            expected = self._result(ask, outcome)
            if expected == "":
                self._granted_or_not(answer, ask)
            else:
                assert (answer.result.name, answer.grant) == (expected, None), (ask, outcome)
            self.reported.discard(ask.group)

    def _result(self, ask: Asked, outcome: Outcome) -> str:
        """The result code where nothing is granted; '' where it depends on what is left."""
        if outcome.failure:
            return outcome.failure
        if ask.wish is None or ask.wish == 0 or not self.wanted:
            return "SUCCESS"
        if not self.had:
            return "END_USER_SERVICE_DENIED"
        if ask.group in OFFLINE:
            return "QUOTA_MANAGEMENT_NOT_APPLICABLE"
        if self.subscriber in self.model.barred:
            return "END_USER_SERVICE_DENIED"
        found = self._price(ask.group, self.at)
        return found if isinstance(found, str) else ""

    def _price(self, group: int, at: int) -> Found | str:
        return find_price(self.had, group, self.where, at, self.model.zone_of[self.subscriber])

    def _granted_or_not(self, answer: GroupAnswer, ask: Asked) -> None:
        found = self._price(ask.group, self.at)
        assert isinstance(found, Found)
        units_room, money_room = self._room(ask.group)
        account = self.model.account_of[self.subscriber]
        money = min(max(0, self.model.free_money(account, self.held)), money_room)
        if answer.grant is None:
            assert answer.result.name == "QUOTA_LIMIT_REACHED"
            assert units_room == 0 or self._due(found, ask.group, 1) > money, "it could be paid"
            self.kinds["Refused by a cap" if 0 in (units_room, money_room) else "Refused without money"] += 1
            return
        grant = answer.grant
        assert answer.result.name == "SUCCESS"
        assert 1 <= grant.units <= min(_MOST_UNITS, units_room)
        if ask.wish is not None and ask.wish > 0:
            assert grant.units <= ask.wish
        assert 0 <= grant.threshold_units <= grant.units
        due = self._due(found, ask.group, grant.units)
        assert due <= money
        self.kinds["Granted" if grant.tariff_time_change is None else "Granted over a change of price"] += 1
        if grant.final is not None:
            self.kinds["Granted as final units"] += 1
            more = self._due(found, ask.group, grant.units + 1)
            assert more > money or grant.units == units_room, "the last units were not the last"
        self._backed(ask.group, found, grant, due)
        self._ends(ask.group, found, grant)

    def _backed(self, group: int, found: Found, grant: Grant, due: int) -> None:
        """What is held is the cost: in allowances as far as they go, in burn order, then in money."""
        session = self.state.sessions[self.ref]
        reservations = session.rating_groups[group].reservations
        backing = dict(reservations)
        account = self.model.account_of[self.subscriber]
        money = backing.pop(f"{account}/money", 0)
        assert money >= due
        assert grant.tariff_time_change is not None or money == due
        units = 0 if found.free else self._rated(found, group, grant.units)
        expected: dict[str, int] = {}
        for bucket in self.model.serving(self.subscriber, group, self.where, self.at):
            part = min(units, self.model.usable(bucket, self.subscriber, self.held))
            if part > 0:
                expected[bucket] = part
                units -= part
        assert backing == expected
        self.held.change(self.subscriber, reservations, 1)

    def _ends(self, group: int, found: Found, grant: Grant) -> None:
        """Until the grant is over, the price and the buckets stay what they are."""
        assert grant.validity_seconds >= 1
        if grant.validity_seconds == 1:
            return
        last = self.at + grant.validity_seconds * _SECOND - 1
        change = grant.tariff_time_change
        switch = last + 1 if change is None else change
        assert self._price(group, min(last, switch - 1)) == found
        if switch < last:
            assert self._price(group, last) == self._price(group, switch)
        for bucket, _ in self.state.sessions[self.ref].rating_groups[group].reservations:
            purse = self.model.purses.get(bucket)
            assert purse is None or purse.until is None or last < purse.until

    def _rated(self, found: Found, group: int, units: int) -> int:
        before = self.model.used.get((self.ref, group, found.name), 0)
        return billable(found.price, before + units) - billable(found.price, before)

    def _due(self, found: Found, group: int, units: int) -> int:
        """Money for so many more units, after allowances."""
        model, subscriber = self.model, self.subscriber
        free = model.free_units(subscriber, group, self.where, self.at, self.held)
        paid = max(0, self._rated(found, group, units) - free)
        base = model.base(self.ref, subscriber, group, found, self.at)
        currency = model.currency[model.account_of[subscriber]]
        price, version, factor = found.price, found.version, found.permille
        return cost(price, version, factor, base + paid, currency) - cost(
            price, version, factor, base, currency
        )

    def _room(self, group: int) -> tuple[int, int]:
        """Units and money that the tightest caps leave, what is granted already taken off."""
        units = money = 2**63
        for counter in self.model.counters_of(group, self.where):
            cap = self.model.cap(counter, self.subscriber)
            if cap is None:
                continue
            left = max(0, cap - self.model.counted(counter, self.subscriber, self.at))
            left = max(0, left - self._held_by_grants(counter))
            if counter.money:
                money = min(money, left)
            else:
                units = min(units, left)
        return units, money

    def _held_by_grants(self, counter: ListCounter) -> int:
        account = self.model.account_of[self.subscriber]
        total = 0
        for ref, session in self.state.sessions.items():
            talk = self.model.talks[ref]
            same = self.model.account_of[talk.subscriber] == account
            if ref != self.ref and not (same and (counter.shared or talk.subscriber == self.subscriber)):
                continue
            where = self.where if ref == self.ref else talk.where
            for number, group in session.rating_groups.items():
                open_yet = ref == self.ref and number in self.reported
                if not open_yet and counter in self.model.counters_of(number, where):
                    held = sum(part for name, part in group.reservations if name.endswith("/money"))
                    total += held if counter.money else group.granted_units
        return total
