"""Envoy's configuration for one service: pyvoy's, with the bounds that grpcio's server has too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.common.runtime.settings import ServiceSettings

APP = "services.common.runtime.front_door.hosted:app"
LISTENER = "listener"

# What the process that starts Envoy tells the service in it.
ADMIN_VARIABLE = "TIDEMARK_ENVOY_ADMIN_SOCKET"
SERVICE_VARIABLE = "TIDEMARK_ENVOY_SERVICE"
STOP_VARIABLE = "TIDEMARK_ENVOY_STOP_FD"
RESULT_VARIABLE = "TIDEMARK_ENVOY_RESULT_FD"
_KEEPALIVE = {"interval": "60s", "timeout": "20s"}


def envoy_config(settings: ServiceSettings, admin_socket: Path) -> dict[str, Any]:
    """What `envoy --config-yaml` takes. Who may open `admin_socket` may end Envoy."""
    from pyvoy import PyvoyServer  # noqa: PLC0415 - only for who asks for this front door

    config: dict[str, Any] = PyvoyServer(
        APP,
        address=settings.listen_host.strip("[]"),
        port=settings.listen_port,
        tls_key=settings.tls_key,
        tls_cert=settings.tls_certificate,
        tls_ca_cert=settings.tls_client_ca,
        tls_enable_http3=False,
        lifespan=True,
    ).get_envoy_config()
    config["admin"] = {"address": {"pipe": {"path": str(admin_socket), "mode": 0o600}}}
    for listener in config["static_resources"]["listeners"]:
        # Linux would let two processes share the port in silence.
        listener["enable_reuse_port"] = False
        for chain in listener["filter_chains"]:
            for network_filter in chain["filters"]:
                network_filter["typed_config"] |= _http_bounds(settings)
    return config


def _http_bounds(settings: ServiceSettings) -> dict[str, Any]:
    return {
        "codec_type": "HTTP2",
        # Watchers are silent for as long as nothing happens.
        "stream_idle_timeout": "0s",
        "http2_protocol_options": {
            "max_concurrent_streams": settings.max_concurrent_streams,
            "connection_keepalive": _KEEPALIVE,
        },
    }
