"""Yes to an offer: checked in the order of the contract, written down, then given effect through charging."""

from __future__ import annotations

from services.common.kernel.clock import Clock, Instant
from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.offers.application.effect_ports import (
    Answers,
    BudgetMirror,
    Consents,
    Presentations,
    RequestMark,
)
from services.offers.application.giving import Giving
from services.offers.application.ports import ChargingUnreachableError, PoliciesInForce
from services.offers.application.presenting import presented
from services.offers.domain import reasons
from services.offers.domain.acceptance import STANDING, Accepted, AcceptRequest, Answer, AnswerState
from services.offers.domain.budgets import given_away
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies
from services.offers.domain.decisions import PresentedOffer
from services.offers.domain.policies import Purpose


class Accepting:
    """The use case AcceptOffer."""

    def __init__(
        self,
        presentations: Presentations,
        answers: Answers,
        policies: PoliciesInForce,
        consents: Consents,
        giving: Giving,
        budgets: BudgetMirror,
        clock: Clock,
    ) -> None:
        self._presentations = presentations
        self._answers = answers
        self._policies = policies
        self._consents = consents
        self._giving = giving
        self._budgets = budgets
        self._clock = clock

    async def __call__(self, request: AcceptRequest) -> Accepted:
        """Gives effect once. What was accepted already gets the first answer, whoever asks again.

        Raises RefusedError, in this order: DECISION_UNKNOWN, OFFER_NOT_PRESENTED, DUPLICATE_DIFFERS,
        OFFER_EXPIRED, OFFER_DECLINED, CONSENT_WITHDRAWN, BUDGET_SPENT, ACTION_REFUSED, and
        CHARGING_UNREACHABLE, after which it is brought to its end without being asked again.
        """
        offer = await presented(self._presentations, request)
        mark = _mark(request, offer)
        found = await self._answers.find(request.decision_id, request.offer_code, mark)
        answer = found.answer
        is_refused = answer is not None and answer.state is AnswerState.REFUSED
        if answer is None or not (answer.state in STANDING or (is_refused and found.repeated)):
            answer = await self._begun(request, offer, mark, answer)
        if answer.state is AnswerState.PENDING:
            answer = await self._given(answer)
        return _accepted(answer)

    async def _begun(
        self, request: AcceptRequest, offer: PresentedOffer, mark: RequestMark, before: Answer | None
    ) -> Answer:
        now = self._clock.now()
        in_force, compiled = self._still_offered(offer, now)
        if before is not None and before.state is AnswerState.DECLINED:
            raise _refused(reasons.OFFER_DECLINED, "the offer was declined")
        await self._check_consent(compiled, offer)
        wanted = _wanted(request, offer, in_force, compiled, now)
        settled = await self._answers.begin(wanted, mark, compiled.offer.budget)
        self._budgets.note(offer.offer_code, settled.use)
        return settled.answer

    def _still_offered(self, offer: PresentedOffer, now: Instant) -> tuple[CompiledPolicies, CompiledOffer]:
        """The offer as policies have it now: on sale, and no dearer than it was presented."""
        if now >= offer.expires_at:
            raise _refused(reasons.OFFER_EXPIRED, "the offer has expired")
        in_force = self._policies.current()
        offers = in_force.offers if in_force is not None else ()
        compiled = next((item for item in offers if item.offer.code == offer.offer_code), None)
        if in_force is None or compiled is None:
            raise _refused(reasons.OFFER_EXPIRED, "the offer was withdrawn")
        terms = compiled.terms.get(offer.currency_code)
        if terms is not None and (not terms.sold or terms.price_minor_micros > offer.price_minor_micros):
            raise _refused(
                reasons.OFFER_EXPIRED, "the offer is not what it was any more: ask for offers again"
            )
        return in_force, compiled

    async def _check_consent(self, compiled: CompiledOffer, offer: PresentedOffer) -> None:
        if compiled.offer.personalised and not await self._consents.has(
            offer.subscriber_id, Purpose.PERSONALISED_OFFERS
        ):
            words = "consent to personalised offers was withdrawn since"
            raise _refused(reasons.CONSENT_WITHDRAWN, words)

    async def _given(self, answer: Answer) -> Answer:
        try:
            return await self._giving(answer)
        except ChargingUnreachableError as error:
            words = "charging does not answer; the acceptance is kept, and finished when it does"
            raise _refused(reasons.CHARGING_UNREACHABLE, words) from error


def _wanted(
    request: AcceptRequest,
    offer: PresentedOffer,
    in_force: CompiledPolicies,
    compiled: CompiledOffer,
    now: Instant,
) -> Answer:
    # Budgets are in the policies' currency; an account in another one uses what the offer gives there.
    terms = compiled.terms.get(in_force.policies.currency_code) or compiled.terms.get(offer.currency_code)
    action = compiled.offer.action
    return Answer(
        decision_id=offer.decision_id,
        offer_code=offer.offer_code,
        state=AnswerState.PENDING,
        subscriber_id=offer.subscriber_id,
        account_id=offer.account_id,
        channel=request.channel or offer.channel,
        at=now,
        action=action,
        given_minor_micros=given_away(action, terms),
        value_minor_micros=offer.value_minor_micros,
    )


def _accepted(answer: Answer) -> Accepted:
    if answer.refusal is not None and answer.state is AnswerState.REFUSED:
        raise RefusedError(
            Refused(
                reasons.ACTION_REFUSED,
                answer.refusal.message,
                metadata={"charging_reason": answer.refusal.reason},
            )
        )
    if answer.state is AnswerState.DECLINED:
        raise _refused(reasons.OFFER_DECLINED, "the offer was declined")
    assert answer.settled_at is not None, "what is done was settled"
    return Accepted(answer.acceptance_id, answer.settled_at, answer.given)


def _mark(request: AcceptRequest, offer: PresentedOffer) -> RequestMark:
    content = f"accept {request.decision_id} {request.offer_code} {request.channel}"
    return RequestMark(offer.subscriber_id, request.request_id, content)


def _refused(reason: Reason, words: str) -> RefusedError:
    return RefusedError(Refused(reason, words))
