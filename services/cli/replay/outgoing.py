"""What the element sends and what it gets back, apart from how it is carried."""

from __future__ import annotations

from dataclasses import dataclass

from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

Request = (
    charging_api_pb2.CreateChargingSessionRequest
    | charging_api_pb2.UpdateChargingSessionRequest
    | charging_api_pb2.ReleaseChargingSessionRequest
    | charging_api_pb2.ChargeOneTimeEventRequest
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request and the millisecond of the table's clock at which the element sends it."""

    at_ms: int
    request: Request


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. `charging_data_ref` is set for Create only."""

    charging_data: charging_data_pb2.ChargingDataResponse
    charging_data_ref: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The request as a whole was refused: the reason of its ErrorInfo, and in words."""

    reason: str
    detail: str


Reply = Answer | Refusal
