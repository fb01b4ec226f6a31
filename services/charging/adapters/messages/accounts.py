"""Account requests in, accounts and balance changes out."""

from __future__ import annotations

from collections.abc import Sequence

from tidemark.charging.v1 import account_api_pb2
from tidemark.type.v1 import quantity_pb2

from services.charging.adapters.messages.account_parts import set_movement, set_profile, set_subscription
from services.charging.adapters.messages.common import (
    instant_in,
    money,
    money_in,
    positive_money_in,
    refuse,
    timestamp,
)
from services.charging.application.provision_account import Provision, ProvisionSubscriber
from services.charging.domain import reasons
from services.charging.domain.answers import AccountAnswer, AccountView, Answer
from services.charging.domain.commands import Adjust, NewSubscription, TopUp, Transfer
from services.charging.domain.events import BucketMoved
from services.charging.domain.state import Bucket, Subscriber, Subscription
from services.common.kernel.clock import Instant, zone
from services.common.kernel.identifiers import (
    is_account_id,
    is_code,
    is_request_id,
    is_subscriber_identifier,
)
from services.common.kernel.money import currency
from services.common.kernel.quantity import MAX_UNITS

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
        if not is_subscriber_identifier(identifier):
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
            _subscription(entry, f"{field}.subscriptions[{index}]")
            for index, entry in enumerate(item.subscriptions)
        ),
    )


def _subscription(item: account_api_pb2.SubscriptionProvision, field: str) -> NewSubscription:
    for code in (item.offering_code, *item.chosen_offerings):
        if not is_code(code):
            raise refuse(reasons.FIELD_INVALID, f"{code!r} is not an offering code", field)
    return NewSubscription(item.offering_code, tuple(item.chosen_offerings))


def top_up(request: account_api_pb2.TopUpAccountRequest) -> TopUp:
    """A top-up, checked."""
    amount, code = positive_money_in(request.amount, "amount")
    return TopUp(account_id(request.account_id), code, amount, _text(request.reference, "reference"))


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
    for name in ("reason", "actor"):
        if not getattr(request, name):
            raise refuse(reasons.FIELD_MISSING, "adjustments are signed and explained", name)
    return Adjust(
        account_id(request.account_id),
        _text(request.bucket_id, "bucket_id"),
        unit,
        kind == "money",
        amount,
        _text(request.reason, "reason"),
        _text(request.actor, "actor"),
    )


def transfer(request: account_api_pb2.TransferBalanceRequest) -> Transfer:
    """A transfer, checked."""
    amount, code = positive_money_in(request.amount, "amount")
    return Transfer(
        account_id(request.from_account_id, "from_account_id"),
        account_id(request.to_account_id, "to_account_id"),
        code,
        amount,
        _text(request.reason, "reason"),
    )


def _text(value: str, field: str) -> str:
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


def _views(answer: Answer) -> tuple[AccountView, ...]:
    assert isinstance(answer, AccountAnswer)
    return answer.views


def account(view: AccountView, sequence: int) -> account_api_pb2.Account:
    """An account as a message. `sequence` 0: not tied to a record (answers that are kept for duplicates)."""
    return account_api_pb2.Account(
        account_id=view.account.account_id,
        currency_code=view.account.currency_code,
        credit_limit=money(view.account.credit_limit, view.account.currency_code),
        subscribers=[_subscriber_out(subscriber) for subscriber in view.subscribers],
        buckets=[_bucket(bucket) for bucket in view.buckets],
        sequence=sequence,
        open_sessions=view.open_sessions,
    )


def _subscriber_out(subscriber: Subscriber) -> account_api_pb2.Subscriber:
    message = account_api_pb2.Subscriber(
        subscriber_id=subscriber.subscriber_id,
        subscriptions=[subscription(item) for item in subscriber.subscriptions],
        time_zone=subscriber.time_zone,
        barred=subscriber.barred,
    )
    set_profile(message.profile, subscriber.profile)
    return message


def subscription(item: Subscription) -> account_api_pb2.Subscription:
    """A subscription as a message."""
    message = account_api_pb2.Subscription()
    set_subscription(message, item)
    return message


def _bucket(bucket: Bucket) -> account_api_pb2.Bucket:
    message = account_api_pb2.Bucket(
        bucket_id=bucket.bucket_id,
        name=bucket.name,
        priority=bucket.priority,
        valid_from=timestamp(bucket.valid_from),
        rating_groups=sorted(bucket.rating_groups),
        zones=sorted(bucket.conditions.zones),
        subscriber_ids=sorted(bucket.subscriber_ids),
        initial_amount=bucket.initial,
        member_limit_units=bucket.member_limit,
        days_from_first_use=bucket.days_from_first_use,
        giftable=bucket.giftable,
        offering_code=bucket.offering_code,
    )
    if bucket.valid_until is not None:
        message.valid_until.CopyFrom(timestamp(bucket.valid_until))
    if bucket.is_money:
        message.money.CopyFrom(money(bucket.balance, bucket.unit))
        message.money_reserved.CopyFrom(money(bucket.reserved, bucket.unit))
    else:
        message.quantity.CopyFrom(quantity_pb2.Quantity(unit=bucket.unit, amount=bucket.balance))
        message.quantity_reserved.CopyFrom(quantity_pb2.Quantity(unit=bucket.unit, amount=bucket.reserved))
    return message


def movement(moved: BucketMoved) -> account_api_pb2.BucketMovement:
    """A bucket's movement as a message."""
    message = account_api_pb2.BucketMovement()
    set_movement(message, moved)
    return message


def balance_change(
    sequence: int, occurred_at: Instant, moves: Sequence[BucketMoved]
) -> account_api_pb2.WatchBalanceResponse:
    """One record's movements of an account, for a watcher."""
    return account_api_pb2.WatchBalanceResponse(
        sequence=sequence,
        change=account_api_pb2.BalanceChange(
            occurred_at=timestamp(occurred_at), movements=[movement(moved) for moved in moves]
        ),
    )
