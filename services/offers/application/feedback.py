"""What a customer thought of an offer, or did with it short of answering: it adds to the story."""

from __future__ import annotations

from services.common.kernel.clock import Clock
from services.offers.application.effect_ports import Answers, Presentations, RequestMark
from services.offers.application.presenting import presented
from services.offers.domain.acceptance import FeedbackRequest
from services.offers.domain.decisions import Outcome


class GivingFeedback:
    """The use case GiveFeedback."""

    def __init__(self, presentations: Presentations, answers: Answers, clock: Clock) -> None:
        self._presentations = presentations
        self._answers = answers
        self._clock = clock

    async def __call__(self, request: FeedbackRequest) -> None:
        """Adds the outcome; of each kind the first one stands.

        Raises RefusedError DECISION_UNKNOWN, OFFER_NOT_PRESENTED, DUPLICATE_DIFFERS.
        """
        offer = await presented(self._presentations, request)
        content = f"{request.kind.value} {request.decision_id} {request.offer_code} {request.rating}"
        mark = RequestMark(offer.subscriber_id, request.request_id, f"{content} {request.reason}")
        outcome = Outcome(
            request.decision_id,
            request.offer_code,
            request.kind,
            self._clock.now(),
            request.rating,
            request.reason,
        )
        await self._answers.feedback(outcome, mark)
