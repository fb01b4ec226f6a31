"""Scalars that every message shares: instants, money, codes of enums."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2, charging_data_pb2, journal_pb2
from tidemark.type.v1 import money_pb2

from services.charging.domain import reasons
from services.charging.domain.answers import ResultCode
from services.charging.domain.events import CloseCause, MovementReason
from services.charging.domain.rating.tariff import FinalUnitAction
from services.common.kernel.clock import SECOND, Instant
from services.common.kernel.money import MAX_MINOR_MICROS, currency
from services.common.kernel.outcome import Reason, Refused, RefusedError

_LATEST = Instant(7_258_118_400 * SECOND)
"""2200-01-01T00:00:00Z: beyond it a clock is broken, and calendars come to their end."""

EXPECTED_IDENTIFIER = "expected imsi-, msisdn-, iccid- or device- and a value, or subscriber- and an id"

RESULT_CODES = {code: charging_data_pb2.ResultCode.Value(f"RESULT_CODE_{code.name}") for code in ResultCode}
FINAL_UNIT_ACTIONS = {
    FinalUnitAction.TERMINATE: charging_data_pb2.FINAL_UNIT_ACTION_TERMINATE,
    FinalUnitAction.REDIRECT: charging_data_pb2.FINAL_UNIT_ACTION_REDIRECT,
    FinalUnitAction.RESTRICT_ACCESS: charging_data_pb2.FINAL_UNIT_ACTION_RESTRICT_ACCESS,
}
MOVEMENT_REASONS = {
    reason: account_api_pb2.MovementReason.Value(f"MOVEMENT_REASON_{reason.name}")
    for reason in MovementReason
}
MOVEMENT_REASONS_BACK = {value: reason for reason, value in MOVEMENT_REASONS.items()}
CLOSE_CAUSES = {
    cause: journal_pb2.SessionCloseCause.Value(f"SESSION_CLOSE_CAUSE_{cause.name}") for cause in CloseCause
}
CLOSE_CAUSES_BACK = {value: cause for cause, value in CLOSE_CAUSES.items()}


def refuse(reason: Reason, message: str, field: str) -> RefusedError:
    """An error to raise for a request that is not well-formed."""
    return RefusedError(Refused(reason, message, field))


def timestamp(at: Instant) -> Timestamp:
    """An instant as a message."""
    return Timestamp(seconds=at // SECOND, nanos=at % SECOND * 1000)


def set_instant(message: Timestamp, at: Instant) -> None:
    """Writes an instant into a message that is there already, which is cheaper than making one to copy."""
    message.seconds = at // SECOND
    message.nanos = at % SECOND * 1000


def instant_of(message: Timestamp) -> Instant:
    """A message that this project wrote."""
    return Instant(message.seconds * SECOND + message.nanos // 1000)


def instant_in(message: Timestamp, field: str) -> Instant:
    """A message that somebody else wrote: 1970 to 2200, nanoseconds in range, finer than microseconds cut."""
    if not 0 <= message.nanos < 1_000_000_000 or not 0 <= message.seconds * SECOND <= _LATEST:
        raise refuse(reasons.FIELD_INVALID, "a time stamp must lie between 1970 and 2200", field)
    return instant_of(message)


def money(minor_micros: int, currency_code: str) -> money_pb2.Money:
    """An amount as a message."""
    return money_pb2.Money(currency_code=currency_code, minor_micros=minor_micros)


def money_in(message: money_pb2.Money, field: str) -> tuple[int, str]:
    """minor_micros and currency code of an amount somebody sent."""
    try:
        currency(message.currency_code)
    except ValueError as error:
        raise refuse(reasons.FIELD_INVALID, str(error), f"{field}.currency_code") from error
    if abs(message.minor_micros) > MAX_MINOR_MICROS // 4:
        raise refuse(reasons.AMOUNT_OUT_OF_RANGE, "the amount is out of range", f"{field}.minor_micros")
    return message.minor_micros, message.currency_code


def positive_money_in(message: money_pb2.Money, field: str) -> tuple[int, str]:
    """As `money_in`, and above zero."""
    amount, code = money_in(message, field)
    if amount <= 0:
        raise refuse(reasons.AMOUNT_OUT_OF_RANGE, "the amount must be positive", f"{field}.minor_micros")
    return amount, code
