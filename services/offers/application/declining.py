"""No to an offer: the offer keeps quiet for a while, and where it is wished so does everything outbound."""

from __future__ import annotations

from services.common.kernel.clock import DAY, Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.application.effect_ports import (
    Answers,
    Consents,
    Presentations,
    RequestMark,
    Suppressions,
)
from services.offers.application.ports import PoliciesInForce
from services.offers.application.presenting import presented
from services.offers.domain.acceptance import (
    NEVER_AGAIN_ENDS,
    STANDING,
    Answer,
    AnswerState,
    Declined,
    DeclineRequest,
)
from services.offers.domain.decisions import PresentedOffer
from services.offers.domain.policies import ContactPolicy
from services.offers.domain.reasons import OFFER_ACCEPTED_ALREADY


class Declining:
    """The use case DeclineOffer."""

    def __init__(
        self,
        presentations: Presentations,
        answers: Answers,
        policies: PoliciesInForce,
        suppressions: Suppressions,
        consents: Consents,
        clock: Clock,
    ) -> None:
        self._presentations = presentations
        self._answers = answers
        self._policies = policies
        self._suppressions = suppressions
        self._consents = consents
        self._clock = clock

    async def __call__(self, request: DeclineRequest) -> Declined:
        """Keeps the offer quiet, then writes the answer down. Declining twice changes nothing.

        Quiet comes first: what ends in between leaves silence, never another approach.
        Raises RefusedError DECISION_UNKNOWN, OFFER_NOT_PRESENTED, DUPLICATE_DIFFERS, OFFER_ACCEPTED_ALREADY.
        """
        offer = await presented(self._presentations, request)
        mark = _mark(request, offer)
        before = (await self._answers.find(request.decision_id, request.offer_code, mark)).answer
        if before is not None and before.state in STANDING:
            raise RefusedError(Refused(OFFER_ACCEPTED_ALREADY, "the offer was accepted", "offer_code"))
        wanted = self._wanted(request, offer, before)
        assert wanted.quiet_until is not None
        await self._suppressions.suppress(offer.subscriber_id, offer.offer_code, wanted.quiet_until)
        if request.never_again:
            evidence = f"declined {offer.offer_code} of decision {offer.decision_id}: never again"
            await self._consents.withdraw(offer.subscriber_id, NEVER_AGAIN_ENDS, evidence)
        said = await self._answers.decline(wanted, mark)
        return Declined(said.quiet_until or wanted.quiet_until)

    def _wanted(self, request: DeclineRequest, offer: PresentedOffer, before: Answer | None) -> Answer:
        now = self._clock.now()
        first = before.quiet_until if before is not None else None
        return Answer(
            decision_id=offer.decision_id,
            offer_code=offer.offer_code,
            state=AnswerState.DECLINED,
            subscriber_id=offer.subscriber_id,
            account_id=offer.account_id,
            channel=request.channel or offer.channel,
            at=now,
            quiet_until=first or Instant(now + self._quiet_days() * DAY),
            reason=request.reason,
            never_again=request.never_again,
        )

    def _quiet_days(self) -> int:
        in_force = self._policies.current()
        contact = ContactPolicy() if in_force is None else in_force.policies.contact
        return contact.decline_quiet_days


def _mark(request: DeclineRequest, offer: PresentedOffer) -> RequestMark:
    words = f"{request.channel} {request.reason} {request.never_again}"
    content = f"decline {request.decision_id} {request.offer_code} {words}"
    return RequestMark(offer.subscriber_id, request.request_id, content)
