"""Everything that can be wrong with a request about accounts, as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2
from tidemark.type.v1 import money_pb2, quantity_pb2

from tests.support.bad_input import EXISTS, INVALID, NOT_FOUND, PRECONDITION, Case, Scene
from tests.support.live_accounts import provision, topping_up
from tests.support.live_element import Refusal, euros
from tests.support.live_prices import EURO

PROVISION = "AccountService/ProvisionAccount"
TOP_UP = "AccountService/TopUpAccount"
ADJUST = "AccountService/AdjustBalance"
TRANSFER = "AccountService/TransferBalance"
GET = "AccountService/GetAccount"
MOST_MONEY = 2**63 - 1


def opening(**fields: Any) -> Callable[[Scene], Message]:
    """A new account that is right but for some fields."""

    def build(_scene: Scene) -> Message:
        request = provision("carla")
        for name, value in fields.items():
            if isinstance(value, Message):
                getattr(request, name).CopyFrom(value)
            else:
                setattr(request, name, value)
        return request

    return build


def opening_for(*, identifiers: tuple[str, ...] = ("device-carla",), offering: str = "prepaid",
                time_zone: str = "") -> Callable[[Scene], Message]:  # fmt: skip
    """A new account whose subscriber is as given."""

    def build(_scene: Scene) -> Message:
        request = provision("carla", offering)
        del request.subscribers[0].identifiers[:]
        request.subscribers[0].identifiers.extend(identifiers)
        request.subscribers[0].time_zone = time_zone
        return request

    return build


def adjusting(**fields: Any) -> Callable[[Scene], Message]:
    """A correction of Anna's money that is right but for some fields."""
    right: dict[str, Any] = {
        "request_id": "r-1", "account_id": "anna", "bucket_id": "anna/money", "money": euros(EURO),
        "reason": "goodwill", "actor": "care",
    }  # fmt: skip
    return lambda _: account_api_pb2.AdjustBalanceRequest(**{**right, **fields})


def transferring(**fields: Any) -> Callable[[Scene], Message]:
    """A transfer from Anna to Bert that is right but for some fields."""
    right: dict[str, Any] = {
        "request_id": "r-1", "from_account_id": "anna", "to_account_id": "bert", "amount": euros(EURO),
    }  # fmt: skip
    return lambda _: account_api_pb2.TransferBalanceRequest(**{**right, **fields})


def _dollars(amount: int) -> money_pb2.Money:
    return money_pb2.Money(currency_code="USD", minor_micros=amount)


ACCOUNT_CASES = [
    Case("account exists", PROVISION, lambda _: edited_id(provision("anna", identifiers=["device-new"])),
         Refusal(EXISTS, "ACCOUNT_EXISTS", "account_id")),
    Case("identifier taken", PROVISION, opening_for(identifiers=("device-carla", "device-bert")),
         Refusal(EXISTS, "IDENTIFIER_TAKEN", "subscribers[0].identifiers")),
    Case("identifier twice", PROVISION, opening_for(identifiers=("device-carla", "device-carla")),
         Refusal(EXISTS, "IDENTIFIER_TAKEN", "subscribers")),
    Case("no identifier", PROVISION, opening_for(identifiers=()),
         Refusal(INVALID, "FIELD_MISSING", "subscribers[0].identifiers")),
    Case("identifier not well-formed", PROVISION, opening_for(identifiers=("device-x", "iccid-12")),
         Refusal(INVALID, "FIELD_INVALID", "subscribers[0].identifiers[1]")),
    Case("unknown offering", PROVISION, opening_for(offering="gold"),
         Refusal(PRECONDITION, "OFFERING_UNKNOWN", "subscribers[0].subscriptions")),
    Case("offering that is no code", PROVISION, opening_for(offering="Gold!"),
         Refusal(INVALID, "FIELD_INVALID", "subscribers[0].subscriptions[0]")),
    Case("unknown time zone", PROVISION, opening_for(time_zone="Mars/Olympus"),
         Refusal(INVALID, "FIELD_INVALID", "subscribers[0].time_zone")),
    Case("time zone that is a path", PROVISION, opening_for(time_zone="../../etc/passwd"),
         Refusal(INVALID, "FIELD_INVALID", "subscribers[0].time_zone")),
    Case("no subscriber on the account", PROVISION,
         lambda _: account_api_pb2.ProvisionAccountRequest(
             request_id="r", account_id="carla", currency_code="EUR"),
         Refusal(INVALID, "FIELD_INVALID", "subscribers")),
    Case("account id with a blank", PROVISION, opening(account_id="car la"),
         Refusal(INVALID, "FIELD_INVALID", "account_id")),
    Case("no request id", PROVISION, opening(request_id=""), Refusal(INVALID, "FIELD_INVALID", "request_id")),
    Case("currency that is none", PROVISION, opening(currency_code="EURO"),
         Refusal(INVALID, "FIELD_INVALID", "currency_code")),
    Case("opening balance in another currency", PROVISION, opening(opening_balance=_dollars(1)),
         Refusal(INVALID, "CURRENCY_MISMATCH", "opening_balance.currency_code")),
    Case("opening balance below zero", PROVISION, opening(opening_balance=euros(-1)),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "opening_balance.minor_micros")),
    Case("credit limit out of range", PROVISION, opening(credit_limit=euros(MOST_MONEY)),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "credit_limit.minor_micros")),
    Case("prices that begin later", PROVISION, opening(effective_from=Timestamp(seconds=1_000)),
         Refusal(PRECONDITION, "CATALOG_NOT_PUBLISHED", "effective_from")),
    Case("top-up of an unknown account", TOP_UP, lambda _: topping_up("nobody", EURO, "r-1"),
         Refusal(NOT_FOUND, "ACCOUNT_UNKNOWN", "account_id")),
    Case("top-up of zero", TOP_UP, lambda _: topping_up("anna", 0, "r-1"),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "amount.minor_micros")),
    Case("top-up below zero", TOP_UP, lambda _: topping_up("anna", -EURO, "r-1"),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "amount.minor_micros")),
    Case("top-up out of range", TOP_UP, lambda _: topping_up("anna", MOST_MONEY, "r-1"),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "amount.minor_micros")),
    Case("top-up in another currency", TOP_UP,
         lambda _: account_api_pb2.TopUpAccountRequest(request_id="r", account_id="anna", amount=_dollars(5)),
         Refusal(INVALID, "CURRENCY_MISMATCH", "amount.currency_code")),
    Case("request id used with other content", TOP_UP, lambda _: topping_up("anna", EURO, "open-anna"),
         Refusal(grpc.StatusCode.ABORTED, "DUPLICATE_DIFFERS")),
    Case("adjustment of an unknown account", ADJUST, adjusting(account_id="nobody"),
         Refusal(NOT_FOUND, "ACCOUNT_UNKNOWN", "account_id")),
    Case("adjustment of an unknown bucket", ADJUST, adjusting(bucket_id="anna/none"),
         Refusal(NOT_FOUND, "BUCKET_UNKNOWN", "bucket_id")),
    Case("adjustment of somebody else's bucket", ADJUST, adjusting(bucket_id="bert/money"),
         Refusal(NOT_FOUND, "BUCKET_UNKNOWN", "bucket_id")),
    Case("adjustment by zero", ADJUST, adjusting(money=euros(0)),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "money")),
    Case("adjustment by nothing", ADJUST, adjusting(money=None), Refusal(INVALID, "FIELD_MISSING", "amount")),
    Case("adjustment without a reason", ADJUST, adjusting(reason=""),
         Refusal(INVALID, "FIELD_MISSING", "reason")),
    Case("adjustment by nobody", ADJUST, adjusting(actor=""), Refusal(INVALID, "FIELD_MISSING", "actor")),
    Case("adjustment in another currency", ADJUST, adjusting(money=_dollars(5)),
         Refusal(INVALID, "CURRENCY_MISMATCH", "amount")),
    Case("adjustment of money by octets", ADJUST,
         adjusting(money=None, quantity=quantity_pb2.Quantity(unit="octets", amount=5)),
         Refusal(INVALID, "UNIT_MISMATCH", "amount")),
    Case("adjustment that takes what is not there", ADJUST, adjusting(money=euros(-6 * EURO)),
         Refusal(PRECONDITION, "BALANCE_INSUFFICIENT", "amount")),
    Case("adjustment that takes what is reserved", ADJUST, adjusting(money=euros(-5 * EURO + 1_000)),
         Refusal(PRECONDITION, "BALANCE_INSUFFICIENT", "amount")),
    Case("transfer from nobody", TRANSFER, transferring(from_account_id="nobody"),
         Refusal(NOT_FOUND, "ACCOUNT_UNKNOWN", "from_account_id")),
    Case("transfer to nobody", TRANSFER, transferring(to_account_id="nobody"),
         Refusal(NOT_FOUND, "ACCOUNT_UNKNOWN", "to_account_id")),
    Case("transfer to oneself", TRANSFER, transferring(to_account_id="anna"),
         Refusal(INVALID, "FIELD_INVALID", "to_account_id")),
    Case("transfer of too much", TRANSFER, transferring(amount=euros(6 * EURO)),
         Refusal(PRECONDITION, "BALANCE_INSUFFICIENT", "amount")),
    Case("transfer backwards", TRANSFER, transferring(amount=euros(-EURO)),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "amount.minor_micros")),
    Case("account not named", GET, lambda _: account_api_pb2.GetAccountRequest(),
         Refusal(INVALID, "FIELD_MISSING", "lookup")),
    Case("unknown account looked up", GET, lambda _: account_api_pb2.GetAccountRequest(account_id="nobody"),
         Refusal(NOT_FOUND, "ACCOUNT_UNKNOWN", "account_id")),
    Case("unknown identifier looked up", GET,
         lambda _: account_api_pb2.GetAccountRequest(subscriber_identifier="device-nobody"),
         Refusal(NOT_FOUND, "USER_UNKNOWN", "subscriber_identifier")),
]  # fmt: skip


def edited_id(request: account_api_pb2.ProvisionAccountRequest) -> account_api_pb2.ProvisionAccountRequest:
    """The request under another id."""
    request.request_id += "-again"
    return request
