"""Charging requests in: every field is checked before anything else happens.

A refused field is named by its path, `multiple_unit_usage[1].used_unit_container[0].total_volume_octets`.
"""

from __future__ import annotations

from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from services.charging.adapters.messages.common import instant_in, positive_money_in, refuse
from services.charging.domain import reasons
from services.charging.domain.commands import Container, EventAction, Invocation, Measure, Report
from services.common.kernel.clock import Instant
from services.common.kernel.identifiers import is_plmn, is_subscriber_identifier
from services.common.kernel.quantity import MAX_UNITS

MAX_RATING_GROUPS = 100
MAX_CONTAINERS = 100
MAX_NAME_LENGTH = 128

EVENT_ACTIONS = {
    charging_api_pb2.REQUESTED_ACTION_DIRECT_DEBITING: EventAction.DIRECT_DEBITING,
    charging_api_pb2.REQUESTED_ACTION_CHECK_BALANCE: EventAction.CHECK_BALANCE,
    charging_api_pb2.REQUESTED_ACTION_PRICE_ENQUIRY: EventAction.PRICE_ENQUIRY,
}


def subscriber_identifier(data: charging_data_pb2.ChargingDataRequest) -> str:
    """The identifier as sent, checked for its form."""
    if not data.subscriber_identifier:
        raise refuse(reasons.FIELD_MISSING, "whose usage is it?", "charging_data.subscriber_identifier")
    if not is_subscriber_identifier(data.subscriber_identifier):
        raise refuse(
            reasons.FIELD_INVALID,
            "expected imsi-, msisdn-, iccid- or device- and a value",
            "charging_data.subscriber_identifier",
        )
    return data.subscriber_identifier


def element(data: charging_data_pb2.ChargingDataRequest) -> tuple[str, str]:
    """Name of the network element and its charging id: with the sequence number, the key of a Create."""
    nf_name = _name(data.nf_consumer_identification.nf_name, "nf_consumer_identification.nf_name")
    return nf_name, _name(data.charging_id, "charging_id")


def invocation(data: charging_data_pb2.ChargingDataRequest) -> Invocation:
    """Time, number, serving network and reports of a request."""
    if not data.HasField("invocation_time_stamp"):
        raise refuse(reasons.FIELD_MISSING, "when was this measured?", "charging_data.invocation_time_stamp")
    if not data.HasField("invocation_sequence_number"):
        raise refuse(
            reasons.FIELD_MISSING, "requests are numbered", "charging_data.invocation_sequence_number"
        )
    if len(data.multiple_unit_usage) > MAX_RATING_GROUPS:
        raise refuse(
            reasons.FIELD_INVALID,
            f"at most {MAX_RATING_GROUPS} rating groups a request",
            "charging_data.multiple_unit_usage",
        )
    return Invocation(
        sequence=data.invocation_sequence_number,
        at=instant_in(data.invocation_time_stamp, "charging_data.invocation_time_stamp"),
        reports=tuple(
            _report(usage, f"charging_data.multiple_unit_usage[{index}]")
            for index, usage in enumerate(data.multiple_unit_usage)
        ),
        serving_plmn=_serving_plmn(data),
    )


def refund_amount(request: charging_api_pb2.ChargeOneTimeEventRequest) -> tuple[int | None, str]:
    """How much to give back; None: all that is left."""
    if not request.HasField("refund_amount"):
        return None, ""
    return positive_money_in(request.refund_amount, "refund_amount")


def _name(text: str, field: str) -> str:
    if not text:
        raise refuse(reasons.FIELD_MISSING, "must be set", f"charging_data.{field}")
    if len(text) > MAX_NAME_LENGTH or not text.isprintable():
        raise refuse(
            reasons.FIELD_INVALID,
            f"at most {MAX_NAME_LENGTH} printable characters",
            f"charging_data.{field}",
        )
    return text


def _serving_plmn(data: charging_data_pb2.ChargingDataRequest) -> str | None:
    block = data.WhichOneof("service_information")
    if block is None:
        return None
    plmn: str = getattr(data, block).serving_plmn_id
    if plmn and not is_plmn(plmn):
        raise refuse(
            reasons.FIELD_INVALID, "expected MCC and MNC digits", f"charging_data.{block}.serving_plmn_id"
        )
    return plmn


def _report(usage: charging_data_pb2.MultipleUnitUsage, field: str) -> Report:
    if len(usage.used_unit_container) > MAX_CONTAINERS:
        raise refuse(
            reasons.FIELD_INVALID, f"at most {MAX_CONTAINERS} containers", f"{field}.used_unit_container"
        )
    return Report(
        rating_group=usage.rating_group if usage.HasField("rating_group") else None,
        requested=(
            _measure(usage.requested_unit, f"{field}.requested_unit")
            if usage.HasField("requested_unit")
            else None
        ),
        used=tuple(
            _container(container, f"{field}.used_unit_container[{index}]")
            for index, container in enumerate(usage.used_unit_container)
        ),
    )


def _container(container: charging_data_pb2.UsedUnitContainer, field: str) -> Container:
    until: Instant | None = None
    if container.HasField("trigger_timestamp"):
        until = instant_in(container.trigger_timestamp, f"{field}.trigger_timestamp")
    numbered = container.HasField("local_sequence_number")
    return Container(_measure(container, field), container.local_sequence_number if numbered else None, until)


def _measure(
    units: charging_data_pb2.UsedUnitContainer | charging_data_pb2.RequestedUnit, field: str
) -> Measure:
    return Measure(
        _units(units, "time_seconds", field),
        _units(units, "total_volume_octets", field),
        _units(units, "uplink_volume_octets", field),
        _units(units, "downlink_volume_octets", field),
        _units(units, "service_specific_units", field),
    )


def _units(
    units: charging_data_pb2.UsedUnitContainer | charging_data_pb2.RequestedUnit, name: str, field: str
) -> int | None:
    if not units.HasField(name):  # type: ignore[arg-type]
        return None
    value: int = getattr(units, name)
    if value > MAX_UNITS:
        raise refuse(reasons.UNITS_OUT_OF_RANGE, f"more than {MAX_UNITS} units", f"{field}.{name}")
    return value
