"""The Answers port in memory: what crashes are tried out on. SQL is held to do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.offers.application.effect_ports import Found, RequestMark, Settled
from services.offers.domain.acceptance import (
    STANDING,
    Answer,
    AnswerEvent,
    AnswerState,
    ChargingRefusal,
    Given,
    next_state,
)
from services.offers.domain.budgets import BudgetUse, fits
from services.offers.domain.decisions import Outcome, OutcomeKind
from services.offers.domain.policies import Budget
from services.offers.domain.reasons import BUDGET_SPENT, DUPLICATE_DIFFERS


@dataclass
class MemoryAnswers:
    """The Answers port in memory, one step at a time."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    tried_at: dict[tuple[str, str], Instant] = field(default_factory=dict)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    uses: dict[str, BudgetUse] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    async def find(self, decision_id: str, offer_code: str, mark: RequestMark) -> Found:
        """As it stands."""
        repeated = self._check(mark)
        answer = self.answers.get((decision_id, offer_code))
        if answer is not None and answer.state in STANDING:
            self._note(mark)
        return Found(answer, repeated)

    async def begin(self, wanted: Answer, mark: RequestMark, bound: Budget) -> Settled:
        """PENDING."""
        key = (wanted.decision_id, wanted.offer_code)
        before = self.answers.get(key)
        state = AnswerState.NONE if before is None else before.state
        step = next_state(state, AnswerEvent.ACCEPT)
        repeated = self._check(mark)
        if isinstance(step, Reason):
            raise RefusedError(Refused(step, "declined"))
        use = self._use(wanted.offer_code)
        if before is not None and (step is state or (repeated and state is AnswerState.REFUSED)):
            self._note(mark)
            return Settled(before, use)
        if not fits(use, bound, wanted.given_minor_micros):
            raise RefusedError(Refused(BUDGET_SPENT, "spent"))
        self._note(mark)
        begun = replace(wanted, state=step, attempt=1 if before is None else before.attempt + 1)
        self.answers[key], self.tried_at[key] = begun, wanted.at
        return Settled(begun, self._move(wanted.offer_code, 1, wanted.given_minor_micros))

    async def finish(self, answer: Answer, given: Given, at: Instant) -> Settled:
        """DONE."""
        before = self.answers[answer.decision_id, answer.offer_code]
        if next_state(before.state, AnswerEvent.GIVEN) is before.state:
            return Settled(before, self._use(before.offer_code))
        if before.state not in STANDING:
            self._move(before.offer_code, 1, before.given_minor_micros)
        done = before.done(given, at)
        self.answers[answer.decision_id, answer.offer_code] = done
        self._tell(done, OutcomeKind.ACCEPTED, at)
        return Settled(done, self._use(before.offer_code))

    async def refuse(self, answer: Answer, refusal: ChargingRefusal, at: Instant) -> Settled:
        """REFUSED."""
        before = self.answers[answer.decision_id, answer.offer_code]
        is_late = before.attempt != answer.attempt
        if is_late or next_state(before.state, AnswerEvent.REFUSE) is before.state:
            return Settled(before, self._use(before.offer_code))
        refused = before.refused(refusal, at)
        self.answers[answer.decision_id, answer.offer_code] = refused
        return Settled(refused, self._move(before.offer_code, -1, -before.given_minor_micros))

    async def decline(self, wanted: Answer, mark: RequestMark) -> Answer:
        """DECLINED."""
        key = (wanted.decision_id, wanted.offer_code)
        before = self.answers.get(key)
        state = AnswerState.NONE if before is None else before.state
        step = next_state(state, AnswerEvent.DECLINE)
        self._check(mark)
        if isinstance(step, Reason):
            raise RefusedError(Refused(step, "accepted"))
        self._note(mark)
        said = wanted
        if before is not None:
            never = before.never_again or wanted.never_again
            said = replace(before, never_again=never) if step is state else before.declined(wanted)
        self.answers[key] = said
        if said.never_again:
            self._tell(said, OutcomeKind.OPTED_OUT, wanted.at)
        self._tell(said, OutcomeKind.DECLINED, wanted.at)
        return said

    async def feedback(self, outcome: Outcome, mark: RequestMark) -> None:
        """Once."""
        if not self._check(mark):
            self._note(mark)
            self._add(outcome)

    async def pending(self, tried_before: Instant, limit: int) -> Sequence[Answer]:
        """The longest untried first."""
        due = [
            (self.tried_at[key], key)
            for key, answer in self.answers.items()
            if answer.state is AnswerState.PENDING and self.tried_at[key] <= tried_before
        ]
        return [self.answers[key] for _, key in sorted(due)[:limit]]

    async def tried(self, answer: Answer, at: Instant) -> None:
        """To the end of the queue."""
        self.tried_at[answer.decision_id, answer.offer_code] = at

    def kinds(self, decision_id: str) -> list[OutcomeKind]:
        """Outcomes of a decision in their order."""
        return [outcome.kind for outcome in self.outcomes if outcome.decision_id == decision_id]

    def _tell(self, answer: Answer, kind: OutcomeKind, at: Instant) -> None:
        value = answer.value_minor_micros if kind is OutcomeKind.ACCEPTED else 0
        self._add(Outcome(answer.decision_id, answer.offer_code, kind, at, 0, answer.reason, value))

    def _add(self, outcome: Outcome) -> None:
        key = (outcome.decision_id, outcome.offer_code, outcome.kind)
        if key not in {(item.decision_id, item.offer_code, item.kind) for item in self.outcomes}:
            self.outcomes.append(outcome)

    def _check(self, mark: RequestMark) -> bool:
        content = self.marks.get((mark.subscriber_id, mark.request_id))
        if content not in (None, mark.content):
            raise RefusedError(Refused(DUPLICATE_DIFFERS, "another content", "request_id"))
        return content is not None

    def _note(self, mark: RequestMark) -> None:
        self.marks[mark.subscriber_id, mark.request_id] = mark.content

    def _use(self, offer_code: str) -> BudgetUse:
        return self.uses.get(offer_code, BudgetUse())

    def _move(self, offer_code: str, acceptances: int, minor_micros: int) -> BudgetUse:
        use = self._use(offer_code)
        moved = BudgetUse(use.acceptances + acceptances, use.amount_minor_micros + minor_micros)
        self.uses[offer_code] = moved
        return moved
