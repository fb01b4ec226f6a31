"""Everything that can be wrong with a charging request, as a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2
from tidemark.type.v1 import money_pb2

from tests.support.bad_input import EXHAUSTED, INVALID, NOT_FOUND, PRECONDITION, Case, Scene
from tests.support.live_element import (
    DEBIT,
    REFUND,
    Container,
    Refusal,
    Wish,
    creating,
    euros,
    happening,
    pieces,
    releasing,
    updating,
    usage,
    used,
    wish,
)
from tests.support.live_prices import DATA, MESSAGE, TEXT, UNKNOWN_GROUP

CREATE = "ChargingService/CreateChargingSession"
UPDATE = "ChargingService/UpdateChargingSession"
RELEASE = "ChargingService/ReleaseChargingSession"
EVENT = "ChargingService/ChargeOneTimeEvent"
MOST_UNITS = 2**53
MALFORMED = b"\x0a\xff\xff\xff\xff\x0f"


def edited(message: Any, **fields: Any) -> Any:
    """The request with fields of its charging data set, or cleared where None."""
    for name, value in fields.items():
        if value is None:
            message.charging_data.ClearField(name)
        elif isinstance(value, Message):
            getattr(message.charging_data, name).CopyFrom(value)
        else:
            setattr(message.charging_data, name, value)
    return message


def create(**fields: Any) -> Callable[[Scene], Message]:
    """A Create that is right but for some fields."""
    return lambda _scene: edited(creating("device-anna", "c-9", usage(DATA, asks=wish())), **fields)


def update(*usages: charging_data_pb2.MultipleUnitUsage, **fields: Any) -> Callable[[Scene], Message]:
    """An Update of the open session that is right but for its usages or some fields."""
    return lambda scene: edited(updating(scene.ref, 3, *usages, second=20), **fields)


def refusing(code: grpc.StatusCode, reason: str, field: str = "") -> Refusal:
    """A refusal that names a field of the charging data."""
    return Refusal(code, reason, f"charging_data.{field}" if field else "")


def missing(field: str) -> Refusal:
    """A required field of the charging data is not there."""
    return refusing(INVALID, "FIELD_MISSING", field)


def invalid(field: str) -> Refusal:
    """A field of the charging data is not well-formed."""
    return refusing(INVALID, "FIELD_INVALID", field)


def too_many_units(field: str) -> Refusal:
    """A number of units is out of range."""
    return refusing(INVALID, "UNITS_OUT_OF_RANGE", f"multiple_unit_usage[0].{field}")


def _plmn(digits: str) -> charging_data_pb2.PduSessionChargingInformation:
    return charging_data_pb2.PduSessionChargingInformation(serving_plmn_id=digits)


def _unnamed(**fields: Any) -> Callable[[Scene], Message]:
    def build(_scene: Scene) -> Message:
        request = creating("device-anna", "c-9")
        request.charging_data.nf_consumer_identification.nf_name = fields["nf_name"]
        return request

    return build


CHARGING_CASES = [
    Case("unknown subscriber", CREATE, create(subscriber_identifier="device-nobody"),
         refusing(NOT_FOUND, "USER_UNKNOWN", "subscriber_identifier")),
    Case("no subscriber", CREATE, create(subscriber_identifier=None), missing("subscriber_identifier")),
    Case("subscriber without a scheme", CREATE, create(subscriber_identifier="4917012345"),
         invalid("subscriber_identifier")),
    Case("imsi with letters", CREATE, create(subscriber_identifier="imsi-26201abc"),
         invalid("subscriber_identifier")),
    Case("imsi too long", CREATE, create(subscriber_identifier="imsi-" + "2" * 16),
         invalid("subscriber_identifier")),
    Case("no charging id", CREATE, create(charging_id=None), missing("charging_id")),
    Case("charging id too long", CREATE, create(charging_id="c" * 129), invalid("charging_id")),
    Case("charging id with a line break", CREATE, create(charging_id="c\n1"), invalid("charging_id")),
    Case("no element name", CREATE, _unnamed(nf_name=""), missing("nf_consumer_identification.nf_name")),
    Case("element name too long", CREATE, _unnamed(nf_name="n" * 129),
         invalid("nf_consumer_identification.nf_name")),
    Case("no time stamp", CREATE, create(invocation_time_stamp=None), missing("invocation_time_stamp")),
    Case("time stamp before 1970", CREATE, create(invocation_time_stamp=Timestamp(seconds=-1)),
         invalid("invocation_time_stamp")),
    Case("time stamp after 9999", CREATE, create(invocation_time_stamp=Timestamp(seconds=253_402_300_800)),
         invalid("invocation_time_stamp")),
    Case("time stamp with negative nanoseconds", CREATE, create(invocation_time_stamp=Timestamp(nanos=-1)),
         invalid("invocation_time_stamp")),
    Case("no sequence number", CREATE, create(invocation_sequence_number=None),
         missing("invocation_sequence_number")),
    Case("serving network with letters", CREATE, create(pdu_session=_plmn("26a01")),
         invalid("pdu_session.serving_plmn_id")),
    Case("rating group twice", CREATE,
         lambda _: creating("device-anna", "c-9", usage(DATA, asks=wish()), usage(DATA, asks=wish())),
         refusing(INVALID, "RATING_GROUP_REPEATED", "multiple_unit_usage[1].rating_group")),
    Case("rating group twice, once by default", CREATE,
         lambda _: creating("device-anna", "c-9", usage(None, asks=wish()), usage(DATA, asks=wish())),
         refusing(INVALID, "RATING_GROUP_REPEATED", "multiple_unit_usage[1].rating_group")),
    Case("too many rating groups", CREATE,
         lambda _: creating("device-anna", "c-9", *(usage(n, asks=wish()) for n in range(101))),
         invalid("multiple_unit_usage")),
    Case("too many containers", UPDATE, update(usage(DATA, *(used(1, n) for n in range(101)))),
         invalid("multiple_unit_usage[0].used_unit_container")),
    Case("unknown session", UPDATE, lambda _: updating("s-0-999-1", 3, usage(DATA, used(5))),
         Refusal(NOT_FOUND, "CONTEXT_NOT_FOUND", "charging_data_ref")),
    Case("unknown session released", RELEASE, lambda _: releasing("nonsense", 3),
         Refusal(NOT_FOUND, "CONTEXT_NOT_FOUND", "charging_data_ref")),
    Case("no session", UPDATE, lambda _: updating("", 3),
         Refusal(INVALID, "FIELD_MISSING", "charging_data_ref")),
    Case("sequence number passed", UPDATE, lambda scene: updating(scene.ref, 1, usage(DATA, used(5))),
         refusing(PRECONDITION, "SEQUENCE_NUMBER_PASSED", "invocation_sequence_number")),
    Case("sequence number used with other content", UPDATE,
         lambda scene: updating(scene.ref, 2, usage(DATA, used(5))),
         Refusal(grpc.StatusCode.ABORTED, "DUPLICATE_DIFFERS")),
    Case("update without time stamp", UPDATE, update(invocation_time_stamp=None),
         missing("invocation_time_stamp")),
    Case("update without sequence number", UPDATE, update(invocation_sequence_number=None),
         missing("invocation_sequence_number")),
    Case("units below zero", UPDATE, update(usage(DATA, used(2**64 - 1))),
         too_many_units("used_unit_container[0].total_volume_octets")),
    Case("units just out of range", UPDATE, update(usage(DATA, used(1), used(MOST_UNITS + 1))),
         too_many_units("used_unit_container[1].total_volume_octets")),
    Case("seconds out of range", UPDATE, update(usage(DATA, Container(time_seconds=2**60))),
         too_many_units("used_unit_container[0].time_seconds")),
    Case("uplink out of range", UPDATE, update(usage(DATA, Container(uplink_volume_octets=2**63))),
         too_many_units("used_unit_container[0].uplink_volume_octets")),
    Case("wish out of range", UPDATE, update(usage(DATA, asks=wish(2**63))),
         too_many_units("requested_unit.total_volume_octets")),
    Case("wish for too many events", UPDATE, update(usage(TEXT, asks=Wish(service_specific_units=2**62))),
         too_many_units("requested_unit.service_specific_units")),
    Case("container time before 1970", UPDATE,
         update(usage(DATA, Container(total_volume_octets=1, trigger_timestamp=Timestamp(seconds=-5)))),
         invalid("multiple_unit_usage[0].used_unit_container[0].trigger_timestamp")),
    Case("malformed create", CREATE, lambda _: MALFORMED, Refusal(INVALID, "MALFORMED_MESSAGE")),
    Case("malformed update", UPDATE, lambda _: b"\xff" * 40, Refusal(INVALID, "MALFORMED_MESSAGE")),
    Case("name that is not UTF-8", UPDATE, lambda _: b"\x0a\x02\xc3\x28",
         Refusal(INVALID, "MALFORMED_MESSAGE")),
    Case("empty create", CREATE, lambda _: b"", missing("subscriber_identifier")),
    Case("event without an action", EVENT,
         lambda _: happening(charging_api_pb2.REQUESTED_ACTION_UNSPECIFIED, "device-anna", "e-1",
                             usage(TEXT, asks=pieces(1))),
         Refusal(INVALID, "FIELD_INVALID", "requested_action")),
    Case("event of an unknown subscriber", EVENT,
         lambda _: happening(DEBIT, "device-nobody", "e-1", usage(TEXT, asks=pieces(1))),
         refusing(NOT_FOUND, "USER_UNKNOWN", "subscriber_identifier")),
    Case("event without usage", EVENT, lambda _: happening(DEBIT, "device-anna", "e-1"),
         missing("multiple_unit_usage")),
    Case("event of an unknown rating group", EVENT,
         lambda _: happening(DEBIT, "device-anna", "e-1", usage(UNKNOWN_GROUP, asks=pieces(1))),
         refusing(PRECONDITION, "RATING_FAILED", "multiple_unit_usage")),
    Case("event beyond the balance", EVENT,
         lambda _: happening(DEBIT, "device-anna", "e-1", usage(DATA, used(50_000_000))),
         Refusal(EXHAUSTED, "QUOTA_LIMIT_REACHED")),
    Case("event of eight pebibytes", EVENT,
         lambda _: happening(DEBIT, "device-anna", "e-1", usage(DATA, used(MOST_UNITS))),
         Refusal(EXHAUSTED, "QUOTA_LIMIT_REACHED")),
    Case("event where nothing is served", EVENT,
         lambda _: happening(DEBIT, "device-anna", "e-1", usage(TEXT, asks=pieces(1)),
                             pdu_session=_plmn("99901")),
         refusing(grpc.StatusCode.PERMISSION_DENIED, "END_USER_REQUEST_DENIED", "multiple_unit_usage")),
    Case("refund of nothing", EVENT, lambda _: happening(REFUND, "device-bert", "e-2"),
         Refusal(INVALID, "FIELD_MISSING", "refund_charge_id")),
    Case("refund of an unknown charge", EVENT,
         lambda _: happening(REFUND, "device-bert", "e-2", refund="c-0-1-1-1"),
         Refusal(NOT_FOUND, "CHARGE_UNKNOWN", "refund_charge_id")),
    Case("refund of a charge that is none", EVENT,
         lambda _: happening(REFUND, "device-bert", "e-2", refund="c-0-99999999999999999999-1-1"),
         Refusal(NOT_FOUND, "CHARGE_UNKNOWN", "refund_charge_id")),
    Case("refund of somebody else's charge", EVENT,
         lambda scene: happening(REFUND, "device-anna", "e-2", refund=scene.charge_of_bert),
         Refusal(NOT_FOUND, "CHARGE_UNKNOWN", "refund_charge_id")),
    Case("refund of more than was charged", EVENT,
         lambda scene: happening(REFUND, "device-bert", "e-2", refund=scene.charge_of_bert,
                                 amount=euros(MESSAGE + 1)),
         Refusal(PRECONDITION, "REFUND_EXCEEDS_CHARGE", "refund_amount")),
    Case("refund in another currency", EVENT,
         lambda scene: happening(REFUND, "device-bert", "e-2", refund=scene.charge_of_bert,
                                 amount=money_pb2.Money(currency_code="USD", minor_micros=1)),
         Refusal(INVALID, "CURRENCY_MISMATCH", "refund_amount.currency_code")),
    Case("refund of zero", EVENT,
         lambda scene: happening(REFUND, "device-bert", "e-2", refund=scene.charge_of_bert, amount=euros(0)),
         Refusal(INVALID, "AMOUNT_OUT_OF_RANGE", "refund_amount.minor_micros")),
]  # fmt: skip
