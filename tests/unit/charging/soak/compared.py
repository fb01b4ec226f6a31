"""A partition, the slow model and the books side by side, and what is compared after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.charging.domain import commands
from services.charging.domain import events as ev
from services.charging.domain.answers import Answer
from services.charging.domain.events import Entry
from services.charging.domain.state import PartitionState
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from tests.unit.charging.lived_partition import LivedPartition
from tests.unit.charging.soak.catalogs import tariffs_of
from tests.unit.charging.soak.fee_audit import FeeAudit
from tests.unit.charging.soak.kinds import kind_of
from tests.unit.charging.soak.ledger import Ledger
from tests.unit.charging.soak.mirror import take_over
from tests.unit.charging.soak.slow_model import Debt, SlowModel
from tests.unit.charging.soak.slow_state import Holdings


class Compared:
    """All of them; operations are in the modules beside this one."""

    def __init__(self, identities: dict[str, str], start: Instant) -> None:
        self.partition = LivedPartition(identities, tariffs_of(1))
        self.partition.world.clock.time = start
        self.model = SlowModel()
        self.model.published.append((1, 0))
        self.ledger = Ledger()
        self.fee_audit = FeeAudit(self.model)
        self.asked_in: dict[str, int] = {}
        """Money that commands put into each account, or took out."""
        self.held = Holdings({}, {})
        self.kinds: Counter[str] = Counter()
        """How often what happened: events by name, some by what they say."""

    @property
    def state(self) -> PartitionState:
        """Memory."""
        return self.partition.state

    def now(self) -> Instant:
        """The server's clock."""
        return self.partition.now()

    def do(self, command: commands.Command) -> Answer:
        """Executes what is no usage, and takes over what happened. Raises RefusedError."""
        answer = self.partition.execute(command)
        self.take_over()
        return answer

    def take_over(self) -> list[Entry]:
        """Takes in what was told, where it was not usage."""
        entries = self.partition.look()
        for entry in entries:
            for event in entry.events:
                self.kinds[kind_of(event)] += 1
                take_over(self.model, event)
                self.ledger.take(event)
                self.fee_audit.see(event)
        self._check_told(entries)
        return entries

    def take_usage(self, debts: list[Debt]) -> None:
        """Takes in what was told of usage: exactly the charges that the model has worked out."""
        entries = self.partition.look()
        charged: list[ev.UsageCharged] = []
        for event in (event for entry in entries for event in entry.events):
            self.kinds[kind_of(event)] += 1
            self.ledger.take(event)
            if isinstance(event, ev.UsageCharged):
                charged.append(event)
            elif isinstance(event, ev.BucketStarted):
                assert event.valid_until == self.model.purses[event.bucket_id].until
            assert not isinstance(event, ev.BucketOpened | ev.FeeCharged | ev.SubscriptionChanged), event
        found, expected = [_facts(event) for event in charged], [_of(debt) for debt in debts]
        assert found == expected, _apart(found, expected)
        self.model.forget_labels()
        self._check_told(entries)

    def refused(self, command: commands.Command, reason: str) -> None:
        """Executes what must be refused for a reason."""
        found = self.refusal(command)
        assert found == reason, f"{found} in place of {reason}: {command}"

    def refusal(self, command: commands.Command) -> str:
        """Executes a command; the name of the reason for which it is refused, or '' where it is done."""
        try:
            self.do(command)
        except RefusedError as error:
            self.check()
            return error.refused.reason.name
        return ""

    def check(self) -> None:
        """What must be so after every step."""
        self.ledger.compare(self.state)
        for account_id, asked in self.asked_in.items():
            assert self.ledger.sums[account_id].put_in == asked, account_id
        self.held = self._held()
        for name, bucket in self.state.buckets.items():
            assert bucket.balance == self.model.balance[name], name
            assert bucket.reserved == self.held.total.get(name, 0), name
            if not bucket.is_money:
                assert 0 <= bucket.reserved <= bucket.balance, name
        assert self.state.sessions.keys() == self.model.talks.keys()
        assert self.state.expired.keys() <= self.model.silent.keys()
        self._check_members()

    def _check_members(self) -> None:
        for (name, subscriber), used in self.model.member_used.items():
            held = self.held.member.get((name, subscriber), 0)
            assert used + held <= self.model.purses[name].member_limit, (name, subscriber)

    def check_closely(self) -> None:
        """What is compared now and then: every table, and what sessions and counters count."""
        self.partition.look_closely()
        self.ledger.compare_all(self.state)
        assert self.model.balance.keys() == self.state.buckets.keys()
        self._check_counters()
        for ref, session in self.state.sessions.items():
            talk = self.model.talks[ref]
            where = session.circumstances
            assert (where.zone, where.destination, where.load_percent) == (
                talk.where.zone,
                talk.where.destination,
                talk.where.load,
            )
            assert session.rating_groups.keys() == talk.groups
            for number, group in session.rating_groups.items():
                assert group.last_report_at == self.model.since[ref, number]
                for item in group.rated:
                    name = (item.catalog_version, item.offering_code, item.price_code, item.factor_permille)
                    key = (ref, number, name)
                    assert (item.used_units, item.paid_units) == (self.model.used[key], self.model.paid[key])

    def _check_counters(self) -> None:
        model = self.model
        expected: dict[tuple[str, str], dict[str, int]] = {
            **{(owner, f"counter/{code}"): labels for (owner, code), labels in model.counts.items()},
            **{(who, f"price/{of}/{code}"): labels for (who, of, code), labels in model.months.items()},
            **{
                (owner, f"peak/{of}/{code}/{group}"): labels
                for (owner, of, code, group), labels in model.peaks.items()
            },
            **{(who, f"member/{bucket}"): {"": used} for (bucket, who), used in model.member_used.items()},
        }
        found = {
            key: {count.period: count.value for count in counts}
            for key, counts in self.state.counters.items()
        }
        assert found == expected
        assert self.state.caps == model.caps

    def _check_told(self, entries: Iterable[Entry]) -> None:
        events = [event for entry in entries for event in entry.events]
        thresholds = Counter(
            (event.bucket_id, event.used_percent, event.balance)
            for event in events
            if isinstance(event, ev.ThresholdCrossed)
        )
        marks = Counter(
            (
                event.subscriber_id,
                event.counter_code,
                event.period,
                event.mark,
                event.value,
                event.status,
                event.cap,
            )
            for event in events
            if isinstance(event, ev.CounterThresholdCrossed)
        )
        assert thresholds == self.model.told.thresholds
        assert marks == self.model.told.marks
        self.model.told.thresholds.clear()
        self.model.told.marks.clear()

    def _held(self) -> Holdings:
        held = Holdings({}, {})
        for session in self.state.sessions.values():
            for group in session.rating_groups.values():
                held.change(session.subscriber_id, group.reservations, 1)
        return held


def _facts(event: ev.UsageCharged) -> tuple[object, ...]:
    assert event.amount == sum(item.amount for item in event.debits if item.unit == event.currency_code)
    return (
        event.rating_group,
        (event.catalog_version, event.offering_code, event.price_code, event.factor_permille),
        event.used_units,
        event.rated_units,
        {item.bucket_id: item.amount for item in event.debits},
        event.amount,
        event.tax,
        event.overdrawn,
        event.used_from,
        event.used_units_before,
        event.paid_units_before,
        event.offline,
        event.concurrency,
        (event.sponsor_identity, event.application_service_provider_identity),
    )


def _of(debt: Debt) -> tuple[object, ...]:
    return (
        debt.group,
        debt.name,
        debt.used,
        debt.rated,
        debt.debits,
        debt.amount,
        debt.tax,
        debt.overdrawn,
        debt.since,
        debt.used_before,
        debt.paid_before,
        debt.offline,
        debt.at_a_time,
        debt.partners,
    )


def _apart(found: list[tuple[object, ...]], expected: list[tuple[object, ...]]) -> str:
    """The first charge that differs."""
    if len(found) != len(expected):
        return f"{len(found)} charges in place of {len(expected)}: {found} in place of {expected}"
    return next(f"{one} in place of {two}" for one, two in zip(found, expected, strict=True) if one != two)
