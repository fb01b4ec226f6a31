"""Account requests in, their answers out."""

from __future__ import annotations

from tidemark.charging.v1 import account_api_pb2

from services.charging.adapters.messages.account_parts import profile_of
from services.charging.adapters.messages.account_views import account
from services.charging.adapters.messages.common import (
    EXPECTED_IDENTIFIER,
    instant_in,
    money_in,
    positive_money_in,
    refuse,
)
from services.charging.application.provision_account import Provision, ProvisionSubscriber
from services.charging.domain import reasons
from services.charging.domain.answers import AccountAnswer, AccountView, Answer
from services.charging.domain.commands import Adjust, NewSubscription, TopUp, Transfer
from services.charging.domain.state import Profile
from services.charging.domain.subscriptions.commands import GiftUnits, SetCreditLimit
from services.common.kernel.clock import Instant, zone
from services.common.kernel.identifiers import (
    is_account_id,
    is_code,
    is_personal_identifier,
    is_request_id,
    is_subscriber_identifier,
)
from services.common.kernel.money import currency
from services.common.kernel.quantity import MAX_UNITS

MAX_CUSTOMER_VALUE = 1_000
MAX_SUBSCRIBERS = 1_000
MAX_TEXT_LENGTH = 256


def request_id(value: str) -> str:
    """The key under which a repeated request is recognised."""
    if not is_request_id(value):
        raise refuse(reasons.FIELD_INVALID, "1 to 128 printable characters without blanks", "request_id")
    return value


def account_id(value: str, field: str = "account_id") -> str:
    """An operator's account number."""
    if not is_account_id(value):
        raise refuse(reasons.FIELD_INVALID, "1 to 64 letters, digits or ._:-", field)
    return value


def provision(request: account_api_pb2.ProvisionAccountRequest, now: Instant) -> Provision:
    """A provisioning request, checked."""
    code = request.currency_code
    try:
        currency(code)
    except ValueError as error:
        raise refuse(reasons.FIELD_INVALID, str(error), "currency_code") from error
    if not 1 <= len(request.subscribers) <= MAX_SUBSCRIBERS:
        raise refuse(reasons.FIELD_INVALID, f"1 to {MAX_SUBSCRIBERS} subscribers", "subscribers")
    return Provision(
        account_id=account_id(request.account_id),
        currency_code=code,
        credit_limit=_own_money(request, "credit_limit", code),
        opening_balance=_own_money(request, "opening_balance", code),
        subscribers=tuple(
            _subscriber(item, f"subscribers[{index}]") for index, item in enumerate(request.subscribers)
        ),
        effective_from=(
            instant_in(request.effective_from, "effective_from")
            if request.HasField("effective_from")
            else now
        ),
    )


def _own_money(request: account_api_pb2.ProvisionAccountRequest, name: str, code: str) -> int:
    if not request.HasField(name):  # type: ignore[arg-type]
        return 0
    amount, amount_code = money_in(getattr(request, name), name)
    if amount_code != code:
        raise refuse(
            reasons.CURRENCY_MISMATCH, f"the account is to be held in {code}", f"{name}.currency_code"
        )
    if amount < 0:
        raise refuse(reasons.AMOUNT_OUT_OF_RANGE, "must not be negative", f"{name}.minor_micros")
    return amount


def _subscriber(item: account_api_pb2.SubscriberProvision, field: str) -> ProvisionSubscriber:
    identifiers = tuple(item.identifiers)
    if not identifiers:
        raise refuse(reasons.FIELD_MISSING, "a subscriber needs an identifier", f"{field}.identifiers")
    for index, identifier in enumerate(identifiers):
        if not is_personal_identifier(identifier):
            raise refuse(
                reasons.FIELD_INVALID,
                "expected imsi-, msisdn-, iccid- or device- and a value",
                f"{field}.identifiers[{index}]",
            )
    if item.time_zone:
        try:
            zone(item.time_zone)
        except ValueError as error:
            raise refuse(reasons.FIELD_INVALID, str(error), f"{field}.time_zone") from error
    return ProvisionSubscriber(
        identifiers,
        item.time_zone,
        tuple(
            new_subscription(entry, f"{field}.subscriptions[{index}]")
            for index, entry in enumerate(item.subscriptions)
        ),
        subscriber_profile(item.profile, f"{field}.profile"),
    )


def new_subscription(item: account_api_pb2.SubscriptionProvision, field: str) -> NewSubscription:
    """An offering to take, with the members chosen from it, each checked to be a code."""
    for code in (item.offering_code, *item.chosen_offerings):
        if not is_code(code):
            raise refuse(reasons.FIELD_INVALID, f"{code!r} is not an offering code", field)
    return NewSubscription(item.offering_code, tuple(item.chosen_offerings))


def top_up(request: account_api_pb2.TopUpAccountRequest) -> TopUp:
    """A top-up, checked."""
    amount, code = positive_money_in(request.amount, "amount")
    return TopUp(account_id(request.account_id), code, amount, plain_text(request.reference, "reference"))


def adjust(request: account_api_pb2.AdjustBalanceRequest) -> Adjust:
    """An adjustment, checked: it needs a reason and somebody who answers for it."""
    kind = request.WhichOneof("amount")
    if kind is None:
        raise refuse(reasons.FIELD_MISSING, "by how much?", "amount")
    if kind == "money":
        amount, unit = money_in(request.money, "money")
    else:
        amount, unit = request.quantity.amount, request.quantity.unit
        if abs(amount) > MAX_UNITS:
            raise refuse(reasons.UNITS_OUT_OF_RANGE, f"more than {MAX_UNITS} units", "quantity.amount")
    if amount == 0:
        raise refuse(reasons.AMOUNT_OUT_OF_RANGE, "an adjustment by nothing", kind)
    reason, actor = reason_and_actor(request.reason, request.actor)
    return Adjust(
        account_id(request.account_id),
        plain_text(request.bucket_id, "bucket_id"),
        unit,
        kind == "money",
        amount,
        reason,
        actor,
    )


def transfer(request: account_api_pb2.TransferBalanceRequest) -> Transfer:
    """A transfer, checked."""
    amount, code = positive_money_in(request.amount, "amount")
    return Transfer(
        account_id(request.from_account_id, "from_account_id"),
        account_id(request.to_account_id, "to_account_id"),
        code,
        amount,
        plain_text(request.reason, "reason"),
    )


def gift_units(
    request: account_api_pb2.GiftUnitsRequest, from_subscriber_id: str, to_subscriber_id: str
) -> GiftUnits:
    """A gift, checked."""
    if not 1 <= request.units <= MAX_UNITS:
        raise refuse(reasons.UNITS_OUT_OF_RANGE, f"1 to {MAX_UNITS} units", "units")
    bucket_id = plain_text(request.bucket_id, "bucket_id")
    return GiftUnits(from_subscriber_id, bucket_id, request.units, to_subscriber_id)


def set_credit_limit(request: account_api_pb2.SetCreditLimitRequest) -> SetCreditLimit:
    """A new credit limit, checked: it needs a reason and somebody who answers for it."""
    if not request.HasField("credit_limit"):
        raise refuse(reasons.FIELD_MISSING, "how far below zero?", "credit_limit")
    amount, code = money_in(request.credit_limit, "credit_limit")
    if amount < 0:
        raise refuse(reasons.AMOUNT_OUT_OF_RANGE, "must not be negative", "credit_limit.minor_micros")
    reason, actor = reason_and_actor(request.reason, request.actor)
    return SetCreditLimit(account_id(request.account_id), code, amount, reason, actor)


def subscriber_identifier(value: str, field: str) -> str:
    """An identifier of one subscriber, or `subscriber-` and the opaque id, checked for its form."""
    if not value:
        raise refuse(reasons.FIELD_MISSING, "which subscriber?", field)
    if not is_subscriber_identifier(value):
        raise refuse(reasons.FIELD_INVALID, EXPECTED_IDENTIFIER, field)
    return value


def subscriber_profile(message: account_api_pb2.SubscriberProfile, field: str) -> Profile:
    """Segment, customer value and device class, checked for their form."""
    for name in ("segment", "device_class"):
        code = getattr(message, name)
        if code and not is_code(code):
            raise refuse(reasons.FIELD_INVALID, f"{code!r} is not a code of a catalog", f"{field}.{name}")
    if message.customer_value > MAX_CUSTOMER_VALUE:
        raise refuse(reasons.FIELD_INVALID, f"0 to {MAX_CUSTOMER_VALUE}", f"{field}.customer_value")
    return profile_of(message)


def reason_and_actor(reason: str, actor: str) -> tuple[str, str]:
    """Why, and who answers for it; both are needed."""
    for name, value in (("reason", reason), ("actor", actor)):
        if not value:
            raise refuse(reasons.FIELD_MISSING, "changes by hand are signed and explained", name)
    return plain_text(reason, "reason"), plain_text(actor, "actor")


def plain_text(value: str, field: str) -> str:
    """A short text for people, on one line."""
    if len(value) > MAX_TEXT_LENGTH or not value.isprintable():
        raise refuse(reasons.FIELD_INVALID, f"at most {MAX_TEXT_LENGTH} printable characters", field)
    return value


def provisioned(answer: Answer) -> bytes:
    """Serialized ProvisionAccountResponse."""
    view = _views(answer)[0]
    return account_api_pb2.ProvisionAccountResponse(
        account_id=view.account.account_id,
        subscriber_ids=[subscriber.subscriber_id for subscriber in view.subscribers],
        account=account(view, 0),
    ).SerializeToString(deterministic=True)


def topped_up(answer: Answer) -> bytes:
    """Serialized TopUpAccountResponse."""
    assert isinstance(answer, AccountAnswer)
    return account_api_pb2.TopUpAccountResponse(
        account=account(answer.views[0], 0), reauthorised_sessions=answer.reauthorised_sessions
    ).SerializeToString(deterministic=True)


def adjusted(answer: Answer) -> bytes:
    """Serialized AdjustBalanceResponse."""
    return account_api_pb2.AdjustBalanceResponse(account=account(_views(answer)[0], 0)).SerializeToString(
        deterministic=True
    )


def transferred(answer: Answer) -> bytes:
    """Serialized TransferBalanceResponse."""
    giver, taker = _views(answer)
    return account_api_pb2.TransferBalanceResponse(
        from_account=account(giver, 0), to_account=account(taker, 0)
    ).SerializeToString(deterministic=True)


def gifted(answer: Answer) -> bytes:
    """Serialized GiftUnitsResponse."""
    assert isinstance(answer, AccountAnswer)
    giver, taker = answer.views
    return account_api_pb2.GiftUnitsResponse(
        from_account=account(giver, 0), to_account=account(taker, 0), bucket_id=answer.bucket_id
    ).SerializeToString(deterministic=True)


def credit_limit_set(answer: Answer) -> bytes:
    """Serialized SetCreditLimitResponse."""
    return account_api_pb2.SetCreditLimitResponse(account=account(_views(answer)[0], 0)).SerializeToString(
        deterministic=True
    )


def _views(answer: Answer) -> tuple[AccountView, ...]:
    assert isinstance(answer, AccountAnswer)
    return answer.views
