"""`tidemark offers locate` and `fences`: what is sent, and what is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import typer
from google.protobuf.message import Message
from tidemark.offers.v1 import policy_api_pb2 as policy_api
from tidemark.offers.v1 import profile_api_pb2 as api
from typer.testing import CliRunner, Result

from services.cli.commands.offers_places import register
from services.cli.failures import CommandFailedError

Run = Callable[..., Result]
ENTERED = api.ReportLocationsResponse(
    used=1, crossings=[api.FenceCrossing(report=0, fence_code="stadium", entered=True)]
)
SQUARE = [[13.0, 52.0], [13.01, 52.0], [13.01, 52.01], [13.0, 52.01], [13.0, 52.0]]
PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"fence": "stadium", "name": "Stadium", "radius_metres": 300},
            "geometry": {"type": "Point", "coordinates": [13.239, 52.514]},
        },
        {
            "type": "Feature",
            "properties": {"fence": "park", "name": "Park", "dwell_seconds": 600},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        },
        {
            "type": "Feature",
            "properties": {"cell": "26201-1", "radius_metres": 800},
            "geometry": {"type": "Point", "coordinates": [13.239, 52.514]},
        },
    ],
}


class Offers:
    """Answers as it is told, once for each call and then again the last one."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.located = ENTERED
        self.files = [policy_api.PolicyFile(name="places.geojson", content=json.dumps(PLACES))]

    def handlers(self) -> tuple[grpc.GenericRpcHandler[Any, Any], ...]:
        """For a server."""
        located = self._method(api.ReportLocationsRequest, lambda: self.located)
        exported = self._method(policy_api.ExportPoliciesRequest, self._exported)
        return (
            _handler("OfferProfileService", {"ReportLocations": located}),
            _handler("OfferPolicyService", {"ExportPolicies": exported}),
        )

    def _exported(self) -> policy_api.ExportPoliciesResponse:
        yaml = policy_api.PolicyFile(name="policies.yaml", content="policies: tests")
        version = policy_api.PolicyVersion(version=3)
        return policy_api.ExportPoliciesResponse(version=version, files=[yaml, *self.files])

    def _method(self, asked: type[Message], answer: Callable[[], Message]) -> grpc.RpcMethodHandler[Any, Any]:
        def answered(request: Any, _context: Any) -> Message:
            self.requests.append(request)
            return answer()

        return grpc.unary_unary_rpc_method_handler(
            answered, asked.FromString, lambda message: message.SerializeToString()
        )


def _handler(name: str, methods: dict[str, Any]) -> grpc.GenericRpcHandler[Any, Any]:
    return grpc.method_handlers_generic_handler(f"tidemark.offers.v1.{name}", methods)


@pytest.fixture
def offers() -> Offers:
    return Offers()


@pytest.fixture
def run(offers: Offers) -> Iterator[Run]:
    """Runs `tidemark offers ARGUMENTS` against them."""
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    server.add_generic_rpc_handlers(offers.handlers())
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    group = typer.Typer()
    register(group)
    environment = {"TIDEMARK_OFFERS_ADDRESS": address, "COLUMNS": "200"}
    yield lambda *arguments: CliRunner().invoke(group, list(arguments), env=environment)
    server.stop(None)


def test_a_place_is_sent_in_millionths_of_a_degree_and_an_entry_shown(run: Run, offers: Offers) -> None:
    result = run("locate", "msisdn-491700000001", "--at", "52.5140004, -13.239", "--accuracy", "20")
    assert result.exit_code == 0, result.output
    (request,) = offers.requests
    (report,) = request.reports
    assert report == api.LocationReport(
        subscriber=api.SubscriberRef(subscriber_identifier="msisdn-491700000001"),
        position=api.Position(latitude_e6=52_514_000, longitude_e6=-13_239_000, accuracy_metres=20),
    )
    assert result.stdout == "entered stadium\n"


def test_a_cell_is_sent_by_its_id_and_a_subscriber_by_its_own(run: Run, offers: Offers) -> None:
    assert run("locate", "s-1", "--cell", "26201-1").exit_code == 0
    (report,) = offers.requests[0].reports
    assert report == api.LocationReport(subscriber=api.SubscriberRef(subscriber_id="s-1"), cell_id="26201-1")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--at", "52.5,13.2", "--cell", "26201-1"),
        ("--at", "52.5"),
        ("--at", "52.5,13.2,7"),
        ("--at", "north,east"),
        ("--at", "nan,13"),
        ("--at", "90.1,13"),
        ("--at", "13,180.1"),
        ("--at", "52.5,13.2", "--accuracy", "-1"),
    ],
)
def test_a_place_that_is_none_is_wrong_usage_and_is_not_sent(
    run: Run, offers: Offers, arguments: tuple[str, ...]
) -> None:
    assert run("locate", "s-1", *arguments).exit_code == 2
    assert offers.requests == []


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (api.ReportLocationsResponse(used=1), "taken; no fence was entered or left\n"),
        (api.ReportLocationsResponse(without_consent=1), "no consent to location: forgotten at once\n"),
        (api.ReportLocationsResponse(late=1), "there is a newer report already: this one changes nothing\n"),
        (
            api.ReportLocationsResponse(used=1, crossings=[api.FenceCrossing(fence_code="mall")]),
            "left mall\n",
        ),
    ],
)
def test_what_became_of_a_report_is_said(
    run: Run, offers: Offers, answer: api.ReportLocationsResponse, shown: str
) -> None:
    offers.located = answer
    assert run("locate", "s-1", "--at", "52.5,13.2").stdout == shown


def test_a_report_that_was_refused_fails(run: Run, offers: Offers) -> None:
    offers.located = api.ReportLocationsResponse(refused=1)
    result = run("locate", "s-1", "--cell", "26201-none")
    assert isinstance(result.exception, CommandFailedError)


def test_fences_are_shown_with_their_size(run: Run, offers: Offers) -> None:
    result = run("fences", "--version", "3")
    assert result.exit_code == 0, result.output
    assert offers.requests[0].version == 3
    rows = [" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines()]
    assert "stadium Stadium circle 300 m 0.283 km² 30 m" in rows
    # A hundredth of a degree: 1,113 m north, 686 m east.
    assert "park Park polygon 493 m 0.764 km² 49 m 600 s" in rows
    assert rows[-1] == "version 3: 2 fences, 1 cells"


def test_fences_are_exact_for_programs(run: Run) -> None:
    document = json.loads(run("fences", "--json").stdout)
    assert (document["version"], document["cells"]) == (3, 1)
    park, stadium = document["fences"]
    assert stadium == {
        "fence": "stadium",
        "name": "Stadium",
        "shape": "circle",
        "radius_metres": 300.0,
        "area_square_metres": 282_743,
        "exit_margin_metres": 30.0,
        "dwell_seconds": 0,
    }
    assert park["area_square_metres"] == pytest.approx(764_000, rel=0.01)


def test_policies_without_places_have_no_fences(run: Run, offers: Offers) -> None:
    offers.files = []
    assert run("fences").stdout == "version 3: 0 fences, 0 cells\n"
