"""The services as a cluster runs them: the settings of deploy/k8s/base, TLS on both ends, on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.common.runtime.grpc_client import ClientTls

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_PEERS = {
    "charging": ("catalog",),
    "catalog": ("charging",),
    "partner_settlement": ("charging", "catalog"),
    "offers": ("charging", "catalog"),
    "notification": ("charging", "catalog", "offers"),
}
_ASKS_FOR_TOKENS = frozenset({"partner_settlement", "offers", "notification"})
_PORTS = (*(f"{service}{port}" for service in _PEERS for port in ("", "_health")), "notification_http")
TOKEN_SECRET = b"the secret that tokens are signed with"
_END_SECONDS = 30
# The certificates name it; the address 127.0.0.1 they do not.
_HOST = "localhost"


@dataclass(frozen=True, slots=True)
class ClusterServices:
    """Where the services listen, and the certificate of a caller."""

    charging: str
    catalog: str
    partner_settlement: str
    offers: str
    notification: str
    notification_http: str
    charging_health: str
    catalog_health: str
    partner_settlement_health: str
    offers_health: str
    notification_health: str
    caller: ClientTls
    processes: Mapping[str, subprocess.Popen[bytes]]


def base_settings(service: str) -> dict[str, str]:
    """The variables of `deploy/k8s/base/<service>.env`."""
    lines = (DEPLOY / "k8s" / "base" / f"{service}.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def make_certificates(folder: Path) -> Path:
    """An authority with certificates for every service and a caller. Returns their folder."""
    subprocess.run([DEPLOY / "certificates.sh", folder], check=True, capture_output=True)
    return folder


@contextmanager
def cluster_services(folder: Path, nats_url: str) -> Iterator[ClusterServices]:
    """Starts them; waiting until they serve is the caller's. Ends what still runs."""
    certificates = make_certificates(folder / "certificates")
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    with ExitStack() as stack:
        processes = {
            service: stack.enter_context(
                _process(service, folder, _changed(service, folder, certificates, ports, nats_url))
            )
            for service in _PEERS
        }
        addresses = {name: f"{_HOST}:{port}" for name, port in ports.items()}
        own = certificates / "caller"
        caller = ClientTls(own / "ca.crt", own / "tls.crt", own / "tls.key")
        yield ClusterServices(**addresses, caller=caller, processes=processes)


def _changed(
    service: str, folder: Path, certificates: Path, ports: Mapping[str, int], nats_url: str
) -> dict[str, str]:
    """What differs from a pod: places of files, ports, and loopback instead of every address."""
    own = certificates / f"tidemark-{service.replace('_', '-')}"
    changes = {
        "LISTEN_HOST": "127.0.0.1",
        "LISTEN_PORT": str(ports[service]),
        "HEALTH_PORT": str(ports[f"{service}_health"]),
        "TLS_CERTIFICATE": str(own / "tls.crt"),
        "TLS_KEY": str(own / "tls.key"),
        "TLS_CLIENT_CA": str(own / "ca.crt"),
        "DATABASE_URL": f"sqlite:///{folder / service}.sqlite",
        "NATS_URL": nats_url,
    }
    changes |= {f"{peer.upper()}_ADDRESS": f"{_HOST}:{ports[peer]}" for peer in _PEERS[service]}
    if service == "offers":
        changes["MODEL_DIR"] = str(folder / "models")
    if service == "notification":
        changes["HTTP_PORT"] = str(ports["notification_http"])
    if service in _ASKS_FOR_TOKENS:
        (folder / "token-keys").write_bytes(TOKEN_SECRET)
        changes["TOKEN_KEY_FILE"] = str(folder / "token-keys")
    return {f"TIDEMARK_{service.upper()}_{name}": value for name, value in changes.items()}


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on, all different: each service must know its peers' before any starts."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def _process(service: str, folder: Path, changes: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **base_settings(service), **changes}
    with (folder / f"{service}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"services.{service}.main"], env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
