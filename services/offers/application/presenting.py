"""Which offer of which decision an answer is about: what every answer begins with."""

from __future__ import annotations

from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.effect_ports import Presentations
from services.offers.domain import reasons
from services.offers.domain.acceptance import AcceptRequest, DeclineRequest, FeedbackRequest
from services.offers.domain.decisions import PresentedOffer

AboutAnOffer = AcceptRequest | DeclineRequest | FeedbackRequest
"""What names an offer of a decision."""


async def presented(presentations: Presentations, request: AboutAnOffer) -> PresentedOffer:
    """The offer as it was presented, to a subscriber of the account that asks.

    Raises RefusedError DECISION_UNKNOWN, of another's decision as of one that does not exist;
    OFFER_NOT_PRESENTED.
    """
    found = await presentations.find(request.decision_id, request.offer_code)
    if found is None or request.account_id not in ("", found.account_id):
        words = f"there is no decision {request.decision_id!r}"
        raise RefusedError(Refused(reasons.DECISION_UNKNOWN, words, "decision_id"))
    if found.offer is None:
        words = f"the decision did not present {request.offer_code!r}"
        raise RefusedError(Refused(reasons.OFFER_NOT_PRESENTED, words, "offer_code"))
    return found.offer
