"""Everything that can be wrong with what an element says of place, slice, quality, load and outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from tests.support.bad_charging_input import CREATE, EVENT, UPDATE, create, edited, invalid, missing, update
from tests.support.bad_input import INVALID, NOT_FOUND, Case, Scene
from tests.support.live_element import CHECK, DEBIT, Container, Refusal, happening, pieces, usage
from tests.support.live_prices import DATA, TEXT

Pdu = charging_data_pb2.PduSessionChargingInformation
Ims = charging_data_pb2.ImsChargingInformation
Sms = charging_data_pb2.SmsChargingInformation
Device = charging_data_pb2.DeviceChargingInformation
Slice = charging_data_pb2.Snssai
Location = charging_data_pb2.UserLocation
Rating = charging_data_pb2.RatingInformation
Outcome = charging_data_pb2.OutcomeInformation
SETTLE = "ChargingService/SettleOutcome"
CONTAINER = "multiple_unit_usage[0].used_unit_container[0]"


def event(**fields: Any) -> Callable[[Scene], Message]:
    """A message debited from Anna that is right but for some fields of its charging data."""
    return lambda _: edited(happening(DEBIT, "device-anna", "e-1", usage(TEXT, asks=pieces(1))), **fields)


def event_of(kind: int, action: charging_api_pb2.RequestedAction.ValueType) -> Callable[[Scene], Message]:
    """An event of a one-time event type by its number."""

    def build(_scene: Scene) -> Message:
        request = happening(action, "device-anna", "e-1", usage(TEXT, asks=pieces(1)))
        request.one_time_event_type = kind  # type: ignore[assignment]
        return request

    return build


def settling(**fields: Any) -> Callable[[Scene], Message]:
    """A reversal of what is no outcome, right but for some fields."""
    right: dict[str, Any] = {
        "request_id": "r-1",
        "charge_id": "c-0-1-1-1",
        "settlement": charging_api_pb2.OUTCOME_SETTLEMENT_REVERSE,
        "reason": "not delivered",
        "actor": "care",
    }
    return lambda _: charging_api_pb2.SettleOutcomeRequest(**{**right, **fields})


def from_network(digits: str) -> Callable[[Scene], Message]:
    """A Create of an element that says it is of such a network."""

    def build(scene: Scene) -> Message:
        request = create()(scene)
        assert isinstance(request, charging_api_pb2.CreateChargingSessionRequest)
        request.charging_data.nf_consumer_identification.nf_plmn_id = digits
        return request

    return build


CIRCUMSTANCE_CASES = [
    Case("element of a network with letters", CREATE, from_network("26a"),
         invalid("nf_consumer_identification.nf_plmn_id")),
    Case("called party with letters", CREATE, create(ims=Ims(called_party_address="0049-abc")),
         invalid("ims.called_party_address")),
    Case("called party too long", CREATE, create(ims=Ims(called_party_address="+" + "4" * 16)),
         invalid("ims.called_party_address")),
    Case("called party that is a plus", CREATE, create(ims=Ims(called_party_address="+")),
         invalid("ims.called_party_address")),
    Case("recipient that is an address", EVENT, event(sms=Sms(recipient_address="a@b.example")),
         invalid("sms.recipient_address")),
    Case("recipient in other digits", EVENT, event(sms=Sms(recipient_address="+٤٩")),
         invalid("sms.recipient_address")),
    Case("call in a network with letters", CREATE, create(ims=Ims(serving_plmn_id="home")),
         invalid("ims.serving_plmn_id")),
    Case("message in a network too short", EVENT, event(sms=Sms(serving_plmn_id="262")),
         invalid("sms.serving_plmn_id")),
    Case("device in a network too long", CREATE, create(device=Device(serving_plmn_id="2620101")),
         invalid("device.serving_plmn_id")),
    Case("slice type out of range", CREATE, create(pdu_session=Pdu(s_nssai=Slice(sst=256))),
         invalid("pdu_session.s_nssai.sst")),
    Case("slice differentiator too short", CREATE, create(device=Device(s_nssai=Slice(sst=1, sd="00a1"))),
         invalid("device.s_nssai.sd")),
    Case("slice differentiator not hexadecimal", CREATE,
         create(pdu_session=Pdu(s_nssai=Slice(sst=1, sd="00000g"))), invalid("pdu_session.s_nssai.sd")),
    Case("5QI of zero", CREATE, create(pdu_session=Pdu(five_qi=0)), invalid("pdu_session.five_qi")),
    Case("5QI out of range", UPDATE, update(device=Device(five_qi=256)), invalid("device.five_qi")),
    Case("cell without a network", CREATE,
         create(pdu_session=Pdu(user_location=Location(cell_id="0000a1b20"))),
         invalid("pdu_session.user_location.cell_id")),
    Case("cell with too many digits", CREATE,
         create(ims=Ims(user_location=Location(cell_id="26201-0000a1b2000"))),
         invalid("ims.user_location.cell_id")),
    Case("tracking area with too few digits", EVENT,
         event(sms=Sms(user_location=Location(tracking_area_id="26201-0a1"))),
         invalid("sms.user_location.tracking_area_id")),
    Case("tracking area that is a cell", CREATE,
         create(device=Device(user_location=Location(tracking_area_id="26201-0000a1b20"))),
         invalid("device.user_location.tracking_area_id")),
    Case("network name too long", CREATE, create(pdu_session=Pdu(dnn_id="i" * 101)),
         invalid("pdu_session.dnn_id")),
    Case("load beyond a hundred", UPDATE, update(rating_information=Rating(network_load_percent=101)),
         invalid("rating_information.network_load_percent")),
    Case("device class that is no code", CREATE, create(rating_information=Rating(device_class="Big Car")),
         invalid("rating_information.device_class")),
    Case("device class that is empty", CREATE, create(rating_information=Rating(device_class="")),
         invalid("rating_information.device_class")),
    Case("outcome without a name", EVENT, event(outcome=Outcome(provisional=True)),
         missing("outcome.outcome_id")),
    Case("outcome with a long name", EVENT, event(outcome=Outcome(outcome_id="o" * 129)),
         invalid("outcome.outcome_id")),
    Case("outcome with half a digest", EVENT,
         event(outcome=Outcome(outcome_id="o-1", evidence_sha256=b"x" * 16)),
         invalid("outcome.evidence_sha256")),
    Case("outcome with evidence on two lines", EVENT,
         event(outcome=Outcome(outcome_id="o-1", evidence_uri="https://a\nhttps://b")),
         invalid("outcome.evidence_uri")),
    Case("outcome with endless evidence", EVENT,
         event(outcome=Outcome(outcome_id="o-1", evidence_uri="e" * 2_049)), invalid("outcome.evidence_uri")),
    Case("outcome of what is none", EVENT, event(outcome=Outcome(outcome_id="o-1")), invalid("outcome")),
    Case("quota management of an unknown kind", UPDATE,
         update(usage(DATA, Container(total_volume_octets=1, quota_management_indicator=17))),  # type: ignore[arg-type]
         invalid(f"{CONTAINER}.quota_management_indicator")),
    Case("sponsor with a long name", UPDATE,
         update(usage(DATA, Container(total_volume_octets=1, sponsor_identity="s" * 65))),
         invalid(f"{CONTAINER}.sponsor_identity")),
    Case("sponsor on two lines", UPDATE,
         update(usage(DATA, Container(total_volume_octets=1, sponsor_identity="shoes\nshirts"))),
         invalid(f"{CONTAINER}.sponsor_identity")),
    Case("application provider that cannot be printed", UPDATE,
         update(usage(DATA, Container(total_volume_octets=1, application_service_provider_identity="\x00"))),
         invalid(f"{CONTAINER}.application_service_provider_identity")),
    Case("application provider with a long name", UPDATE,
         update(usage(DATA, Container(application_service_provider_identity="é" * 65))),
         invalid(f"{CONTAINER}.application_service_provider_identity")),
    Case("event of an unknown type", EVENT, event_of(3, DEBIT),
         Refusal(INVALID, "FIELD_INVALID", "one_time_event_type")),
    Case("check after the service", EVENT,
         event_of(charging_api_pb2.ONE_TIME_EVENT_TYPE_PEC, CHECK),
         Refusal(INVALID, "FIELD_INVALID", "one_time_event_type")),
    Case("settlement of nothing", SETTLE, settling(charge_id=""),
         Refusal(INVALID, "FIELD_MISSING", "charge_id")),
    Case("settlement without a request id", SETTLE, settling(request_id=""),
         Refusal(INVALID, "FIELD_INVALID", "request_id")),
    Case("settlement neither way", SETTLE, settling(settlement=0),
         Refusal(INVALID, "FIELD_INVALID", "settlement")),
    Case("reversal without a reason", SETTLE, settling(reason=""),
         Refusal(INVALID, "FIELD_MISSING", "reason")),
    Case("settlement by somebody with a long name", SETTLE, settling(actor="a" * 513),
         Refusal(INVALID, "FIELD_INVALID", "actor")),
    Case("settlement of a charge that is no outcome", SETTLE,
         lambda scene: settling(charge_id=scene.charge_of_bert)(scene),
         Refusal(NOT_FOUND, "OUTCOME_UNKNOWN", "charge_id")),
]  # fmt: skip
