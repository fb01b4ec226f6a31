"""`tidemark account counters` and `cap`: what is shown, and what is sent in the counter's own measure."""

from __future__ import annotations

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import subscription_api_pb2 as api
from tidemark.type.v1 import quantity_pb2

from tests.support.accounts import euros
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark

SIM = "msisdn-491700000001"
END = Timestamp(seconds=1_775_001_600)
SPENT = api.CounterStatus(
    counter_code="roaming", name="Roaming", period="2026-03", period_end=END, money=euros(4_800_000_000),
    cap=5_950_000_000, capped=False,
)  # fmt: skip
USED = api.CounterStatus(
    counter_code="fair-use",
    period="2026-03",
    period_end=END,
    quantity=quantity_pb2.Quantity(unit="octets", amount=3_000_000_000),
    status="throttled",
)


def _words(text: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in text.splitlines()]


def test_counters_are_shown_with_cap_and_status(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetCounters", api.GetCountersResponse(counters=[SPENT, USED]))
    shown = _words(tidemark("account", "counters", SIM).stdout)
    assert "roaming (Roaming) 2026-03 48.00 EUR 59.50 EUR 2026-04-01 00:00:00Z" in shown
    assert "fair-use 2026-03 3.00 GB none throttled 2026-04-01 00:00:00Z" in shown


def test_nothing_counted_is_said_so(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetCounters", api.GetCountersResponse())
    assert "counts nothing" in tidemark("account", "counters", SIM).stdout


def test_a_cap_is_lifted_or_reset(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("SetSpendCap", api.SetSpendCapResponse(counter=SPENT, reauthorised_sessions=2))
    lifted = tidemark("account", "cap", SIM, "roaming", "--lift", "--actor", "care")
    assert "2 session(s) were told to come back" in lifted.stdout
    tidemark("account", "cap", SIM, "roaming", "--reset", "--actor", "care")
    first, second = services.requests
    assert (first.HasField("cap"), first.reset, first.actor) == (False, False, "care")
    assert (second.HasField("cap"), second.reset) == (False, True)


@pytest.mark.parametrize(
    ("to", "counter", "cap"), [("30.00", SPENT, 3_000_000_000), ("5GB", USED, 5 * 10**9)]
)
def test_a_cap_is_set_in_the_measure_of_its_counter(
    tidemark: Tidemark, services: FakeServices, to: str, counter: api.CounterStatus, cap: int
) -> None:
    services.answer("GetCounters", api.GetCountersResponse(counters=[counter]))
    services.answer("SetSpendCap", api.SetSpendCapResponse(counter=counter))
    result = tidemark("account", "cap", SIM, counter.counter_code, "--to", to, "--actor", "care")
    assert result.exit_code == 0, result.output
    assert services.requests[-1].cap == cap


def test_what_cannot_be_meant_is_a_usage_error(tidemark: Tidemark, services: FakeServices) -> None:
    services.answer("GetCounters", api.GetCountersResponse(counters=[USED]))
    for arguments in ((), ("--lift", "--reset"), ("--to", "60s")):
        assert tidemark("account", "cap", SIM, "fair-use", "--actor", "care", *arguments).exit_code == 2
