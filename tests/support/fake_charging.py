"""A charging system for one test: grants what it is told to, remembers what it was sent.

It holds the element to the contract: sequence numbers ascend, a session is
named by the reference that Create gave, and no more is reported than was
granted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tidemark.charging.v1 import charging_api_pb2, charging_data_pb2

from services.cli.replay.outgoing import Answer, Outgoing, Refusal, Reply, Request

Decide = Callable[[str, charging_data_pb2.MultipleUnitUsage], charging_data_pb2.MultipleUnitInformation]
"""(charging id, usage of one rating group) to the answer for it."""


def grant_volume(octets: int, *, threshold: int = 0, validity_seconds: int = 0) -> Decide:
    """Grants the same volume, or as many seconds, each time."""

    def decide(
        charging_id: str, usage: charging_data_pb2.MultipleUnitUsage
    ) -> charging_data_pb2.MultipleUnitInformation:
        information = charging_data_pb2.MultipleUnitInformation(
            result_code=charging_data_pb2.RESULT_CODE_SUCCESS,
            rating_group=usage.rating_group,
            volume_quota_threshold_octets=threshold,
            time_quota_threshold_seconds=threshold,
            validity_time_seconds=validity_seconds,
        )
        if usage.HasField("requested_unit"):
            information.granted_unit.total_volume_octets = octets
            information.granted_unit.time_seconds = octets
        return information

    return decide


class FakeCharging:
    """Answers requests in memory. `refuse` names charging ids that are refused, with the reason."""

    def __init__(self, decide: Decide, refuse: dict[str, str] | None = None) -> None:
        self.sent: list[Outgoing] = []
        self.used: Counter[tuple[str, int]] = Counter()
        self.events = 0
        self._decide = decide
        self._refuse = refuse or {}
        self._sequences: dict[str, int] = {}
        self._granted: Counter[tuple[str, int]] = Counter()
        self.open: set[str] = set()

    def answer(self, outgoing: Outgoing) -> Reply:
        """The reply to one request."""
        self.sent.append(outgoing)
        request = outgoing.request
        data = request.charging_data
        if data.charging_id in self._refuse:
            return Refusal(self._refuse[data.charging_id], "as the test says")
        self._check(request, data)
        if isinstance(request, charging_api_pb2.ChargeOneTimeEventRequest):
            self.events += 1
            return Answer(charging_data_pb2.ChargingDataResponse())
        information = [self._account_for(data.charging_id, usage) for usage in data.multiple_unit_usage]
        response = charging_data_pb2.ChargingDataResponse(multiple_unit_information=information)
        return Answer(response, f"ref-{data.charging_id}")

    def reports(self, kind: type[Request]) -> list[Request]:
        """Requests of one kind, in the order in which they came."""
        return [outgoing.request for outgoing in self.sent if isinstance(outgoing.request, kind)]

    def _check(self, request: Request, data: charging_data_pb2.ChargingDataRequest) -> None:
        name = data.charging_id
        assert data.invocation_sequence_number > self._sequences.get(name, 0)
        self._sequences[name] = data.invocation_sequence_number
        if isinstance(request, charging_api_pb2.CreateChargingSessionRequest):
            assert name not in self.open
            self.open.add(name)
        elif not isinstance(request, charging_api_pb2.ChargeOneTimeEventRequest):
            assert request.charging_data_ref == f"ref-{name}"
            assert name in self.open
        if isinstance(request, charging_api_pb2.ReleaseChargingSessionRequest):
            self.open.discard(name)

    def _account_for(
        self, name: str, usage: charging_data_pb2.MultipleUnitUsage
    ) -> charging_data_pb2.MultipleUnitInformation:
        key = (name, usage.rating_group)
        used = sum(item.total_volume_octets + item.time_seconds for item in usage.used_unit_container)
        assert used <= self._granted[key], f"{key}: {used} used of {self._granted[key]} granted"
        self.used[key] += used
        information = self._decide(name, usage)
        granted = information.granted_unit
        self._granted[key] = max(granted.total_volume_octets, granted.time_seconds)
        return information
