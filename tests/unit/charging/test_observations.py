"""From the wire to what prices look at: each service block, normalised, and what is not said kept apart."""

from __future__ import annotations

import pytest
from tidemark.charging.v1 import charging_data_pb2

from services.charging.adapters.messages import requests
from services.charging.adapters.messages.observations import observed
from services.charging.domain.events import Outcome
from services.charging.domain.rating.circumstances import NOTHING_OBSERVED, Observed
from tests.support.live_element import Container, data, usage

Request = charging_data_pb2.ChargingDataRequest
PLACE = charging_data_pb2.UserLocation(cell_id="26201-0000A1B20", tracking_area_id="26201-00A1F3")
Indicator = charging_data_pb2.QuotaManagementIndicator


def test_a_request_without_a_service_block_says_nothing() -> None:
    assert observed(Request()) == NOTHING_OBSERVED


@pytest.mark.parametrize("block", ["pdu_session", "ims", "sms", "device"])
def test_a_block_that_names_no_network_means_home(block: str) -> None:
    request = Request()
    getattr(request, block).SetInParent()
    assert observed(request) == Observed(serving_plmn="")


def test_a_data_session_says_where_in_which_slice_and_how_well() -> None:
    pdu = charging_data_pb2.PduSessionChargingInformation(
        serving_plmn_id="26201",
        dnn_id="internet",
        s_nssai=charging_data_pb2.Snssai(sst=1, sd="0000A1"),
        five_qi=9,
        user_location=PLACE,
    )
    assert observed(Request(pdu_session=pdu)) == Observed(
        serving_plmn="26201",
        cell="26201-0000a1b20",
        tracking_area="26201-00a1f3",
        sst=1,
        sd="0000a1",
        five_qi=9,
    )


@pytest.mark.parametrize("address", ["+49301234567", "49301234567"])
def test_whom_a_call_or_a_message_is_for_is_said_in_digits(address: str) -> None:
    call = charging_data_pb2.ImsChargingInformation(called_party_address=address)
    message = charging_data_pb2.SmsChargingInformation(recipient_address=address)
    assert observed(Request(ims=call)).called == "49301234567"
    assert observed(Request(sms=message)).called == "49301234567"


def test_a_device_says_its_slice_and_a_slice_of_zero_is_a_slice() -> None:
    device = charging_data_pb2.DeviceChargingInformation(s_nssai=charging_data_pb2.Snssai())
    assert observed(Request(device=device)) == Observed(serving_plmn="", sst=0, sd="")


def test_load_and_device_class_are_said_beside_any_block_and_a_load_of_zero_is_a_load() -> None:
    rating = charging_data_pb2.RatingInformation(network_load_percent=0, device_class="truck")
    assert observed(Request(rating_information=rating)) == Observed(load_percent=0, device_class="truck")
    sms = charging_data_pb2.SmsChargingInformation()
    assert observed(Request(rating_information=rating, sms=sms)).load_percent == 0


def test_an_outcome_comes_with_its_evidence() -> None:
    outcome = charging_data_pb2.OutcomeInformation(
        outcome_id="o-1", evidence_uri="https://e.example/1", evidence_sha256=b"x" * 32, provisional=True
    )
    assert requests.invocation(data(1, outcome=outcome)).outcome == Outcome(
        "o-1", "https://e.example/1", b"x" * 32, True
    )
    assert requests.invocation(data(1)).outcome is None


@pytest.mark.parametrize(
    ("indicator", "offline"),
    [
        (Indicator.QUOTA_MANAGEMENT_INDICATOR_UNSPECIFIED, False),
        (Indicator.QUOTA_MANAGEMENT_INDICATOR_ONLINE_CHARGING, False),
        (Indicator.QUOTA_MANAGEMENT_INDICATOR_OFFLINE_CHARGING, True),
        (Indicator.QUOTA_MANAGEMENT_INDICATOR_QUOTA_MANAGEMENT_SUSPENDED, True),
    ],
)
def test_usage_let_through_without_a_grant_is_marked(indicator: Indicator.ValueType, offline: bool) -> None:
    container = Container(total_volume_octets=1, quota_management_indicator=indicator)
    (report,) = requests.invocation(data(1, usage(1, container))).reports
    assert [item.offline for item in report.used] == [offline]


def test_an_element_says_at_the_beginning_whether_it_splits_usage() -> None:
    splits = charging_data_pb2.FEATURE_TARIFF_TIME_CHANGE
    assert requests.tariff_time_change(data(1, supported_features=[splits]))
    assert not requests.tariff_time_change(data(1))
