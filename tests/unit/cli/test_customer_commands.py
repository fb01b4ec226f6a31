"""Commands about one customer: whom they name to notification, and the link to the customer's page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tidemark.charging.v1 import account_api_pb2
from tidemark.notification.v1 import assistant_api_pb2, case_api_pb2, notification_api_pb2

from services.cli.supervision.ports import metrics_port
from services.cli.supervision.state import SuiteState, write_state
from services.cli.supervision.token_secret import make_token_secret, read_token_secret
from services.common.kernel.outcome import Refused
from services.common.runtime.callers import Callers, Role
from services.common.runtime.token_keys import TokenKey
from services.notification.domain.reasons import SUBSCRIBER_UNKNOWN
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

SIM = "msisdn-491700000001"
FOUND = account_api_pb2.ResolveSubscriberResponse(subscriber_id="s-1", account_id="acme")
inbox, cases, assistant = notification_api_pb2, case_api_pb2, assistant_api_pb2


@pytest.mark.parametrize(
    ("command", "method", "answer"),
    [
        (("inbox", "list"), "ListNotifications", inbox.ListNotificationsResponse()),
        (("inbox", "deliveries"), "ListDeliveries", inbox.ListDeliveriesResponse()),
        (("inbox", "endpoints"), "ListEndpoints", inbox.ListEndpointsResponse()),
        (("inbox", "read"), "MarkNotifications", inbox.MarkNotificationsResponse()),
        (("cases", "open"), "OpenCase", cases.OpenCaseResponse()),
        (("assistant", "call"), "CallTool", assistant.CallToolResponse()),
        (("assistant", "chat"), "Converse", assistant.ConverseResponse()),
    ],
)
def test_an_identifier_is_taken_to_the_id_that_notification_knows(
    tidemark: Tidemark,
    services: FakeServices,
    command: tuple[str, ...],
    method: str,
    answer: inbox.ListNotificationsResponse,
) -> None:
    more = {
        "read": ("n-1",),
        "open": ("--topic", "fault", "--summary", "x"),
        "call": ("get_balance",),
        "chat": ("--say", "hello"),
    }
    services.answer("ResolveSubscriber", FOUND)
    services.answer(method, answer)
    for named, resolved in ((SIM, [SIM]), ("s-1", [])):
        services.requests.clear()
        result = tidemark(*command, named, *more.get(command[1], ()))
        assert result.exit_code == 0, result.output
        *asked, called = services.requests
        assert [one.subscriber_identifier for one in asked] == resolved
        assert called.subscriber_id == "s-1"


def test_cases_of_an_identifier_are_listed(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ResolveSubscriber", FOUND)
    services.answer("ListCases", cases.ListCasesResponse())
    assert "nobody waits for a person" in tidemark("cases", "list", "--subscriber", SIM).stdout
    assert services.requests[-1].subscriber_id == "s-1"


@pytest.mark.parametrize(
    ("who", "which", "value"), [("party:music-co", "party_code", "music-co"), ("operator", "operator", True)]
)
def test_partners_and_the_operator_are_no_subscribers(
    tidemark: Tidemark, services: FakeServices, who: str, which: str, value: object
) -> None:
    services.answer("ListEndpoints", inbox.ListEndpointsResponse())
    assert "no endpoints" in tidemark("inbox", "endpoints", who).stdout
    (request,) = services.requests
    assert request.WhichOneof("recipient") == which
    assert getattr(request, which) == value


def test_nobody_is_nobody_s_inbox(tidemark: Tidemark, services: FakeServices) -> None:
    refused = tidemark("inbox", "list", "")
    assert refused.exit_code == 1
    assert "whose? a subscriber, party:CODE or operator" in refused.stderr
    assert services.requests == []


def test_the_page_s_link_signs_its_customer_in(
    tidemark: Tidemark, services: FakeServices, tmp_path: Path
) -> None:
    services.answer("ResolveSubscriber", FOUND)
    nobody = tidemark("inbox", "page", SIM, "--data-dir", str(tmp_path))
    assert nobody.exit_code == 1
    assert "no suite runs from" in nobody.stderr

    names = ("nats", "charging", "catalog", "partner_settlement", "offers", "notification")
    ports = dict.fromkeys((*names, *map(metrics_port, names[1:])), 1) | {"notification_http": 8_080}
    write_state(tmp_path, SuiteState("s-1", "running", ports, {}))
    make_token_secret(tmp_path)
    made = tidemark("inbox", "page", "s-1", "--minutes", "5", "--data-dir", str(tmp_path))
    assert made.exit_code == 0, made.output
    assert services.requests[-1].subscriber_identifier == "subscriber-s-1"
    link = urlsplit(made.stdout.strip())
    assert (link.scheme, link.netloc, link.path) == ("http", "127.0.0.1:8080", "/")
    said = parse_qs(link.fragment)
    assert said["subscriber"] == ["s-1"]
    caller = Callers([TokenKey("HS256", read_token_secret(tmp_path))]).of_token(said["token"][0])
    assert (caller.role, caller.account) == (Role.SUBSCRIBER, "acme")


def test_whoever_is_unknown_gets_no_link(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("ResolveSubscriber", Refused(SUBSCRIBER_UNKNOWN, "no such subscriber"))
    refused = tidemark("inbox", "page", SIM)
    assert refused.exit_code == 1
    assert "no such subscriber" in refused.stderr
