"""Where and how usage happens, as people write it: `called=+4930123`, `slice=1-0000a1`, `load=90`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tidemark.charging.v1 import charging_data_pb2 as data

CALLED = "called"
_Setter = Callable[[data.ChargingDataRequest, str], None]


def set_circumstances(request: data.ChargingDataRequest, serving_plmn: str, under: Sequence[str]) -> None:
    """Puts the serving network and `key=value` texts into a request.

    A number that is called makes it a call, anything else a PDU session.
    Raises ValueError for a key that is not known or a value that is no number where one is due.
    """
    parts = [_part(text) for text in under]
    calls = any(key == CALLED for key, _ in parts)
    if serving_plmn:
        (request.ims if calls else request.pdu_session).serving_plmn_id = serving_plmn
    for key, value in sorted(parts, key=lambda part: part[0] != CALLED):
        _SETTERS[key](request, value)


def _part(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not value or key not in _SETTERS:
        raise ValueError(f"{text!r} is none of {', '.join(f'{name}=...' for name in sorted(_SETTERS))}")
    return key, value


def _set_called(request: data.ChargingDataRequest, value: str) -> None:
    request.ims.called_party_address = value


def _location(request: data.ChargingDataRequest) -> data.UserLocation:
    return (request.ims if request.HasField("ims") else request.pdu_session).user_location


def _set_cell(request: data.ChargingDataRequest, value: str) -> None:
    _location(request).cell_id = value


def _set_tracking_area(request: data.ChargingDataRequest, value: str) -> None:
    _location(request).tracking_area_id = value


def _set_slice(request: data.ChargingDataRequest, value: str) -> None:
    sst, _, sd = value.partition("-")
    request.pdu_session.s_nssai.sst = _number("slice", sst)
    request.pdu_session.s_nssai.sd = sd


def _set_five_qi(request: data.ChargingDataRequest, value: str) -> None:
    request.pdu_session.five_qi = _number("five-qi", value)


def _set_load(request: data.ChargingDataRequest, value: str) -> None:
    request.rating_information.network_load_percent = _number("load", value)


def _set_device_class(request: data.ChargingDataRequest, value: str) -> None:
    request.rating_information.device_class = value


def _number(key: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(f"{key}={text} is no whole number")
    return int(text)


_SETTERS: Mapping[str, _Setter] = {
    CALLED: _set_called,
    "cell": _set_cell,
    "tracking-area": _set_tracking_area,
    "slice": _set_slice,
    "five-qi": _set_five_qi,
    "load": _set_load,
    "device-class": _set_device_class,
}
