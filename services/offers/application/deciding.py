"""One decision, computed in one go: nothing in here waits, so nobody else decides in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.common.kernel.clock import MINUTE, Instant
from services.offers.application.decision_ranking import Assignment, Ranked, assign, rank
from services.offers.application.decision_scoring import Scoring
from services.offers.domain import drop_reasons
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies
from services.offers.domain.contacts import ContactHistory, room
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Candidate, Decision, Dropped, Stage
from services.offers.domain.filtering import eligible_offers
from services.offers.domain.offer_facts import OfferFacts
from services.offers.domain.rollouts import EXPERIMENT_CODE
from services.offers.domain.wording import reasons_for


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that one decision is made from. `begun`: seconds on the monotonic clock."""

    decision_id: str
    seed: int
    subscriber_id: str
    asked: Asked
    policies: CompiledPolicies
    now: Instant
    begun: float


def decide(
    question: Question,
    view: CustomerView,
    contact: ContactHistory,
    budgets: Mapping[str, BudgetUse],
    scoring: Scoring,
) -> Decision:
    """Filters, scores, ranks, and finds the words. BARRED customers are decided about without a look."""
    if view.barred:
        barred = without_offers(question, view.account_id, view.pseudonym, drop_reasons.BARRED)
        return replace(barred, consents=view.consents)
    policies, asked, now = question.policies, question.asked, question.now
    assignment = assign(policies, view, asked.placement, now)
    facts = OfferFacts(policies, view, asked, now)
    eligible, dropped = eligible_offers(policies, view, asked, contact, budgets, assignment.arm, now, facts)
    limit = min(asked.limit, room(policies.policies.contact, contact, asked, now))
    ranked = rank(scoring, policies, view, eligible, assignment, now, question.seed, limit, question.begun)
    candidates = _with_reasons(ranked.candidates, policies, facts, asked.language)
    return _decision(question, view, assignment, ranked, candidates, dropped)


def without_offers(question: Question, account_id: str, pseudonym: str, reason: str) -> Decision:
    """A decision that comes to nothing before any offer is looked at."""
    return Decision(
        question.decision_id,
        question.now,
        question.subscriber_id,
        account_id,
        pseudonym,
        question.asked,
        question.policies.version,
        model_version="",
        feature_version="",
        feature_seq=0,
        candidates=(),
        dropped=(),
        seed=question.seed,
        reason=reason,
    )


def _decision(
    question: Question,
    view: CustomerView,
    assignment: Assignment,
    ranked: Ranked,
    candidates: tuple[Candidate, ...],
    dropped: Sequence[Dropped],
) -> Decision:
    presented = [candidate.offer for candidate in candidates if candidate.rank]
    arms = assignment.codes
    if ranked.rollout_arm:
        arms[EXPERIMENT_CODE] = ranked.rollout_arm
    expiring = [Instant(question.now + offer.expires_minutes * MINUTE) for offer in presented]
    closing = [Instant(question.now + offer.reward_window_minutes * MINUTE) for offer in presented]
    return Decision(
        question.decision_id,
        question.now,
        question.subscriber_id,
        view.account_id,
        view.pseudonym,
        question.asked,
        question.policies.version,
        ranked.model_version,
        ranked.feature_version,
        # Without consent no usage was looked at, so none was seen.
        view.feature_seq if assignment.is_personal else 0,
        candidates,
        tuple(dropped),
        question.seed,
        arms,
        assignment.in_control,
        "" if presented else _why_nothing(assignment, dropped),
        ranked.fallback,
        ranked.features,
        expires_at=min(expiring, default=None),
        reward_window_ends=max(closing, default=None),
        consents=view.consents,
    )


def _why_nothing(assignment: Assignment, dropped: Sequence[Dropped]) -> str:
    """NO_CONSENT, or why there is no contact at all now; otherwise each offer has its own reason."""
    if not assignment.is_personal and any(drop.reason == drop_reasons.NO_CONSENT for drop in dropped):
        return drop_reasons.NO_CONSENT
    at_contact = {drop.reason for drop in dropped if drop.stage is Stage.CONTACT}
    return at_contact.pop() if len(at_contact) == 1 else ""


def _with_reasons(
    candidates: tuple[Candidate, ...], policies: CompiledPolicies, facts: OfferFacts, language: str
) -> tuple[Candidate, ...]:
    """With words for the customer on what is presented."""
    wanted = {candidate.offer.code for candidate in candidates if candidate.rank}
    compiled = {item.offer.code: item for item in policies.offers if item.offer.code in wanted}
    return tuple(
        _worded(candidate, compiled[candidate.offer.code], policies, facts, language)
        if candidate.rank
        else candidate
        for candidate in candidates
    )


def _worded(
    candidate: Candidate,
    compiled: CompiledOffer,
    policies: CompiledPolicies,
    facts: OfferFacts,
    language: str,
) -> Candidate:
    languages = policies.policies.languages
    return replace(candidate, reasons=reasons_for(compiled, facts.about(compiled), language, languages))
