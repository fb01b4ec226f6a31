"""Answers on the wire: what is refused before anything is looked up, and what comes back."""

from __future__ import annotations

import pytest
from tidemark.offers.v1 import offer_api_pb2 as api

from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.outcome import RefusedError
from services.offers.adapters import effect_messages as messages
from services.offers.adapters.effects.charging_gateway import reward_reason, rewarded
from services.offers.domain.acceptance import Accepted, Answer, AnswerState, Given
from services.offers.domain.decisions import OutcomeKind

AT = Instant(1_772_438_400 * SECOND)


def accept(**changed: str) -> api.AcceptOfferRequest:
    """A request, right but for what is changed."""
    fields = {"request_id": "r-1", "decision_id": "d-1", "offer_code": "video-pass", "channel": "app"}
    return api.AcceptOfferRequest(**(fields | changed))


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"request_id": ""}, "REQUEST_ID_INVALID", "request_id"),
        ({"request_id": "with blank"}, "REQUEST_ID_INVALID", "request_id"),
        ({"decision_id": ""}, "FIELD_INVALID", "decision_id"),
        ({"decision_id": "x" * 65}, "FIELD_INVALID", "decision_id"),
        ({"offer_code": "Video Pass"}, "FIELD_INVALID", "offer_code"),
        ({"channel": "App!"}, "FIELD_INVALID", "channel"),
    ],
)
def test_a_malformed_request_is_refused_with_its_field(
    changed: dict[str, str], reason: str, field: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        messages.accept_request(accept(**changed))
    assert (caught.value.refused.reason.name, caught.value.refused.field) == (reason, field)


def test_a_yes_carries_whose_account_asks() -> None:
    request = messages.accept_request(accept(channel=""), "acme-1")
    assert (request.account_id, request.channel, request.decision_id) == ("acme-1", "", "d-1")


@pytest.mark.parametrize(
    ("kind", "rating", "field"),
    [
        (api.FEEDBACK_KIND_UNSPECIFIED, 0, "kind"),
        (api.FEEDBACK_KIND_RATED, 0, "rating"),
        (api.FEEDBACK_KIND_RATED, 6, "rating"),
        (api.FEEDBACK_KIND_SEEN, 3, "rating"),
    ],
)
def test_feedback_has_a_kind_and_a_rating_only_where_it_is_one(
    kind: api.FeedbackKind.ValueType, rating: int, field: str
) -> None:
    message = api.GiveFeedbackRequest(
        request_id="r-1", decision_id="d-1", offer_code="video-pass", kind=kind, rating=rating
    )
    with pytest.raises(RefusedError) as caught:
        messages.feedback_request(message)
    assert caught.value.refused.field == field


def test_a_rating_comes_through() -> None:
    message = api.GiveFeedbackRequest(
        request_id="r-1", decision_id="d-1", offer_code="video-pass", kind=api.FEEDBACK_KIND_RATED, rating=4
    )
    request = messages.feedback_request(message)
    assert (request.kind, request.rating) == (OutcomeKind.RATED, 4)


def test_an_acceptance_tells_charge_and_trial_only_where_there_are_such() -> None:
    paid = Accepted("a-1", AT, Given(("c-1",), 200_000_000, "EUR", AT))
    answer = messages.accept_response(paid)
    assert (answer.charged.minor_micros, list(answer.charge_ids)) == (200_000_000, ["c-1"])
    assert answer.trial_end == answer.accepted_at
    free = messages.accept_response(Accepted("a-1", AT, Given()))
    assert not free.HasField("charged") and not free.HasField("trial_end")


def test_a_rewards_reason_leads_back_to_its_decision() -> None:
    answer = Answer("d-1", "loyal-5", AnswerState.PENDING, "s-1", "acme-1", "app", AT)
    assert rewarded(reward_reason(answer)) == ("d-1", "loyal-5")
    assert rewarded("goodwill after an outage") is None
    assert rewarded("loyalty reward by hand") is None
