"""Any sequence of operations: money and units are conserved, replay equals live, duplicates do nothing."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.charging.domain import commands
from services.charging.domain.answers import ChargingAnswer, GroupAnswer
from services.charging.domain.commands import Container, EventAction, Invocation, Report
from services.common.kernel.clock import HOUR, SECOND, Instant
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA, TEXT, VIDEO, VOICE
from tests.support.charging_world import CHARGING_DECIDES, NOON, measure, report
from tests.support.memory_journal import Fault
from tests.unit.charging.lived_partition import LivedPartition
from tests.unit.charging.slow_model import PLMN_ZONES, Counted, Debt, Held, SlowModel, Talk

START = Instant(NOON - HOUR)
UNKNOWN_GROUP = 99
ACCOUNTS = {
    "prepaid": (300_000_000, 0, {"p-1": True, "p-2": False}),
    "postpaid": (0, 500_000_000, {"q-1": True}),
}

wishes = st.one_of(st.none(), st.just(CHARGING_DECIDES), st.integers(0, 400))
groups = st.sampled_from([DATA, DATA, VIDEO, VOICE, TEXT, UNKNOWN_GROUP])
usages = st.one_of(st.just(0), st.integers(1, 30), st.integers(31, 900))
reports = st.lists(st.tuples(groups, usages, wishes), max_size=3, unique_by=lambda item: item[0])
events = st.lists(
    st.tuples(groups, st.integers(1, 80)), min_size=1, max_size=2, unique_by=lambda item: item[0]
)
networks = st.sampled_from([None, None, "26201", "20801", "31001", "99999"])
subscribers = st.sampled_from(["p-1", "p-2", "q-1"])
amounts = st.integers(1, 200_000_000)
picks = st.integers(0, 99)

Asked = Sequence[tuple[int, int, object]]


def _report(number: int, used: int, wish: object) -> Report:
    return report(number, *([used] if used else []), want=wish)  # type: ignore[arg-type]


class Partition(RuleBasedStateMachine):
    """Random life of two accounts with three subscribers, beside the slow model."""

    def __init__(self) -> None:
        super().__init__()
        names = [name for *_, members in ACCOUNTS.values() for name in members]
        self.partition = LivedPartition({f"device-{name}": name for name in names})
        self.partition.world.clock.time = NOON
        self.model = SlowModel()
        self.charges: dict[str, tuple[str, Debt]] = {}
        self.refunded: dict[str, tuple[int, bool]] = {}
        self.sequences: dict[str, int] = {}
        self.lost = 0

    @initialize()
    def open_accounts(self) -> None:
        for account, (money, credit, members) in ACCOUNTS.items():
            new = tuple(
                commands.NewSubscriber(
                    name,
                    "",
                    tuple(commands.NewSubscription(code, ()) for code in ["basic", *["pass"] * has_pass]),
                )
                for name, has_pass in members.items()
            )
            self.partition.execute(commands.ProvisionAccount(account, "EUR", credit, money, new, START))
            self.model.open(account, money, credit, members, START)

    # --- sessions

    @rule(subscriber=subscribers, asked=reports, plmn=networks, skew=st.integers(0, 900))
    def create(self, subscriber: str, asked: Asked, plmn: str | None, skew: int) -> None:
        at = Instant(self._now() - skew * SECOND)
        invocation = Invocation(0, at, tuple(_report(*item) for item in asked), plmn)
        command = commands.CreateSession(subscriber, "smf-1", "c-1", invocation)
        talk = Talk(subscriber, "home" if plmn is None else PLMN_ZONES[plmn], at)
        held = self._held()
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        self._expect(answer.groups, talk, asked, talk.zone, at, held, {}, granting=True, ref=answer.ref)
        self.model.talks[answer.ref] = talk
        self.sequences[answer.ref] = 0

    @precondition(lambda self: self.model.talks)
    @rule(pick=picks, asked=reports, plmn=networks, skew=st.integers(0, 900), release=st.booleans())
    def update(self, pick: int, asked: Asked, plmn: str | None, skew: int, release: bool) -> None:
        ref = sorted(self.model.talks)[pick % len(self.model.talks)]
        talk = self.model.talks[ref]
        at = Instant(max(self._now() - skew * SECOND, talk.last_report))
        zone = talk.zone if plmn is None else PLMN_ZONES[plmn]
        self.sequences[ref] += 1
        invocation = Invocation(self.sequences[ref], at, tuple(_report(*item) for item in asked), plmn)
        held, own = self._held(), self._held_by_group(ref)
        answer = self.partition.execute(commands.UpdateSession(ref, invocation, release))
        assert isinstance(answer, ChargingAnswer)
        self._expect(answer.groups, talk, asked, zone, at, held, own, granting=not release, ref=ref)
        talk.zone, talk.last_report = zone, at
        if release:
            del self.model.talks[ref]

    @precondition(lambda self: self.model.talks)
    @rule(pick=picks)
    def send_a_passed_number(self, pick: int) -> None:
        ref = sorted(self.model.talks)[pick % len(self.model.talks)]
        invocation = Invocation(self.sequences[ref], self._now(), (report(DATA, 5),), None)
        self._refused(commands.UpdateSession(ref, invocation), "SEQUENCE_NUMBER_PASSED")
        repeated = Invocation(self.sequences[ref] + 1, self._now(), (report(DATA, 5),) * 2, None)
        self._refused(commands.UpdateSession(ref, repeated), "RATING_GROUP_REPEATED")
        self._refused(commands.UpdateSession("s-0-0-0", invocation), "CONTEXT_NOT_FOUND")

    @rule(seconds=st.sampled_from([1, 60, 3_599, 7_200, 40_000, 100_000, 1_000_000]))
    def let_time_pass(self, seconds: int) -> None:
        self.partition.world.clock.advance(seconds)
        due = {
            ref for ref, session in self.partition.state.sessions.items() if session.expires_at <= self._now()
        }
        assert self.partition.expire() == due
        for ref in due:
            del self.model.talks[ref]

    # --- events and refunds

    @rule(subscriber=subscribers, asked=events, plmn=networks, action=st.sampled_from(EventAction))
    def one_time_event(
        self, subscriber: str, asked: list[tuple[int, int]], plmn: str | None, action: EventAction
    ) -> None:
        used = tuple(Report(number, None, (Container(measure(number, units)),)) for number, units in asked)
        command = commands.OneTimeEvent(
            action, subscriber, "smsf", "e", Invocation(1, self._now(), used, plmn)
        )
        trial = copy.deepcopy(self.model)
        zone = "home" if plmn is None else PLMN_ZONES[plmn]
        held = self._held()
        outcomes: list[Debt | str] = [
            "RATING_FAILED"
            if number == UNKNOWN_GROUP
            else trial.charge(subscriber, Counted(self._now()), number, units, zone, held, {})
            for number, units in asked
        ]
        short = sum(item.overdrawn for item in outcomes if isinstance(item, Debt)) > 0
        failed = [item for item in outcomes if isinstance(item, str)]
        if action is EventAction.DIRECT_DEBITING and (failed or short):
            reason = failed[0].replace("SERVICE", "REQUEST") if failed else "QUOTA_LIMIT_REACHED"
            self._refused(command, reason)
            return
        before = self.partition.digest()
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        for group, outcome in zip(answer.groups, outcomes, strict=True):
            self._check_cost(group, outcome)
            if isinstance(outcome, Debt):
                limited = short and action is EventAction.CHECK_BALANCE
                assert group.result.name == ("QUOTA_LIMIT_REACHED" if limited else "SUCCESS")
        if action is EventAction.DIRECT_DEBITING:
            self.model = trial
            self._remember(subscriber, answer.groups, outcomes)
        else:
            assert self.partition.digest() == before

    @precondition(lambda self: self.charges)
    @rule(pick=picks, amount=st.one_of(st.none(), st.integers(1, 60_000_000)), thief=subscribers)
    def refund(self, pick: int, amount: int | None, thief: str) -> None:
        charge_id = sorted(self.charges)[pick % len(self.charges)]
        subscriber, debt = self.charges[charge_id]
        money, restored = self.refunded.get(charge_id, (0, False))
        left = debt.amount - money
        wanted = left if amount is None else amount
        restores = amount is None and not restored
        try:
            self.partition.refund(thief, charge_id, amount, self._now())
        except RefusedError as error:
            expected = "CHARGE_UNKNOWN" if thief != subscriber else "REFUND_EXCEEDS_CHARGE"
            assert error.refused.reason.name == expected
            nothing_left = wanted == 0 and (restored or not debt.units)
            assert thief != subscriber or wanted > left or nothing_left
            return
        assert thief == subscriber
        assert money + wanted <= debt.amount
        self.model.money[self.model.account_of[subscriber]] += wanted
        for bucket, units in debt.units.items() if restores else ():
            self.model.units[bucket].balance += units
        self.refunded[charge_id] = (money + wanted, restored or restores)

    # --- money by hand

    @rule(account=st.sampled_from(sorted(ACCOUNTS)), amount=amounts)
    def top_up(self, account: str, amount: int) -> None:
        self.partition.execute(commands.TopUp(account, "EUR", amount, "voucher"))
        self.model.money[account] += amount

    @rule(account=st.sampled_from(sorted(ACCOUNTS)), amount=st.integers(-200_000_000, 200_000_000))
    def adjust(self, account: str, amount: int) -> None:
        bucket = self.partition.state.buckets[f"{account}/money"]
        free = self.model.money[account] + self.model.credit[account] - bucket.reserved
        command = commands.Adjust(account, bucket.bucket_id, "EUR", True, amount, "goodwill", "care-1")
        if amount < 0 and free + amount < 0:
            self._refused(command, "BALANCE_INSUFFICIENT")
            return
        self.partition.execute(command)
        self.model.money[account] += amount

    @rule(giver=st.sampled_from(sorted(ACCOUNTS)), amount=amounts)
    def transfer(self, giver: str, amount: int) -> None:
        (taker,) = set(ACCOUNTS) - {giver}
        command = commands.Transfer(giver, taker, "EUR", amount, "present")
        if self.model.money[giver] - self.partition.state.buckets[f"{giver}/money"].reserved < amount:
            self._refused(command, "BALANCE_INSUFFICIENT")
            return
        self.partition.execute(command)
        self.model.money[giver] -= amount
        self.model.money[taker] += amount

    # --- what goes wrong

    @rule(pick=picks)
    def repeat(self, pick: int) -> None:
        self.partition.repeat(pick)

    @rule(with_snapshot=st.booleans())
    def restart(self, with_snapshot: bool) -> None:
        self.partition.restart(with_snapshot)

    @rule(fault=st.sampled_from(Fault), amount=amounts)
    def lose_a_commit(self, fault: Fault, amount: int) -> None:
        before = self.partition.digest()
        self.partition.journal.append_faults.append(fault)
        try:
            self.partition.execute(commands.TopUp("prepaid", "EUR", amount, "voucher"))
        except RefusedError as error:
            assert error.refused.reason.name == "COMMIT_FAILED"
        else:
            raise AssertionError("a commit that failed was answered")
        self.partition.wait_until_serving()
        if fault is Fault.ANSWER_LOST:
            self.model.money["prepaid"] += amount
        else:
            assert self.partition.digest() == before

    # --- what is always so

    @invariant()
    def money_and_units_are_what_the_model_says(self) -> None:
        for account, money in self.model.money.items():
            bucket = self.partition.state.buckets[f"{account}/money"]
            assert bucket.balance == money
            assert bucket.balance >= bucket.floor - self.model.overdrawn[account]
            assert bucket.available >= -self.model.overdrawn[account]
        for name, purse in self.model.units.items():
            bucket = self.partition.state.buckets[name]
            assert bucket.balance == purse.balance
            assert 0 <= bucket.reserved <= bucket.balance <= bucket.initial

    @invariant()
    def what_is_reserved_is_held_by_sessions(self) -> None:
        held: Held = {}
        for session in self.partition.state.sessions.values():
            for group in session.rating_groups.values():
                for bucket, amount in group.reservations:
                    held[bucket] = held.get(bucket, 0) + amount
        assert held == self._held()
        assert set(self.partition.state.sessions) == set(self.model.talks)

    @invariant()
    def the_journal_makes_the_same_state(self) -> None:
        self.partition.check_journal()

    def teardown(self) -> None:
        self.partition.restart(with_snapshot=False)
        self.partition.close()

    # --- the model's side of a request

    def _expect(
        self,
        answers: Sequence[GroupAnswer],
        talk: Talk,
        asked: Asked,
        zone: str,
        at: Instant,
        held: Held,
        own: dict[int, Held],
        granting: bool,
        ref: str,
    ) -> None:
        account = self.model.account_of[talk.subscriber]
        outcomes: list[Debt | str | None] = []
        overrun = 0
        for number, used, _ in asked:
            if number == UNKNOWN_GROUP:
                outcomes.append("RATING_FAILED")
                continue
            mine = own.get(number, {})
            if mine.get(f"{account}/money"):
                overrun = max(overrun, self.model.overrun(account, held))
            counted = talk.groups.setdefault(number, Counted(talk.last_report))
            outcomes.append(
                self.model.charge(talk.subscriber, counted, number, used, talk.zone, held, mine, overrun)
                if used
                else None
            )
            counted.since = max(counted.since, at)
            held = {bucket: amount - mine.get(bucket, 0) for bucket, amount in held.items()}
        for answer, outcome, (_, _, wish) in zip(answers, outcomes, asked, strict=True):
            self._check_cost(answer, outcome)
            if not isinstance(outcome, str):
                self._check_grant(answer, talk, zone, at, granting and wish is not None and wish != 0, ref)
        self._remember(talk.subscriber, answers, outcomes)

    def _check_cost(self, answer: GroupAnswer, outcome: Debt | str | None) -> None:
        if isinstance(outcome, str):
            assert (answer.result.name, answer.cost.amount) == (outcome, 0)
        elif outcome is not None:
            assert answer.cost.amount == outcome.amount
            assert sum(units for _, units in answer.cost.from_allowances) == sum(outcome.units.values())

    def _check_grant(
        self, answer: GroupAnswer, talk: Talk, zone: str, at: Instant, wanted: bool, ref: str
    ) -> None:
        """Every granted unit is backed by what is reserved for it; none is refused that could be paid."""
        if not wanted:
            assert (answer.result.name, answer.grant) == ("SUCCESS", None)
            return
        number, counted = answer.rating_group, talk.groups[answer.rating_group]
        place = (talk.subscriber, counted, number, zone, at)
        units = 1 if answer.grant is None else answer.grant.units
        if answer.result.name == "QUOTA_LIMIT_REACHED":
            free = self._free_units(talk.subscriber, number, zone, at)
            money = self.partition.state.buckets[f"{self.model.account_of[talk.subscriber]}/money"]
            needed = self.model.grant_costs(*place, units, free)
            assert isinstance(needed, int)
            assert needed > max(0, money.available)
        elif answer.grant is None:
            assert self.model.grant_costs(*place, units, 0) == answer.result.name
        else:
            session = self.partition.state.sessions[ref]
            backing = dict(session.rating_groups[number].reservations)
            money_held = backing.pop(f"{session.account_id}/money", 0)
            assert money_held == self.model.grant_costs(*place, units, sum(backing.values()))

    def _free_units(self, subscriber: str, number: int, zone: str, at: Instant) -> int:
        return sum(
            purse.balance - self.partition.state.buckets[name].reserved
            for name, purse in self.model.units.items()
            if purse.account == self.model.account_of[subscriber]
            and purse.serves(subscriber, number, zone, at)
        )

    def _remember(
        self, subscriber: str, answers: Sequence[GroupAnswer], outcomes: Sequence[Debt | str | None]
    ) -> None:
        for answer, outcome in zip(answers, outcomes, strict=True):
            if isinstance(outcome, Debt):
                (charge_id,) = answer.cost.charge_ids
                self.charges[charge_id] = (subscriber, outcome)

    def _held(self) -> Held:
        return {
            name: bucket.reserved for name, bucket in self.partition.state.buckets.items() if bucket.reserved
        }

    def _held_by_group(self, ref: str) -> dict[int, Held]:
        session = self.partition.state.sessions[ref]
        return {number: dict(group.reservations) for number, group in session.rating_groups.items()}

    def _refused(self, command: commands.Command, reason: str) -> None:
        try:
            self.partition.execute(command)
        except RefusedError as error:
            assert error.refused.reason.name == reason
        else:
            raise AssertionError(f"{reason} was expected")

    def _now(self) -> Instant:
        return self.partition.world.clock.now()


TestPartition = Partition.TestCase
