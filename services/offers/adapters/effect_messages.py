"""What becomes of presented offers, on the wire: requests into values, values into answers and events."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import offer_api_pb2 as api
from tidemark.offers.v1 import offer_events_pb2 as events
from tidemark.type.v1 import money_pb2

from services.common.kernel.clock import Instant
from services.common.kernel.identifiers import is_code, is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.offers.domain.acceptance import (
    Accepted,
    AcceptRequest,
    Answer,
    Declined,
    DeclineRequest,
    FeedbackRequest,
    Given,
)
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.reasons import FIELD_INVALID, REQUEST_ID_INVALID

_LONGEST_ID = 64
_BEST_RATING = 5

_KINDS = {
    api.FEEDBACK_KIND_SEEN: OutcomeKind.SEEN,
    api.FEEDBACK_KIND_OPENED: OutcomeKind.OPENED,
    api.FEEDBACK_KIND_RATED: OutcomeKind.RATED,
    api.FEEDBACK_KIND_COMPLAINED: OutcomeKind.COMPLAINED,
}


def accept_request(message: api.AcceptOfferRequest, account_id: str = "") -> AcceptRequest:
    """Yes to an offer, by the holder of an account (empty: the operator).

    Raises RefusedError REQUEST_ID_INVALID, FIELD_INVALID.
    """
    return AcceptRequest(
        _request_id(message.request_id),
        _decision_id(message.decision_id),
        _code(message.offer_code, "offer_code"),
        _code_or_empty(message.channel, "channel"),
        account_id,
    )


def accept_response(accepted: Accepted) -> api.AcceptOfferResponse:
    """What charging charged and gave."""
    answer = api.AcceptOfferResponse(
        acceptance_id=accepted.acceptance_id,
        charge_ids=accepted.given.charge_ids,
        accepted_at=_stamp(accepted.accepted_at),
    )
    _set_charged(answer.charged, accepted.given)
    if accepted.given.trial_end is not None:
        answer.trial_end.CopyFrom(_stamp(accepted.given.trial_end))
    return answer


def decline_request(message: api.DeclineOfferRequest, account_id: str = "") -> DeclineRequest:
    """No to an offer. Raises RefusedError REQUEST_ID_INVALID, FIELD_INVALID."""
    return DeclineRequest(
        _request_id(message.request_id),
        _decision_id(message.decision_id),
        _code(message.offer_code, "offer_code"),
        _code_or_empty(message.channel, "channel"),
        _code_or_empty(message.reason, "reason"),
        message.never_again,
        account_id,
    )


def decline_response(declined: Declined) -> api.DeclineOfferResponse:
    """Until when the offer keeps quiet."""
    return api.DeclineOfferResponse(quiet_until=_stamp(declined.quiet_until))


def feedback_request(message: api.GiveFeedbackRequest, account_id: str = "") -> FeedbackRequest:
    """What the customer thought. Raises RefusedError REQUEST_ID_INVALID, FIELD_INVALID."""
    kind = _KINDS.get(message.kind)
    if kind is None:
        raise _invalid("which kind of feedback?", "kind")
    is_rated = kind is OutcomeKind.RATED
    if is_rated and not 1 <= message.rating <= _BEST_RATING:
        raise _invalid(f"a rating is 1 to {_BEST_RATING}", "rating")
    if message.rating and not is_rated:
        raise _invalid("a rating comes with RATED only", "rating")
    return FeedbackRequest(
        _request_id(message.request_id),
        _decision_id(message.decision_id),
        _code(message.offer_code, "offer_code"),
        kind,
        message.rating,
        _code_or_empty(message.reason, "reason"),
        account_id,
    )


def feedback_response() -> api.GiveFeedbackResponse:
    """Noted."""
    return api.GiveFeedbackResponse()


def accepted_event(answer: Answer, at: Instant) -> events.OfferAccepted:
    """An acceptance took effect."""
    event = events.OfferAccepted(
        decision_id=answer.decision_id,
        offer_code=answer.offer_code,
        subscriber_id=answer.subscriber_id,
        account_id=answer.account_id,
        acceptance_id=answer.acceptance_id,
        at=_stamp(at),
        charge_ids=answer.given.charge_ids,
    )
    _set_charged(event.charged, answer.given)
    return event


def declined_event(answer: Answer) -> events.OfferDeclined:
    """The customer said no."""
    return events.OfferDeclined(
        decision_id=answer.decision_id,
        offer_code=answer.offer_code,
        subscriber_id=answer.subscriber_id,
        account_id=answer.account_id,
        at=_stamp(answer.at),
        reason=answer.reason,
        never_again=answer.never_again,
    )


def _set_charged(charged: money_pb2.Money, given: Given) -> None:
    if given.currency_code:
        charged.currency_code, charged.minor_micros = given.currency_code, given.amount_minor_micros


def _request_id(value: str) -> str:
    if not is_request_id(value):
        words = "request_id must be 1 to 128 printable ASCII characters without blanks"
        raise RefusedError(Refused(REQUEST_ID_INVALID, words, "request_id"))
    return value


def _decision_id(value: str) -> str:
    if not 1 <= len(value) <= _LONGEST_ID or not is_request_id(value):
        raise _invalid(f"1 to {_LONGEST_ID} printable characters without blanks", "decision_id")
    return value


def _code(value: str, field: str) -> str:
    if not is_code(value):
        raise _invalid(f"{value!r} is not a code", field)
    return value


def _code_or_empty(value: str, field: str) -> str:
    return _code(value, field) if value else ""


def _invalid(words: str, field: str) -> RefusedError:
    return RefusedError(Refused(FIELD_INVALID, words, field))


def _stamp(at: Instant) -> Timestamp:
    message = Timestamp()
    message.FromMicroseconds(at)
    return message
