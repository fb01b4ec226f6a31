"""What becomes of presented offers: one object for whoever serves it, and the work behind it."""

from __future__ import annotations

from services.offers.application.accepting import Accepting
from services.offers.application.declining import Declining
from services.offers.application.feedback import GivingFeedback
from services.offers.domain.acceptance import (
    Accepted,
    AcceptRequest,
    Declined,
    DeclineRequest,
    FeedbackRequest,
)


class OfferEffects:
    """Accept, decline, feedback."""

    def __init__(self, accepting: Accepting, declining: Declining, feedback: GivingFeedback) -> None:
        self._accepting = accepting
        self._declining = declining
        self._feedback = feedback

    async def accept(self, request: AcceptRequest) -> Accepted:
        """Yes, with effect. See `Accepting`."""
        return await self._accepting(request)

    async def decline(self, request: DeclineRequest) -> Declined:
        """No. See `Declining`."""
        return await self._declining(request)

    async def feedback(self, request: FeedbackRequest) -> None:
        """What the customer thought. See `GivingFeedback`."""
        await self._feedback(request)
