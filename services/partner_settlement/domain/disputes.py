"""Disputes about single lines of final statements: a table of states, and what a decision means.

    RAISED -answer-> ANSWERED -answer-> ANSWERED ...      either side, any number of times
    RAISED, ANSWERED -escalate-> ESCALATED
    RAISED, ANSWERED, ESCALATED -accept-> ACCEPTED        by the operator
                                -reject-> REJECTED        by the operator
                                -withdraw-> WITHDRAWN     by the partner

While one is open the line's amount is held back, so it is in no payout and in no netting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

from services.common.kernel.clock import DAY, Instant
from services.partner_settlement.domain.agreements import DisputeTerms


class DisputeState(Enum):
    """Where a dispute is."""

    RAISED = "raised"
    ANSWERED = "answered"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DisputeStep(Enum):
    """What somebody wants done."""

    ANSWER = "answer"
    ESCALATE = "escalate"
    ACCEPT = "accept"
    REJECT = "reject"
    WITHDRAW = "withdraw"


OPEN_STATES = frozenset({DisputeState.RAISED, DisputeState.ANSWERED, DisputeState.ESCALATED})

_TARGETS = {
    DisputeStep.ACCEPT: DisputeState.ACCEPTED,
    DisputeStep.REJECT: DisputeState.REJECTED,
    DisputeStep.WITHDRAW: DisputeState.WITHDRAWN,
}
TRANSITIONS: Mapping[tuple[DisputeState, DisputeStep], DisputeState] = {
    (DisputeState.RAISED, DisputeStep.ANSWER): DisputeState.ANSWERED,
    (DisputeState.ANSWERED, DisputeStep.ANSWER): DisputeState.ANSWERED,
    (DisputeState.ESCALATED, DisputeStep.ANSWER): DisputeState.ESCALATED,
    (DisputeState.RAISED, DisputeStep.ESCALATE): DisputeState.ESCALATED,
    (DisputeState.ANSWERED, DisputeStep.ESCALATE): DisputeState.ESCALATED,
    **{(state, step): target for state in OPEN_STATES for step, target in _TARGETS.items()},
}
"""An illegal move is a missing key."""


@dataclass(frozen=True, slots=True)
class DisputeMessage:
    """One entry of the trail: who said what, and what the dispute became."""

    at: Instant
    actor: str
    state: DisputeState
    text: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """Amounts in minor units of the line's currency. `held_minor` is what is kept back while it is open."""

    dispute_id: str
    statement_id: str
    line_number: int
    party_code: str
    state: DisputeState
    currency_code: str
    line_minor: int
    claimed_minor: int
    held_minor: int
    trail: tuple[DisputeMessage, ...]
    agreed_minor: int | None = None
    deducted: bool = False
    """The payout of the statement was made without the held amount."""

    @property
    def is_open(self) -> bool:
        """True while nobody has decided."""
        return self.state in OPEN_STATES

    def stepped(self, step: DisputeStep, at: Instant, actor: str, text: str) -> Dispute | None:
        """The dispute after a step, with its trail; None where the table has no such move."""
        state = TRANSITIONS.get((self.state, step))
        if state is None:
            return None
        return replace(self, state=state, trail=(*self.trail, DisputeMessage(at, actor, state, text)))


def is_worth_disputing(terms: DisputeTerms, currency_code: str, line_minor: int, claimed_minor: int) -> bool:
    """False where the difference is below the agreed minimum, or the agreed part of the line."""
    difference = abs(claimed_minor - line_minor)
    if difference == 0 or difference < terms.minimums.get(currency_code, 0):
        return False
    return Fraction(difference) >= abs(line_minor) * terms.minimum_percent / 100


def is_in_time(terms: DisputeTerms, closed_at: Instant, now: Instant) -> bool:
    """False where the agreed days since the statement are over."""
    return terms.days == 0 or now <= closed_at + terms.days * DAY
