"""Any sequence of operations: money and units are conserved, replay equals live, duplicates do nothing."""

from __future__ import annotations

import copy

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from services.charging.domain import commands
from services.charging.domain.answers import ChargingAnswer
from services.charging.domain.commands import Container, EventAction, Invocation, Report
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA, TEXT, VIDEO, VOICE
from tests.support.charging_world import CHARGING_DECIDES, measure, report, seen
from tests.support.memory_journal import Fault
from tests.unit.charging.compared_partition import ACCOUNTS, START, UNKNOWN_GROUP, Asked, ComparedPartition
from tests.unit.charging.slow_model import PLMN_ZONES, Counted, Debt, Held, Talk

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


def _report(number: int, used: int, wish: object) -> Report:
    return report(number, *([used] if used else []), want=wish)  # type: ignore[arg-type]


class Partition(ComparedPartition):
    """Random life of two accounts with three subscribers, beside the slow model."""

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
        at = Instant(self.now() - skew * SECOND)
        invocation = Invocation(0, at, tuple(_report(*item) for item in asked), seen(plmn))
        command = commands.CreateSession(subscriber, "smf-1", "c-1", invocation)
        talk = Talk(subscriber, "home" if plmn is None else PLMN_ZONES[plmn], at)
        held = self.held()
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        self.expect(answer.groups, talk, asked, talk.zone, at, held, {}, granting=True, ref=answer.ref)
        self.model.talks[answer.ref] = talk
        self.sequences[answer.ref] = 0

    @precondition(lambda self: self.model.talks)
    @rule(pick=picks, asked=reports, plmn=networks, skew=st.integers(0, 900), release=st.booleans())
    def update(self, pick: int, asked: Asked, plmn: str | None, skew: int, release: bool) -> None:
        ref = sorted(self.model.talks)[pick % len(self.model.talks)]
        talk = self.model.talks[ref]
        at = Instant(max(self.now() - skew * SECOND, talk.last_report))
        zone = talk.zone if plmn is None else PLMN_ZONES[plmn]
        self.sequences[ref] += 1
        invocation = Invocation(self.sequences[ref], at, tuple(_report(*item) for item in asked), seen(plmn))
        held, own = self.held(), self.held_by_group(ref)
        answer = self.partition.execute(commands.UpdateSession(ref, invocation, release))
        assert isinstance(answer, ChargingAnswer)
        self.expect(answer.groups, talk, asked, zone, at, held, own, granting=not release, ref=ref)
        talk.zone, talk.last_report = zone, at
        if release:
            del self.model.talks[ref]

    @precondition(lambda self: self.model.talks)
    @rule(pick=picks)
    def send_a_passed_number(self, pick: int) -> None:
        ref = sorted(self.model.talks)[pick % len(self.model.talks)]
        invocation = Invocation(self.sequences[ref], self.now(), (report(DATA, 5),))
        self.refused(commands.UpdateSession(ref, invocation), "SEQUENCE_NUMBER_PASSED")
        repeated = Invocation(self.sequences[ref] + 1, self.now(), (report(DATA, 5),) * 2)
        self.refused(commands.UpdateSession(ref, repeated), "RATING_GROUP_REPEATED")
        self.refused(commands.UpdateSession("s-0-0-0", invocation), "CONTEXT_NOT_FOUND")

    @rule(seconds=st.sampled_from([1, 60, 3_599, 7_200, 40_000, 100_000, 1_000_000]))
    def let_time_pass(self, seconds: int) -> None:
        self.partition.world.clock.advance(seconds)
        due = {
            ref for ref, session in self.partition.state.sessions.items() if session.expires_at <= self.now()
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
            action, subscriber, "smsf", "e", Invocation(1, self.now(), used, seen(plmn))
        )
        trial = copy.deepcopy(self.model)
        zone = "home" if plmn is None else PLMN_ZONES[plmn]
        held = self.held()
        outcomes: list[Debt | str] = [
            "RATING_FAILED"
            if number == UNKNOWN_GROUP
            else trial.charge(subscriber, Counted(self.now()), number, units, zone, held, {})
            for number, units in asked
        ]
        short = sum(item.overdrawn for item in outcomes if isinstance(item, Debt)) > 0
        failed = [item for item in outcomes if isinstance(item, str)]
        if action is EventAction.DIRECT_DEBITING and (failed or short):
            reason = failed[0].replace("SERVICE", "REQUEST") if failed else "QUOTA_LIMIT_REACHED"
            self.refused(command, reason)
            return
        before = self.partition.digest()
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        for group, outcome in zip(answer.groups, outcomes, strict=True):
            self.check_cost(group, outcome)
            if isinstance(outcome, Debt):
                limited = short and action is EventAction.CHECK_BALANCE
                assert group.result.name == ("QUOTA_LIMIT_REACHED" if limited else "SUCCESS")
        if action is EventAction.DIRECT_DEBITING:
            self.model = trial
            self.remember(subscriber, answer.groups, outcomes)
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
            self.partition.refund(thief, charge_id, amount, self.now())
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
            self.refused(command, "BALANCE_INSUFFICIENT")
            return
        self.partition.execute(command)
        self.model.money[account] += amount

    @rule(giver=st.sampled_from(sorted(ACCOUNTS)), amount=amounts)
    def transfer(self, giver: str, amount: int) -> None:
        (taker,) = set(ACCOUNTS) - {giver}
        command = commands.Transfer(giver, taker, "EUR", amount, "present")
        if self.model.money[giver] - self.partition.state.buckets[f"{giver}/money"].reserved < amount:
            self.refused(command, "BALANCE_INSUFFICIENT")
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
        assert held == self.held()
        assert set(self.partition.state.sessions) == set(self.model.talks)

    @invariant()
    def the_journal_makes_the_same_state(self) -> None:
        self.partition.check_journal()

    def teardown(self) -> None:
        self.partition.restart(with_snapshot=False)
        self.partition.close()


TestPartition = Partition.TestCase
