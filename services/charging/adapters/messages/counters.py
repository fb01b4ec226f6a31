"""Policy counters and spend caps: requests in, counters out."""

from __future__ import annotations

from tidemark.charging.v1 import subscription_api_pb2
from tidemark.type.v1 import quantity_pb2

from services.charging.adapters.messages.common import EXPECTED_IDENTIFIER, money, refuse, timestamp
from services.charging.domain import reasons
from services.charging.domain.answers import Answer, CounterAnswer
from services.charging.domain.sessions.spending import CounterView, SetSpendCap
from services.common.kernel.identifiers import is_code, is_subscriber_identifier
from services.common.kernel.money import MAX_MINOR_MICROS

MAX_COUNTERS = 100
MAX_ACTOR_LENGTH = 128
_LARGEST_CAP = MAX_MINOR_MICROS // 4


def whose(identifier: str) -> str:
    """The identifier as sent, checked for its form."""
    field = "subscriber_identifier"
    if not identifier:
        raise refuse(reasons.FIELD_MISSING, "whose counters?", field)
    if not is_subscriber_identifier(identifier):
        raise refuse(reasons.FIELD_INVALID, EXPECTED_IDENTIFIER, field)
    return identifier


def codes(
    request: subscription_api_pb2.GetCountersRequest | subscription_api_pb2.WatchCountersRequest,
) -> tuple[str, ...]:
    """Counters asked for; empty: all."""
    if len(request.counter_codes) > MAX_COUNTERS:
        raise refuse(reasons.FIELD_INVALID, f"at most {MAX_COUNTERS} counters", "counter_codes")
    return tuple(request.counter_codes)


def set_spend_cap(request: subscription_api_pb2.SetSpendCapRequest, subscriber_id: str) -> SetSpendCap:
    """Code, cap and actor, each checked."""
    if not request.counter_code:
        raise refuse(reasons.FIELD_MISSING, "which counter?", "counter_code")
    if not is_code(request.counter_code):
        raise refuse(reasons.FIELD_INVALID, "expected a counter's code", "counter_code")
    cap = request.cap if request.HasField("cap") and not request.reset else None
    if cap is not None and not 0 <= cap <= _LARGEST_CAP:
        raise refuse(reasons.AMOUNT_OUT_OF_RANGE, f"a cap is 0 to {_LARGEST_CAP}", "cap")
    if len(request.actor) > MAX_ACTOR_LENGTH or not request.actor.isprintable():
        raise refuse(reasons.FIELD_INVALID, f"at most {MAX_ACTOR_LENGTH} printable characters", "actor")
    return SetSpendCap(subscriber_id, request.counter_code, cap, request.reset, request.actor)


def cap_set(answer: Answer) -> bytes:
    """Serialized SetSpendCapResponse."""
    assert isinstance(answer, CounterAnswer)
    return subscription_api_pb2.SetSpendCapResponse(
        counter=counter(answer.view), reauthorised_sessions=answer.reauthorised_sessions
    ).SerializeToString(deterministic=True)


def counter(view: CounterView) -> subscription_api_pb2.CounterStatus:
    """A counter as it stands."""
    message = subscription_api_pb2.CounterStatus(
        counter_code=view.counter.code,
        name=view.counter.name,
        period=view.period,
        period_end=timestamp(view.period_end),
        cap=view.cap,
        capped=view.capped,
        status=view.status,
    )
    if view.counter.is_money:
        message.money.CopyFrom(money(view.value, view.unit))
    else:
        message.quantity.CopyFrom(quantity_pb2.Quantity(unit=view.unit, amount=view.value))
    return message
