"""What a suite consists of: one command line and environment per member, from ports and a folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cli.supervision.ports import LOOPBACK, metrics_port
from services.cli.supervision.token_secret import token_secret_file

NATS = "nats"
CHARGING = "charging"
CATALOG = "catalog"
PARTNER_SETTLEMENT = "partner_settlement"
OFFERS = "offers"
NOTIFICATION = "notification"
NOTIFICATION_HTTP = "notification_http"
"""The port of page, event streams and MCP."""
# Each service with those it calls, in the order of their start.
_PEERS: Mapping[str, tuple[str, ...]] = {
    CHARGING: (CATALOG,),
    CATALOG: (CHARGING,),
    PARTNER_SETTLEMENT: (CHARGING, CATALOG),
    OFFERS: (CHARGING, CATALOG),
    NOTIFICATION: (CHARGING, CATALOG, OFFERS),
}
SERVICES = tuple(_PEERS)
MEMBER_NAMES = (NATS, *SERVICES)
ASKING_FOR_TOKENS = frozenset({PARTNER_SETTLEMENT, OFFERS, NOTIFICATION})
# They multiply small matrices: more threads would only wait for each other, on the cores of charging.
_ONE_BLAS_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


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
    return (nats, *(_service(name, data_dir, ports) for name in SERVICES))


def address_of(ports: Mapping[str, int], name: str) -> str:
    """host:port of a port's name."""
    return f"{LOOPBACK}:{ports[name]}"


def nats_url(ports: Mapping[str, int]) -> str:
    """Where clients of the bus connect to."""
    return f"nats://{address_of(ports, NATS)}"


def _service(name: str, data_dir: Path, ports: Mapping[str, int]) -> MemberPlan:
    prefix = f"TIDEMARK_{name.upper()}_"
    ready_file = data_dir / "ready" / f"{name}.json"
    fixed = {
        "LISTEN_HOST": LOOPBACK,
        "LISTEN_PORT": str(ports[name]),
        "NATS_URL": nats_url(ports),
        "READY_FILE": str(ready_file),
        "METRICS_PORT": str(ports[metrics_port(name)]),
    }
    fixed |= {f"{peer.upper()}_ADDRESS": address_of(ports, peer) for peer in _PEERS[name]}
    if name == NOTIFICATION:
        fixed["HTTP_PORT"] = str(ports[NOTIFICATION_HTTP])
    if name in ASKING_FOR_TOKENS:
        fixed["TOKEN_KEY_FILE"] = str(token_secret_file(data_dir))
    defaults = {"LOG_FORMAT": "console", **_store(name, data_dir)}
    return MemberPlan(
        name=name,
        command=(sys.executable, "-m", f"services.{name}.main"),
        address=address_of(ports, name),
        environment={f"{prefix}{key}": value for key, value in fixed.items()}
        | (_ONE_BLAS_THREAD if name in (OFFERS, NOTIFICATION) else {}),
        defaults={f"{prefix}{key}": value for key, value in defaults.items()} | {"NO_COLOR": "1"},
        log_file=data_dir / "logs" / f"{name}.log",
        ready_file=ready_file,
        metrics_address=address_of(ports, metrics_port(name)),
    )


def _store(name: str, data_dir: Path) -> dict[str, str]:
    """Where a service keeps what outlives it; those that have files too, in a folder of their own."""
    own = data_dir / name
    if name == OFFERS:
        return {"DATABASE_URL": f"sqlite:///{own / f'{name}.sqlite'}", "MODEL_DIR": str(own / "models")}
    if name == NOTIFICATION:
        return {
            "DATABASE_URL": f"sqlite:///{own / f'{name}.sqlite'}",
            "VAPID_KEY_FILE": str(own / "vapid.pem"),
            "VAPID_SUBJECT": "mailto:operator@localhost",
            # A suite is for one machine: its receivers are there too.
            "ALLOW_PRIVATE_ADDRESSES": "true",
        }
    return {"DATABASE_URL": f"sqlite:///{data_dir / f'{name}.sqlite'}"}
