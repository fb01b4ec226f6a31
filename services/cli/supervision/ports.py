"""Which TCP ports a suite listens on: preferred ones, replaced where they are busy."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from services.cli.supervision.outcomes import SuiteError

LOOPBACK = "127.0.0.1"

PREFERRED_PORTS: Mapping[str, int] = {
    "nats": 4222,
    "charging": 7610,
    "catalog": 7620,
    "partner_settlement": 7630,
    "offers": 7640,
    "notification": 7650,
    "notification_http": 7651,
    "charging_metrics": 9610,
    "catalog_metrics": 9620,
    "partner_settlement_metrics": 9630,
    "offers_metrics": 9640,
    "notification_metrics": 9650,
}

# Below the range from which Linux and macOS take the source ports of outgoing connections: while a
# service is down, nobody's client may land on its port and keep it from coming back.
_FREE_RANGE = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class ReplacedPort:
    """A wanted port that somebody else listens on, and the one taken instead."""

    name: str
    wanted: int
    taken: int


@dataclass(frozen=True, slots=True)
class ChosenPorts:
    """Port by name (the names of PREFERRED_PORTS), and which had to be replaced."""

    by_name: Mapping[str, int]
    replaced: tuple[ReplacedPort, ...] = ()


def metrics_port(service: str) -> str:
    """The name of the port of a service's metrics page."""
    return f"{service}_metrics"


def wanted(port_base: int | None) -> Mapping[str, int]:
    """The ports to try first: the preferred ones; from a base upwards; 0: any, for tests."""
    if port_base is None:
        return PREFERRED_PORTS
    if port_base == 0:
        return dict.fromkeys(PREFERRED_PORTS, 0)
    return {name: port_base + offset for offset, name in enumerate(PREFERRED_PORTS)}


def choose(
    preferred: Mapping[str, int], free: Callable[[int], bool], candidates: Iterator[int]
) -> ChosenPorts:
    """Takes each wanted port that is free, else the next free candidate. 0 wants any.

    No port is given twice. Raises SuiteError where the candidates run out.
    """
    taken: dict[str, int] = {}
    replaced: list[ReplacedPort] = []
    for name, port in preferred.items():
        if port and port not in taken.values() and free(port):
            taken[name] = port
            continue
        taken[name] = _next_free({*taken.values(), *preferred.values()}, free, candidates)
        if port:
            replaced.append(ReplacedPort(name, port, taken[name]))
    return ChosenPorts(taken, tuple(replaced))


def _next_free(reserved: set[int], free: Callable[[int], bool], candidates: Iterator[int]) -> int:
    for candidate in candidates:
        if candidate not in reserved and free(candidate):
            return candidate
    raise SuiteError("no free TCP port was found on the loopback address")


def is_free(port: int) -> bool:
    """True where nobody listens on the port of the loopback address."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        # With this, connections that are winding down do not count; a listener still does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def random_candidates(attempts: int = 2_000) -> Iterator[int]:
    """Ports to try, at random, so that two suites that start at once do not meet."""
    return (_FREE_RANGE.start + secrets.randbelow(len(_FREE_RANGE)) for _ in range(attempts))
