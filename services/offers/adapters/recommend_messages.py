"""What is asked of OfferService and what it answers, on the wire and as values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tidemark.offers.v1 import offer_api_pb2 as api

from services.common.kernel.clock import MINUTE, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.adapters.decision_enums import ACTION_NUMBERS
from services.offers.adapters.decision_messages import put_factors, put_instant
from services.offers.application.recommending import MOST_OFFERS
from services.offers.domain.decisions import Asked, Candidate, Decision
from services.offers.domain.reasons import FIELD_INVALID
from services.offers.domain.wording import in_language

_MOST_KEYS = 32
_LONGEST_VALUE = 256
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LANGUAGE = re.compile(r"(?:[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4})?")


def asked_of(message: api.RecommendRequest) -> Asked:
    """What is asked. Raises RefusedError FIELD_INVALID."""
    if len(message.context) > _MOST_KEYS:
        raise _invalid(f"at most {_MOST_KEYS} keys", "context")
    for key, value in message.context.items():
        if not _KEY.fullmatch(key) or len(value) > _LONGEST_VALUE or not value.isprintable():
            words = f"keys are snake_case, values printable text of at most {_LONGEST_VALUE} characters"
            raise _invalid(words, f"context.{key[:64]}")
    if not _LANGUAGE.fullmatch(message.language):
        raise _invalid("a BCP 47 tag like `de-AT`", "language")
    return Asked(
        message.placement,
        message.channel,
        min(message.limit or 1, MOST_OFFERS),
        dict(message.context),
        message.language,
    )


def recommend_response(decision: Decision, language: str, languages: Sequence[str]) -> api.RecommendResponse:
    """The offers presented, in the language asked for or the first of the policies' `languages`."""
    response = api.RecommendResponse(
        decision_id=decision.decision_id,
        feature_seq=decision.feature_seq,
        policy_version=decision.policy_version,
        model_version=decision.model_version,
        reason=decision.reason,
    )
    put_instant(response.decided_at, decision.decided_at)
    for candidate in decision.presented:
        _add_offer(response, decision, candidate, language, languages)
    return response


def _add_offer(
    response: api.RecommendResponse,
    decision: Decision,
    candidate: Candidate,
    language: str,
    languages: Sequence[str],
) -> None:
    offer = candidate.offer
    message = response.offers.add(
        rank=candidate.rank,
        offer_code=offer.code,
        name=in_language(offer.names, language, languages) or offer.code,
        description=in_language(offer.descriptions, language, languages) or "",
        reasons=candidate.reasons,
        probability=candidate.probability,
        action=ACTION_NUMBERS[offer.action.kind],
    )
    put_instant(message.expires_at, Instant(decision.decided_at + offer.expires_minutes * MINUTE))
    put_factors(message.factors, candidate.factors)
    if candidate.price_minor_micros:
        message.price.minor_micros = candidate.price_minor_micros
        message.price.currency_code = candidate.currency_code


def _invalid(words: str, field: str) -> RefusedError:
    return RefusedError(Refused(FIELD_INVALID, words, field))
