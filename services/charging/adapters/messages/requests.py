"""Charging requests in: every field is checked before anything else happens.

A refused field is named by its path, `multiple_unit_usage[1].used_unit_container[0].total_volume_octets`.
"""

from __future__ import annotations

from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from services.charging.adapters.messages.common import (
    EXPECTED_IDENTIFIER,
    instant_in,
    positive_money_in,
    refuse,
)
from services.charging.adapters.messages.observations import observed
from services.charging.domain import reasons
from services.charging.domain.commands import Container, EventAction, Invocation, Measure, Report
from services.charging.domain.events import Outcome
from services.common.kernel.clock import Instant
from services.common.kernel.identifiers import is_plmn, is_subscriber_identifier
from services.common.kernel.quantity import MAX_UNITS

MAX_RATING_GROUPS = 100
MAX_CONTAINERS = 100
MAX_NAME_LENGTH = 128
MAX_PARTNER_IDENTITY_LENGTH = 64
MAX_URI_LENGTH = 2_048
SHA256_OCTETS = 32

_QUOTA_MANAGEMENT = {
    charging_data_pb2.QUOTA_MANAGEMENT_INDICATOR_UNSPECIFIED: False,
    charging_data_pb2.QUOTA_MANAGEMENT_INDICATOR_ONLINE_CHARGING: False,
    charging_data_pb2.QUOTA_MANAGEMENT_INDICATOR_OFFLINE_CHARGING: True,
    charging_data_pb2.QUOTA_MANAGEMENT_INDICATOR_QUOTA_MANAGEMENT_SUSPENDED: True,
}
"""Which usage was let through without a grant: while quota management is suspended, too."""

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
            EXPECTED_IDENTIFIER,
            "charging_data.subscriber_identifier",
        )
    return data.subscriber_identifier


def element(data: charging_data_pb2.ChargingDataRequest) -> tuple[str, str]:
    """Name of the network element and its charging id: part of the key of a Create or an event."""
    own_network = data.nf_consumer_identification.nf_plmn_id
    if own_network and not is_plmn(own_network):
        raise refuse(
            reasons.FIELD_INVALID,
            "expected MCC and MNC digits",
            "charging_data.nf_consumer_identification.nf_plmn_id",
        )
    nf_name = _name(data.nf_consumer_identification.nf_name, "nf_consumer_identification.nf_name")
    return nf_name, _name(data.charging_id, "charging_id")


def invocation(data: charging_data_pb2.ChargingDataRequest) -> Invocation:
    """Time, number, reports, circumstances and outcome of a request."""
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
        observed=observed(data),
        outcome=_outcome(data),
    )


def tariff_time_change(data: charging_data_pb2.ChargingDataRequest) -> bool:
    """True where the element says that it splits usage where the price changes."""
    return charging_data_pb2.FEATURE_TARIFF_TIME_CHANGE in data.supported_features


def event_action(request: charging_api_pb2.ChargeOneTimeEventRequest) -> EventAction:
    """Debit, check or enquiry."""
    action = EVENT_ACTIONS.get(request.requested_action)
    if action is None:
        raise refuse(reasons.FIELD_INVALID, "debit, refund, check or enquiry?", "requested_action")
    return action


def after_the_service(request: charging_api_pb2.ChargeOneTimeEventRequest) -> bool:
    """True for post event charging, which only a debit can be."""
    kind = request.one_time_event_type
    if kind not in charging_api_pb2.OneTimeEventType.values():
        raise refuse(reasons.FIELD_INVALID, "immediate or post event charging?", "one_time_event_type")
    post = kind == charging_api_pb2.ONE_TIME_EVENT_TYPE_PEC
    if post and request.requested_action != charging_api_pb2.REQUESTED_ACTION_DIRECT_DEBITING:
        raise refuse(reasons.FIELD_INVALID, "only a debit can come after the service", "one_time_event_type")
    return post


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


def _outcome(data: charging_data_pb2.ChargingDataRequest) -> Outcome | None:
    if not data.HasField("outcome"):
        return None
    outcome = data.outcome
    uri = outcome.evidence_uri
    if len(uri) > MAX_URI_LENGTH or not uri.isprintable():
        raise refuse(
            reasons.FIELD_INVALID,
            f"at most {MAX_URI_LENGTH} printable characters",
            "charging_data.outcome.evidence_uri",
        )
    if len(outcome.evidence_sha256) not in {0, SHA256_OCTETS}:
        raise refuse(
            reasons.FIELD_INVALID,
            f"a SHA-256 digest has {SHA256_OCTETS} octets",
            "charging_data.outcome.evidence_sha256",
        )
    outcome_id = _name(outcome.outcome_id, "outcome.outcome_id")
    return Outcome(outcome_id, uri, outcome.evidence_sha256, outcome.provisional)


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
    offline = _QUOTA_MANAGEMENT.get(container.quota_management_indicator)
    if offline is None:
        raise refuse(
            reasons.FIELD_INVALID,
            "online, offline or suspended quota management?",
            f"{field}.quota_management_indicator",
        )
    numbered = container.HasField("local_sequence_number")
    return Container(
        _measure(container, field),
        container.local_sequence_number if numbered else None,
        until,
        offline,
        _partner_identity(container.sponsor_identity, f"{field}.sponsor_identity"),
        _partner_identity(
            container.application_service_provider_identity,
            f"{field}.application_service_provider_identity",
        ),
    )


def _partner_identity(text: str, field: str) -> str:
    """A sponsor or an application's provider; '' where the element names none."""
    if len(text) > MAX_PARTNER_IDENTITY_LENGTH or not text.isprintable():
        raise refuse(
            reasons.FIELD_INVALID, f"at most {MAX_PARTNER_IDENTITY_LENGTH} printable characters", field
        )
    return text


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
