"""What charging's journal tells of acceptances: that they took effect, and that they were taken back.

Values only; an adapter finds them in the journal, another the answers they are about.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.offers.domain.acceptance import REVERSAL_WINDOW, Answer, AnswerState, Given


@dataclass(frozen=True, slots=True)
class TookEffect:
    """An offering was taken, or money added, with a decision as its reference.

    `offering_codes` and `subscriber_id` are empty for a reward, `offer_code` for an offering.
    """

    decision_id: str
    subscriber_id: str
    given: Given
    at: Instant
    offering_codes: frozenset[str] = frozenset()
    offer_code: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A subscriber gave an offering up, at once or to an end in the future."""

    subscriber_id: str
    offering_code: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Refunded:
    """A charge was paid back, in part or whole."""

    charge_id: str
    at: Instant


Sign = TookEffect | Cancelled | Refunded


def is_reversal(answer: Answer, at: Instant) -> bool:
    """True where what happened then takes back what was accepted."""
    return answer.state is AnswerState.DONE and answer.at <= at <= answer.at + REVERSAL_WINDOW


def is_effect_of(answer: Answer, sign: TookEffect) -> bool:
    """True where what charging did is what this answer asked for."""
    is_other = sign.subscriber_id not in ("", answer.subscriber_id)
    if answer.action is None or is_other or answer.decision_id != sign.decision_id:
        return False
    if sign.offer_code:
        return answer.offer_code == sign.offer_code
    return answer.action.offering_code in sign.offering_codes
