"""What an element says about where, how and for whom usage happens: each field checked for its form.

An empty text is as good as an absent one; what is not said keeps its meaning
from the request before.
"""

from __future__ import annotations

import re

from tidemark.charging.v1 import charging_data_pb2

from services.charging.adapters.messages.common import refuse
from services.charging.domain import reasons
from services.charging.domain.rating.circumstances import NOTHING_OBSERVED, Observed
from services.common.kernel.identifiers import is_code, is_plmn

MAX_DNN_LENGTH = 100
"""TS 23.003 clause 9.1: an APN or DNN has at most 100 octets."""

# ITU-T E.164: at most 15 digits; national short codes are digits too.
_E164 = re.compile(r"\+?([0-9]{1,15})")
# TS 29.571: a NR cell identity has 36 bits, an E-UTRA one 28.
_CELL = re.compile(r"[0-9]{5,6}-(?:[0-9A-Fa-f]{9}|[0-9A-Fa-f]{7})")
# TS 29.571 Tac: 24 bits in 5GS, 16 in EPS.
_TRACKING_AREA = re.compile(r"[0-9]{5,6}-(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{4})")
_SLICE_DIFFERENTIATOR = re.compile(r"[0-9A-Fa-f]{6}")

Pdu = charging_data_pb2.PduSessionChargingInformation
Ims = charging_data_pb2.ImsChargingInformation
Sms = charging_data_pb2.SmsChargingInformation
Device = charging_data_pb2.DeviceChargingInformation


def observed(data: charging_data_pb2.ChargingDataRequest) -> Observed:
    """Everything prices may look at. Raises RefusedError FIELD_INVALID with the field's path."""
    load, device_class = _rating_information(data)
    name = data.WhichOneof("service_information")
    if name is None:
        if load is None and device_class is None:
            return NOTHING_OBSERVED
        return Observed(load_percent=load, device_class=device_class)
    field = f"charging_data.{name}"
    if name == "pdu_session" and len(data.pdu_session.dnn_id) > MAX_DNN_LENGTH:
        raise _invalid(f"at most {MAX_DNN_LENGTH} characters", f"{field}.dnn_id")
    block: Pdu | Ims | Sms | Device = getattr(data, name)
    sst, sd = _slice(block, field)
    cell, tracking_area = _location(block, field)
    return Observed(
        serving_plmn=_serving_plmn(block.serving_plmn_id, f"{field}.serving_plmn_id"),
        called=_called(block, field),
        cell=cell,
        tracking_area=tracking_area,
        sst=sst,
        sd=sd,
        five_qi=_five_qi(block, field),
        load_percent=load,
        device_class=device_class,
    )


def _rating_information(data: charging_data_pb2.ChargingDataRequest) -> tuple[int | None, str | None]:
    if not data.HasField("rating_information"):
        return None, None
    information, field = data.rating_information, "charging_data.rating_information"
    load = information.network_load_percent if information.HasField("network_load_percent") else None
    if load is not None and load > 100:
        raise _invalid("a load is 0 to 100 per cent", f"{field}.network_load_percent")
    device_class = information.device_class if information.HasField("device_class") else None
    if device_class is not None and not is_code(device_class):
        raise _invalid("expected the code of a device class", f"{field}.device_class")
    return load, device_class


def _serving_plmn(plmn: str, field: str) -> str:
    """Digits, or '' for home: a service block that names no serving network means it."""
    if plmn and not is_plmn(plmn):
        raise _invalid("expected MCC and MNC digits", field)
    return plmn


def _called(block: Pdu | Ims | Sms | Device, field: str) -> str | None:
    if isinstance(block, Ims):
        return _digits(block.called_party_address, f"{field}.called_party_address")
    if isinstance(block, Sms):
        return _digits(block.recipient_address, f"{field}.recipient_address")
    return None


def _digits(address: str, field: str) -> str | None:
    if not address:
        return None
    found = _E164.fullmatch(address)
    if found is None:
        raise _invalid("expected E.164 digits, with or without +", field)
    return found[1]


def _slice(block: Pdu | Ims | Sms | Device, field: str) -> tuple[int | None, str]:
    if not isinstance(block, Pdu | Device) or not block.HasField("s_nssai"):
        return None, ""
    sst, sd = block.s_nssai.sst, block.s_nssai.sd
    if sst > 255:
        raise _invalid("a slice type is 0 to 255", f"{field}.s_nssai.sst")
    if sd and not _SLICE_DIFFERENTIATOR.fullmatch(sd):
        raise _invalid("expected six hexadecimal digits, or nothing", f"{field}.s_nssai.sd")
    return sst, sd.lower()


def _five_qi(block: Pdu | Ims | Sms | Device, field: str) -> int | None:
    if not isinstance(block, Pdu | Device) or not block.HasField("five_qi"):
        return None
    if not 1 <= block.five_qi <= 255:
        raise _invalid("a 5QI is 1 to 255", f"{field}.five_qi")
    return block.five_qi


def _location(block: Pdu | Ims | Sms | Device, field: str) -> tuple[str | None, str | None]:
    if not block.HasField("user_location"):
        return None, None
    location = block.user_location
    if location.cell_id and not _CELL.fullmatch(location.cell_id):
        raise _invalid(
            "expected PLMN digits, a hyphen, and 7 or 9 hexadecimal digits", f"{field}.user_location.cell_id"
        )
    if location.tracking_area_id and not _TRACKING_AREA.fullmatch(location.tracking_area_id):
        raise _invalid(
            "expected PLMN digits, a hyphen, and 4 or 6 hexadecimal digits",
            f"{field}.user_location.tracking_area_id",
        )
    return location.cell_id.lower() or None, location.tracking_area_id.lower() or None


def _invalid(message: str, field: str) -> Exception:
    return refuse(reasons.FIELD_INVALID, message, field)
