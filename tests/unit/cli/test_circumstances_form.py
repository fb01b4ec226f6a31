"""Where and how usage happens, as people write it."""

from __future__ import annotations

import pytest
from tidemark.charging.v1 import charging_data_pb2 as data

from services.cli.circumstances_form import set_circumstances


def _request(*under: str, plmn: str = "") -> data.ChargingDataRequest:
    request = data.ChargingDataRequest()
    set_circumstances(request, plmn, under)
    return request


def test_a_call_has_its_number_network_and_cell_in_one_block() -> None:
    request = _request("cell=26201-0000a1b20", "called=+4930123", plmn="20801")
    assert request.WhichOneof("service_information") == "ims"
    assert request.ims.called_party_address == "+4930123"
    assert request.ims.serving_plmn_id == "20801"
    assert request.ims.user_location.cell_id == "26201-0000a1b20"


def test_data_has_slice_quality_and_tracking_area() -> None:
    request = _request("slice=2-0000a1", "five-qi=82", "tracking-area=26201-00a1f3")
    assert (request.pdu_session.s_nssai.sst, request.pdu_session.s_nssai.sd) == (2, "0000a1")
    assert request.pdu_session.five_qi == 82
    assert request.pdu_session.user_location.tracking_area_id == "26201-00a1f3"
    assert _request("slice=3").pdu_session.s_nssai.sd == ""


def test_load_and_device_class_go_with_either() -> None:
    request = _request("load=90", "device-class=truck")
    assert request.rating_information.network_load_percent == 90
    assert request.rating_information.device_class == "truck"
    assert request.WhichOneof("service_information") is None


def test_nothing_said_is_nothing_set() -> None:
    assert _request() == data.ChargingDataRequest()


@pytest.mark.parametrize("text", ["load", "load=", "load=much", "weather=fine", "slice=x-0000a1"])
def test_what_is_not_known_or_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"none of|no whole number"):
        _request(text)
