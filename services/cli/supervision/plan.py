"""What a suite consists of: one command line and environment per member, from ports and a folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cli.supervision.ports import LOOPBACK

NATS = "nats"
CHARGING = "charging"
CATALOG = "catalog"
MEMBER_NAMES = (NATS, CHARGING, CATALOG)


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """How to run one process of the suite.

    `address` is host:port, `environment` what it gets beyond the caller's own, `defaults` what it
    gets where the caller's own says nothing. A gRPC member writes `ready_file` once it serves.
    """

    name: str
    command: tuple[str, ...]
    address: str
    environment: Mapping[str, str]
    defaults: Mapping[str, str]
    log_file: Path
    ready_file: Path | None = None
    metrics_address: str = ""


def plan_suite(
    data_dir: Path, ports: Mapping[str, int], nats_command: Sequence[str]
) -> tuple[MemberPlan, ...]:
    """The members in the order of their start; they are stopped in the reverse order.

    `data_dir` must be absolute: members do not depend on where they were started.
    """
    nats = MemberPlan(
        name=NATS,
        command=tuple(nats_command),
        address=address_of(ports, NATS),
        environment={},
        defaults={},
        log_file=data_dir / "logs" / "nats.log",
    )
    peers = {
        CHARGING: {"TIDEMARK_CHARGING_CATALOG_ADDRESS": address_of(ports, CATALOG)},
        CATALOG: {"TIDEMARK_CATALOG_CHARGING_ADDRESS": address_of(ports, CHARGING)},
    }
    return (nats, *(_service(name, data_dir, ports, peers[name]) for name in (CHARGING, CATALOG)))


def address_of(ports: Mapping[str, int], name: str) -> str:
    """host:port of a port's name."""
    return f"{LOOPBACK}:{ports[name]}"


def nats_url(ports: Mapping[str, int]) -> str:
    """Where clients of the bus connect to."""
    return f"nats://{address_of(ports, NATS)}"


def _service(name: str, data_dir: Path, ports: Mapping[str, int], peers: Mapping[str, str]) -> MemberPlan:
    prefix = f"TIDEMARK_{name.upper()}_"
    ready_file = data_dir / "ready" / f"{name}.json"
    fixed = {
        "LISTEN_HOST": LOOPBACK,
        "LISTEN_PORT": str(ports[name]),
        "NATS_URL": nats_url(ports),
        "READY_FILE": str(ready_file),
        "METRICS_PORT": str(ports[f"{name}_metrics"]),
    }
    defaults = {
        "DATABASE_URL": f"sqlite:///{data_dir / f'{name}.sqlite'}",
        "LOG_FORMAT": "console",
    }
    return MemberPlan(
        name=name,
        command=(sys.executable, "-m", f"services.{name}.main"),
        address=address_of(ports, name),
        environment={f"{prefix}{key}": value for key, value in fixed.items()} | dict(peers),
        defaults={f"{prefix}{key}": value for key, value in defaults.items()} | {"NO_COLOR": "1"},
        log_file=data_dir / "logs" / f"{name}.log",
        ready_file=ready_file,
        metrics_address=address_of(ports, f"{name}_metrics"),
    )
