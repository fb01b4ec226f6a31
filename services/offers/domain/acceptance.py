"""What becomes of a presented offer, as a table of states. One answer for each offer of a decision.

    none ----accept---> PENDING --given---> DONE
    none ----decline--> DECLINED
    PENDING --refused-> REFUSED, which may be accepted again, or declined

PENDING is written, with the budget reserved, before charging is asked: whatever crashes afterwards,
somebody finds it and asks again under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import Reason
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.policies import Action, Purpose
from services.offers.domain.reasons import OFFER_ACCEPTED_ALREADY, OFFER_DECLINED

REVERSAL_DAYS = 14
"""What is cancelled or refunded within so many days after it was accepted was not worth accepting."""
REVERSAL_WINDOW = REVERSAL_DAYS * DAY


class AnswerState(Enum):
    """Where the answer to an offer stands."""

    NONE = "none"
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    DECLINED = "declined"


class AnswerEvent(Enum):
    """What happens to an answer."""

    ACCEPT = "the customer says yes"
    DECLINE = "the customer says no"
    GIVEN = "charging gave it effect"
    REFUSE = "charging refused it"


NEXT: Mapping[tuple[AnswerState, AnswerEvent], AnswerState | Reason] = {
    (AnswerState.NONE, AnswerEvent.ACCEPT): AnswerState.PENDING,
    (AnswerState.PENDING, AnswerEvent.ACCEPT): AnswerState.PENDING,
    (AnswerState.DONE, AnswerEvent.ACCEPT): AnswerState.DONE,
    (AnswerState.REFUSED, AnswerEvent.ACCEPT): AnswerState.PENDING,
    (AnswerState.DECLINED, AnswerEvent.ACCEPT): OFFER_DECLINED,
    (AnswerState.NONE, AnswerEvent.DECLINE): AnswerState.DECLINED,
    (AnswerState.PENDING, AnswerEvent.DECLINE): OFFER_ACCEPTED_ALREADY,
    (AnswerState.DONE, AnswerEvent.DECLINE): OFFER_ACCEPTED_ALREADY,
    (AnswerState.REFUSED, AnswerEvent.DECLINE): AnswerState.DECLINED,
    (AnswerState.DECLINED, AnswerEvent.DECLINE): AnswerState.DECLINED,
    (AnswerState.PENDING, AnswerEvent.GIVEN): AnswerState.DONE,
    (AnswerState.DONE, AnswerEvent.GIVEN): AnswerState.DONE,
    # What charging's journal shows is so, whatever was believed meanwhile.
    (AnswerState.REFUSED, AnswerEvent.GIVEN): AnswerState.DONE,
    (AnswerState.DECLINED, AnswerEvent.GIVEN): AnswerState.DONE,
    (AnswerState.PENDING, AnswerEvent.REFUSE): AnswerState.REFUSED,
    # Late, from somebody who asked in an earlier attempt.
    (AnswerState.DONE, AnswerEvent.REFUSE): AnswerState.DONE,
    (AnswerState.REFUSED, AnswerEvent.REFUSE): AnswerState.REFUSED,
    (AnswerState.DECLINED, AnswerEvent.REFUSE): AnswerState.DECLINED,
}
"""State and event to the next state, or to the reason why not. The same state: it was so already.

What is missing cannot happen: charging is asked for nothing that was never accepted.
"""

STANDING = frozenset({AnswerState.PENDING, AnswerState.DONE})
"""A yes that stands: it counts against the budget, and cannot be declined."""


def next_state(state: AnswerState, event: AnswerEvent) -> AnswerState | Reason:
    """The next state, or why not. Raises KeyError for what cannot happen."""
    return NEXT[state, event]


@dataclass(frozen=True, slots=True)
class Given:
    """What charging did: charges with their sum, tax included, and when a trial ends."""

    charge_ids: tuple[str, ...] = ()
    amount_minor_micros: int = 0
    currency_code: str = ""
    trial_end: Instant | None = None


@dataclass(frozen=True, slots=True)
class ChargingRefusal:
    """Why charging gave no effect: its reason (UPPER_SNAKE), and its message."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one offer of one decision, as it stands.

    `action` of what was accepted is sent unchanged however often: the same key must have the same content.
    `attempt` counts acceptances, from 1. `given_minor_micros` is reserved of the budget;
    `value_minor_micros` is what the acceptance is worth to the operator.
    """

    decision_id: str
    offer_code: str
    state: AnswerState
    subscriber_id: str
    account_id: str
    channel: str
    at: Instant
    """When the customer said so, last."""
    action: Action | None = None
    attempt: int = 0
    given_minor_micros: int = 0
    value_minor_micros: int = 0
    settled_at: Instant | None = None
    given: Given = Given()
    refusal: ChargingRefusal | None = None
    quiet_until: Instant | None = None
    reason: str = ""
    never_again: bool = False

    @property
    def acceptance_id(self) -> str:
        """One offer of one decision is accepted once."""
        return f"{self.decision_id}:{self.offer_code}"

    @property
    def charging_key(self) -> str:
        """Under which charging is asked, the same whatever happens: at most one effect."""
        return f"offers:{self.decision_id}:{self.offer_code}"

    def done(self, given: Given, at: Instant) -> Answer:
        """With charging's effect."""
        return replace(self, state=AnswerState.DONE, given=given, refusal=None, settled_at=at)

    def declined(self, wanted: Answer) -> Answer:
        """No after all; what charging had refused before is remembered."""
        return replace(
            self,
            state=AnswerState.DECLINED,
            channel=wanted.channel,
            at=wanted.at,
            quiet_until=wanted.quiet_until,
            reason=wanted.reason,
            never_again=wanted.never_again,
        )

    def refused(self, refusal: ChargingRefusal, at: Instant) -> Answer:
        """Without."""
        return replace(self, state=AnswerState.REFUSED, refusal=refusal, settled_at=at)


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    """Yes to an offer. `account_id`: of whoever asks, to whom decisions of others are unknown; empty: any."""

    request_id: str
    decision_id: str
    offer_code: str
    channel: str = ""
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An acceptance that took effect."""

    acceptance_id: str
    accepted_at: Instant
    given: Given


@dataclass(frozen=True, slots=True)
class DeclineRequest:
    """No to an offer. `never_again`: and to everything that nobody asked for."""

    request_id: str
    decision_id: str
    offer_code: str
    channel: str = ""
    reason: str = ""
    never_again: bool = False
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The offer keeps quiet until then."""

    quiet_until: Instant


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """What the customer thought of an offer, or did with it. `rating` 1 to 5 with RATED, otherwise 0."""

    request_id: str
    decision_id: str
    offer_code: str
    kind: OutcomeKind
    rating: int = 0
    reason: str = ""
    account_id: str = ""


FEEDBACK_KINDS = frozenset({OutcomeKind.SEEN, OutcomeKind.OPENED, OutcomeKind.RATED, OutcomeKind.COMPLAINED})

NEVER_AGAIN_ENDS = Purpose.OUTBOUND
"""The consent that a "never again" withdraws."""
