"""Turns the element's values into the messages of the charging API, and answers back into grants.

The same session and the same usage always make the same octets: a second
play must be recognised as a repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from services.cli.replay.quota import Container, Grant, Report, Result, Units, Why
from services.common.kernel.clock import MILLISECOND, SECOND, Instant


class Service(Enum):
    """What is charged, and so which node reports it and in which unit."""

    PDU_SESSION = "smf-01"
    CALL = "ims-01"
    MESSAGE = "smsf-01"

    @property
    def nf_name(self) -> str:
        """Name of the network function that reports."""
        return self.value


_NODE = MappingProxyType(
    {
        Service.PDU_SESSION: charging_data_pb2.NODE_FUNCTIONALITY_SMF,
        Service.CALL: charging_data_pb2.NODE_FUNCTIONALITY_IMS_NODE,
        Service.MESSAGE: charging_data_pb2.NODE_FUNCTIONALITY_SMSF,
    }
)
_TRIGGER = MappingProxyType(
    {
        Why.QUOTA_THRESHOLD: charging_data_pb2.TRIGGER_QUOTA_THRESHOLD,
        Why.QUOTA_EXHAUSTED: charging_data_pb2.TRIGGER_QUOTA_EXHAUSTED,
        Why.VALIDITY_TIME: charging_data_pb2.TRIGGER_VALIDITY_TIME,
        Why.QHT: charging_data_pb2.TRIGGER_QHT,
        Why.TARIFF_TIME_CHANGE: charging_data_pb2.TRIGGER_TARIFF_TIME_CHANGE,
        Why.FINAL: charging_data_pb2.TRIGGER_FINAL,
    }
)
_GRANTED: Mapping[Service, Callable[[charging_data_pb2.GrantedUnit], int]] = MappingProxyType(
    {
        Service.PDU_SESSION: lambda granted: granted.total_volume_octets,
        Service.CALL: lambda granted: granted.time_seconds,
        Service.MESSAGE: lambda granted: granted.service_specific_units,
    }
)
_THRESHOLD: Mapping[Service, Callable[[charging_data_pb2.MultipleUnitInformation], int]] = MappingProxyType(
    {
        Service.PDU_SESSION: lambda item: item.volume_quota_threshold_octets,
        Service.CALL: lambda item: item.time_quota_threshold_seconds,
        Service.MESSAGE: lambda item: item.unit_quota_threshold,
    }
)


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """Whose session it is and what it is called. `start_at` is millisecond 0 of the table on the calendar."""

    service: Service
    subscriber_identifier: str
    charging_id: str
    start_at: Instant


def create_request(
    identity: SessionIdentity, sequence: int, at_ms: int, reports: Mapping[int, Report]
) -> charging_api_pb2.CreateChargingSessionRequest:
    """Opens a session, and says that usage is split where a grant names a change of price."""
    data = _charging_data(identity, sequence, at_ms, reports)
    data.supported_features.append(charging_data_pb2.FEATURE_TARIFF_TIME_CHANGE)
    return charging_api_pb2.CreateChargingSessionRequest(charging_data=data)


def update_request(
    identity: SessionIdentity, reference: str, sequence: int, at_ms: int, reports: Mapping[int, Report]
) -> charging_api_pb2.UpdateChargingSessionRequest:
    """Reports usage and asks for more."""
    data = _charging_data(identity, sequence, at_ms, reports)
    return charging_api_pb2.UpdateChargingSessionRequest(charging_data_ref=reference, charging_data=data)


def release_request(
    identity: SessionIdentity, reference: str, sequence: int, at_ms: int, reports: Mapping[int, Report]
) -> charging_api_pb2.ReleaseChargingSessionRequest:
    """Reports the last usage and closes the session."""
    data = _charging_data(identity, sequence, at_ms, reports)
    return charging_api_pb2.ReleaseChargingSessionRequest(charging_data_ref=reference, charging_data=data)


def debit_request(
    identity: SessionIdentity, rating_group: int, units: int, at_ms: int
) -> charging_api_pb2.ChargeOneTimeEventRequest:
    """Debits an event at once (RFC 8506 section 6.3)."""
    usage = (Container(1, Why.FINAL, at_ms, Units(units)),)
    data = _charging_data(identity, 1, at_ms, {rating_group: Report(Why.FINAL, usage, asks=False)})
    return charging_api_pb2.ChargeOneTimeEventRequest(
        requested_action=charging_api_pb2.REQUESTED_ACTION_DIRECT_DEBITING, charging_data=data
    )


def grant_of(item: charging_data_pb2.MultipleUnitInformation, service: Service, start_at: Instant) -> Grant:
    """What the answer for one rating group allows."""
    switch = item.granted_unit.tariff_time_change
    return Grant(
        result=Result(item.result_code or Result.SUCCESS.value),
        units=_GRANTED[service](item.granted_unit),
        threshold=_THRESHOLD[service](item),
        validity_ms=item.validity_time_seconds * 1000,
        # Time runs without a packet to carry it, so the quota of a call is never idle.
        holding_ms=0 if service is Service.CALL else item.quota_holding_time_seconds * 1000,
        final=item.HasField("final_unit_indication"),
        tariff_change_ms=_relative_ms(switch, start_at)
        if item.granted_unit.HasField("tariff_time_change")
        else None,
    )


def _charging_data(
    identity: SessionIdentity, sequence: int, at_ms: int, reports: Mapping[int, Report]
) -> charging_data_pb2.ChargingDataRequest:
    service = identity.service
    data = charging_data_pb2.ChargingDataRequest(
        subscriber_identifier=identity.subscriber_identifier,
        charging_id=identity.charging_id,
        nf_consumer_identification=charging_data_pb2.NfConsumerIdentification(
            nf_name=service.nf_name, node_functionality=_NODE[service]
        ),
        invocation_time_stamp=_timestamp(identity.start_at, at_ms),
        invocation_sequence_number=sequence,
        triggers=sorted({_TRIGGER[report.why] for report in reports.values() if report.why in _TRIGGER}),
        multiple_unit_usage=[
            _unit_usage(identity, group, report) for group, report in sorted(reports.items())
        ],
    )
    _name_service(data, service)
    return data


def _name_service(data: charging_data_pb2.ChargingDataRequest, service: Service) -> None:
    # No serving network is named: the table knows of none, so everybody is at home.
    match service:
        case Service.PDU_SESSION:
            data.pdu_session.dnn_id = "internet"
        case Service.CALL:
            data.ims.SetInParent()
        case Service.MESSAGE:
            data.sms.SetInParent()


def _unit_usage(
    identity: SessionIdentity, rating_group: int, report: Report
) -> charging_data_pb2.MultipleUnitUsage:
    usage = charging_data_pb2.MultipleUnitUsage(
        rating_group=rating_group,
        used_unit_container=[_used_units(identity, container) for container in report.containers],
    )
    if report.asks:
        usage.requested_unit.SetInParent()
    return usage


def _used_units(identity: SessionIdentity, container: Container) -> charging_data_pb2.UsedUnitContainer:
    used = charging_data_pb2.UsedUnitContainer(
        local_sequence_number=container.local_sequence_number,
        triggers=[_TRIGGER[container.why]],
        trigger_timestamp=_timestamp(identity.start_at, container.closed_ms),
    )
    match identity.service:
        case Service.PDU_SESSION:
            used.total_volume_octets = container.units.total
            used.uplink_volume_octets = container.units.uplink
            used.downlink_volume_octets = container.units.downlink
        case Service.CALL:
            used.time_seconds = container.units.total
        case Service.MESSAGE:
            used.service_specific_units = container.units.total
    return used


def _timestamp(start_at: Instant, at_ms: int) -> Timestamp:
    seconds, micros = divmod(start_at + at_ms * MILLISECOND, SECOND)
    return Timestamp(seconds=seconds, nanos=micros * 1000)


def _relative_ms(moment: Timestamp, start_at: Instant) -> int:
    micros = moment.seconds * SECOND + moment.nanos // 1000 - start_at
    return -(-micros // MILLISECOND)
