"""One-time events, outcomes and refunds."""

from __future__ import annotations

from random import Random

from services.charging.domain.answers import ChargingAnswer, OutcomeAnswer
from services.charging.domain.commands import EventAction, Invocation, OneTimeEvent, PastCharge
from services.charging.domain.events import Outcome as Delivered
from services.charging.domain.outcome_commands import SettleOutcome
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from tests.unit.charging.soak.figures import OUTCOME
from tests.unit.charging.soak.ledger import Written
from tests.unit.charging.soak.requests import Asked, Part, draw_asked, draw_seen, report
from tests.unit.charging.soak.session_operations import SessionOperations
from tests.unit.charging.soak.slow_model import Debt
from tests.unit.charging.soak.slow_prices import Where, period_of
from tests.unit.charging.soak.slow_state import Talk
from tests.unit.charging.soak.worked_out import Outcome, Worked

_REFUSALS = {
    "RATING_FAILED": "RATING_FAILED",
    "END_USER_SERVICE_DENIED": "END_USER_REQUEST_DENIED",
}


class EventOperations(SessionOperations):
    """Whole or not at all; before the service or after it; with effect or without."""

    _events = 0

    def event(self, random: Random) -> None:
        """An event of one or two rating groups."""
        at = Instant(self.now() - self.draw_skew(random))
        asked = draw_asked(random, at, at, most=2)
        asked = tuple(Asked(item.group, item.parts or (Part(1),), None) for item in asked)
        self._send(random, at, asked or (Asked(30, (Part(2),), None),), None)

    def outcome(self, random: Random) -> None:
        """An outcome, named and with evidence; the same one is never charged twice."""
        at = self.now()
        name = f"outcome-{random.randrange(1_000)}"
        delivered = Delivered(name, "urn:evidence", b"\x01" * 32, random.random() < 0.6)
        self._send(random, at, (Asked(OUTCOME, (Part(random.randrange(1, 4)),), None),), delivered)

    def _send(
        self, random: Random, at: Instant, asked: tuple[Asked, ...], delivered: Delivered | None
    ) -> None:
        subscriber, seen = self.draw_subscriber(random), draw_seen(random)
        action = random.choice((EventAction.DIRECT_DEBITING, *EventAction))
        afterwards = random.random() < 0.3
        invocation = Invocation(1, at, tuple(map(report, asked)), seen.observed(), delivered)
        command = OneTimeEvent(action, subscriber, "smsf", "e", invocation, afterwards)
        if subscriber in self.model.barred and not afterwards:
            return self.refused(command, "SUBSCRIBER_BARRED")
        let_through = self.model.charged_by if afterwards else self.model.granted_by
        had = let_through(subscriber, at)
        if delivered is not None:
            reason = self._outcome_refusal(subscriber, delivered, bool(had))
            if reason:
                return self.refused(command, reason)
        self._events += 1
        where = seen.change(Where(), *self.model.profile[subscriber]) if had else Where(zone="")
        self.model.begin_trial()
        worked = self._worked(subscriber, where, at, had)
        outcomes = worked.outcomes(asked)
        self._compare_event(command, worked, outcomes)
        return None

    def _outcome_refusal(self, subscriber: str, delivered: Delivered, has_offerings: bool) -> str:
        if not has_offerings or not self._counts_outcomes(subscriber):
            return "FIELD_INVALID"
        known = (subscriber, delivered.outcome_id) in self.state.outcome_charges
        return "OUTCOME_CHARGED" if known else ""

    def _counts_outcomes(self, subscriber: str) -> bool:
        """Every version has the rating group, so whoever has an offering has it."""
        return bool(self.model.having[subscriber])

    def _worked(self, subscriber: str, where: Where, at: Instant, had: tuple[tuple[str, int], ...]) -> Worked:
        talk = Talk(subscriber, where, at, ())
        name = f"event-{self._events}"
        return Worked(self.model, name, talk, where, at, had, self.held, {}, in_session=False)

    def _compare_event(self, command: OneTimeEvent, worked: Worked, outcomes: list[Outcome]) -> None:
        debts = [debt for outcome in outcomes for debt in outcome.debts]
        failed = [outcome.failure for outcome in outcomes if outcome.failure]
        short = any(debt.overdrawn for debt in debts) or self._beyond_cap(worked, debts)
        debiting = command.action is EventAction.DIRECT_DEBITING
        if debiting and (failed or (short and not command.after_the_service)):
            self._forget_trial()
            return self.refused(command, _REFUSALS[failed[0]] if failed else "QUOTA_LIMIT_REACHED")
        if not debiting:
            self._forget_trial()
        else:
            self.model.keep_trial()
        rows = len(self.partition.journal.rows)
        answer = self.partition.execute(command)
        assert isinstance(answer, ChargingAnswer)
        assert debiting or len(self.partition.journal.rows) == rows
        self.take_usage(debts if debiting else [])
        for group, outcome in zip(answer.groups, outcomes, strict=True):
            limited = short and command.action is EventAction.CHECK_BALANCE
            expected = outcome.failure or ("QUOTA_LIMIT_REACHED" if limited else "SUCCESS")
            assert group.result.name == expected
            assert group.cost.amount == sum(debt.amount for debt in outcome.debts)
            assert bool(group.cost.charge_ids) == (debiting and bool(outcome.debts))
        return None

    def _forget_trial(self) -> None:
        self.model.take_back()
        self.model.told.thresholds.clear()
        self.model.told.marks.clear()

    def _beyond_cap(self, worked: Worked, debts: list[Debt]) -> bool:
        """Whether the event moves a counter past its cap, running grants taken into account."""
        model, subscriber = self.model, worked.talk.subscriber
        for debt in debts:
            for counter in model.counters_of(debt.group, worked.where):
                cap = model.cap(counter, subscriber)
                moved = debt.amount if counter.money else debt.used
                if cap is None or not moved:
                    continue
                label = period_of(counter.period, worked.at, model.zone_of[subscriber])
                after = model.counts.get((model.owner(counter, subscriber), counter.code), {}).get(label, 0)
                if after + self._granted(counter.code, subscriber) > cap:
                    return True
        return False

    def _granted(self, counter_code: str, subscriber: str) -> int:
        account, total = self.model.account_of[subscriber], 0
        for ref, session in self.state.sessions.items():
            talk = self.model.talks[ref]
            for number, group in session.rating_groups.items():
                for counter in self.model.counters_of(number, talk.where):
                    mine = talk.subscriber == subscriber or (
                        counter.shared and self.model.account_of[talk.subscriber] == account
                    )
                    if counter.code == counter_code and mine:
                        held = sum(part for name, part in group.reservations if name.endswith("/money"))
                        total += held if counter.money else group.granted_units
        return total

    def settle(self, random: Random) -> None:
        """A provisional outcome is confirmed or taken back; the other way round afterwards is refused."""
        outcomes = [
            charge
            for charge in self.ledger.charges.values()
            if getattr(charge.record, "outcome", None) is not None
        ]
        if not outcomes:
            return None
        charge, confirmed = random.choice(outcomes), random.random() < 0.4
        stands = self.state.outcomes[charge.charge_id].name
        command = SettleOutcome(_past(charge), confirmed, "seen", "care-1")
        wanted = "CONFIRMED" if confirmed else "REVERSED"
        if stands not in {"PROVISIONAL", wanted}:
            return self.refused(command, "OUTCOME_SETTLED")
        left, rows = max(0, charge.left), len(self.partition.journal.rows)
        answer = self.do(command)
        assert isinstance(answer, OutcomeAnswer)
        if stands == wanted:
            assert len(self.partition.journal.rows) == rows
        elif not confirmed:
            assert answer.refunded == left
            assert charge.left <= 0
        assert self.state.outcomes[charge.charge_id].name == wanted
        return None

    def refund(self, random: Random) -> None:
        """Part or all of a charge is given back; never more than was charged, never to another."""
        if not self.ledger.charges:
            return
        charge = random.choice(list(self.ledger.charges.values()))
        thief = self.draw_subscriber(random) if random.random() < 0.2 else charge.subscriber
        amount = random.choice((None, None, 1, random.randrange(1, 60_000_000)))
        left, had_units = charge.left, charge.units_restored
        wanted = left if amount is None else amount
        expected = ""
        if thief != charge.subscriber:
            expected = "CHARGE_UNKNOWN"
        elif wanted > left or wanted < 0 or (wanted == 0 and (had_units or not charge.units)):
            expected = "REFUND_EXCEEDS_CHARGE"
        try:
            self.partition.refund(thief, charge.charge_id, amount, charge.currency, self.now())
        except RefusedError as error:
            assert error.refused.reason.name == expected, charge
            return
        assert expected == ""
        self.take_over()
        assert charge.left == left - wanted
        assert charge.units_restored == (
            had_units or (amount is None and bool(charge.units)) or amount is None
        )


def _past(charge: Written) -> PastCharge:
    return PastCharge(
        charge.charge_id,
        charge.account,
        charge.subscriber,
        charge.currency,
        charge.amount,
        charge.tax,
        charge.debits,
    )
