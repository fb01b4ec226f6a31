"""A busy port is replaced, and nobody gets the same one twice."""

from __future__ import annotations

import socket

import pytest

from services.cli.supervision import ports
from services.cli.supervision.outcomes import SuiteError


def test_free_wanted_ports_are_taken_as_they_are() -> None:
    chosen = ports.choose({"nats": 4222, "charging": 7610}, lambda _: True, iter([]))
    assert chosen == ports.ChosenPorts({"nats": 4222, "charging": 7610})


def test_a_busy_port_gives_way_to_the_next_free_candidate() -> None:
    busy = {4222, 20_001}
    chosen = ports.choose(
        {"nats": 4222, "charging": 7610}, lambda port: port not in busy, iter([20_001, 7610, 20_002])
    )
    assert chosen.by_name == {"nats": 20_002, "charging": 7610}
    assert chosen.replaced == (ports.ReplacedPort("nats", 4222, 20_002),)


def test_zero_wants_any_and_counts_as_nothing_replaced() -> None:
    chosen = ports.choose({"nats": 0, "charging": 0}, lambda _: True, iter([20_001, 20_001, 20_002]))
    assert chosen == ports.ChosenPorts({"nats": 20_001, "charging": 20_002})


def test_two_members_that_want_one_port_get_two() -> None:
    chosen = ports.choose({"nats": 5000, "charging": 5000}, lambda _: True, iter([20_001]))
    assert sorted(chosen.by_name.values()) == [5000, 20_001]


def test_running_out_of_candidates_is_said() -> None:
    with pytest.raises(SuiteError, match="no free TCP port"):
        ports.choose({"nats": 0}, lambda _: False, iter([20_001]))


def test_a_base_gives_ports_in_a_row() -> None:
    assert list(ports.wanted(30_000).values()) == list(range(30_000, 30_000 + len(ports.PREFERRED_PORTS)))
    assert ports.wanted(None) == ports.PREFERRED_PORTS


def test_a_port_with_a_listener_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)
