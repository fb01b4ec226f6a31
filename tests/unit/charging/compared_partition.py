"""A partition and the slow model side by side: what a request must have done, and what is compared."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis.stateful import RuleBasedStateMachine

from services.charging.domain import commands
from services.charging.domain.answers import GroupAnswer
from services.common.kernel.clock import HOUR, Instant
from services.common.kernel.outcome import RefusedError
from tests.support.charging_world import NOON
from tests.unit.charging.lived_partition import LivedPartition
from tests.unit.charging.slow_model import Counted, Debt, Held, SlowModel, Talk

START = Instant(NOON - HOUR)
UNKNOWN_GROUP = 99
ACCOUNTS = {
    "prepaid": (300_000_000, 0, {"p-1": True, "p-2": False}),
    "postpaid": (0, 500_000_000, {"q-1": True}),
}

Asked = Sequence[tuple[int, int, object]]


class ComparedPartition(RuleBasedStateMachine):
    """Both of them, and the comparison."""

    def __init__(self) -> None:
        super().__init__()
        names = [name for *_, members in ACCOUNTS.values() for name in members]
        self.partition = LivedPartition({f"device-{name}": name for name in names})
        self.partition.world.clock.time = NOON
        self.model = SlowModel()
        self.charges: dict[str, tuple[str, Debt]] = {}
        self.refunded: dict[str, tuple[int, bool]] = {}
        self.sequences: dict[str, int] = {}

    def expect(
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
        """Charges the reports of one request in the model, and compares every group of the answer."""
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
            self.check_cost(answer, outcome)
            if not isinstance(outcome, str):
                self.check_grant(answer, talk, zone, at, granting and wish is not None and wish != 0, ref)
        self.remember(talk.subscriber, answers, outcomes)

    def check_cost(self, answer: GroupAnswer, outcome: Debt | str | None) -> None:
        """The same result, the same money, the same units."""
        if isinstance(outcome, str):
            assert (answer.result.name, answer.cost.amount) == (outcome, 0)
        elif outcome is not None:
            assert answer.cost.amount == outcome.amount
            assert sum(units for _, units in answer.cost.from_allowances) == sum(outcome.units.values())

    def check_grant(
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
            free = self.free_units(talk.subscriber, number, zone, at)
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

    def free_units(self, subscriber: str, number: int, zone: str, at: Instant) -> int:
        """Allowance units that could still be granted."""
        return sum(
            purse.balance - self.partition.state.buckets[name].reserved
            for name, purse in self.model.units.items()
            if purse.account == self.model.account_of[subscriber]
            and purse.serves(subscriber, number, zone, at)
        )

    def remember(
        self, subscriber: str, answers: Sequence[GroupAnswer], outcomes: Sequence[Debt | str | None]
    ) -> None:
        """Keeps charges for refunds."""
        for answer, outcome in zip(answers, outcomes, strict=True):
            if isinstance(outcome, Debt):
                (charge_id,) = answer.cost.charge_ids
                self.charges[charge_id] = (subscriber, outcome)

    def held(self) -> Held:
        """Reserved by bucket."""
        return {
            name: bucket.reserved for name, bucket in self.partition.state.buckets.items() if bucket.reserved
        }

    def held_by_group(self, ref: str) -> dict[int, Held]:
        """Reserved by bucket, for each rating group of a session."""
        session = self.partition.state.sessions[ref]
        return {number: dict(group.reservations) for number, group in session.rating_groups.items()}

    def refused(self, command: commands.Command, reason: str) -> None:
        """Executes what must be refused for a reason."""
        try:
            self.partition.execute(command)
        except RefusedError as error:
            assert error.refused.reason.name == reason
        else:
            raise AssertionError(f"{reason} was expected")

    def now(self) -> Instant:
        """The server's clock."""
        return self.partition.world.clock.now()
