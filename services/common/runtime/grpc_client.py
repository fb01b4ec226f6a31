"""Channels to other services, and trying again where that is safe: every request here may be sent twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import grpc
import stamina

from services.common.runtime.grpc_bearer import bearer_interceptors

if TYPE_CHECKING:  # a client need not load what only servers are set up with
    from services.common.runtime.settings import ServiceSettings

T = TypeVar("T")

_AGAIN = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})

_OPTIONS = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    # Services are reached directly: a proxy set for the web would swallow the calls.
    ("grpc.enable_http_proxy", 0),
    # stamina tries again, with a limit in time; grpc's own hidden retries would add to it.
    ("grpc.enable_retries", 0),
]


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Files for an encrypted channel: the authority to trust, and for mTLS a certificate of one's own."""

    authority: Path
    certificate: Path | None = None
    key: Path | None = None


def peer_tls(settings: ServiceSettings) -> ClientTls | None:
    """How a service calls its peers: with its own certificate, trusting the authority its callers come from.

    None where the service itself serves in plain text (loopback), or where no
    authority is set: then its peers are on loopback too.
    """
    if settings.tls_client_ca is None:
        return None
    return ClientTls(settings.tls_client_ca, settings.tls_certificate, settings.tls_key)


def connect(address: str, tls: ClientTls | None = None, token: str = "") -> grpc.aio.Channel:
    """A channel to `host:port`. Connects on first use and again whenever the connection breaks.

    Where a `token` is given, every call presents it, for services that ask who calls.
    Must be called inside a running event loop; close it with `await channel.close()`.
    """
    interceptors = bearer_interceptors(token) if token else None
    if tls is None:
        return grpc.aio.insecure_channel(address, options=_OPTIONS, interceptors=interceptors)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=tls.authority.read_bytes(),
        private_key=tls.key.read_bytes() if tls.key else None,
        certificate_chain=tls.certificate.read_bytes() if tls.certificate else None,
    )
    return grpc.aio.secure_channel(address, credentials, options=_OPTIONS, interceptors=interceptors)


async def retrying(call: Callable[[], Awaitable[T]], within_seconds: float = 30, attempts: int = 30) -> T:
    """Makes a call, again and again with growing pauses while the service is not available.

    `call` makes a new request each time: `lambda: stub.TopUp(request, timeout=5)`.
    Raises the last AioRpcError when time or attempts are used up, any other at once.
    """
    async for attempt in stamina.retry_context(
        on=is_unavailable, timeout=within_seconds, attempts=attempts, wait_initial=0.05, wait_max=2.0
    ):
        with attempt:
            return await call()
    raise AssertionError("the last attempt returns or raises")


def is_unavailable(error: Exception) -> bool:
    """True for a failure after which the same request may simply be sent again.

    A server that drains ends some late calls with CANCELLED; a call that its
    own caller cancels raises CancelledError instead and does not come here.
    """
    return isinstance(error, grpc.aio.AioRpcError) and error.code() in _AGAIN
