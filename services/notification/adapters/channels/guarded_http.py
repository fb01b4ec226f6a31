"""An HTTP client for addresses that others have named: it goes nowhere but to public ones.

Addresses are looked at when a connection is made, after the name was resolved, and the connection goes to
the very address that was looked at: a name that resolves differently a moment later gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpcore

from services.common.runtime.httpx_library import httpx

_RESOLVER_THREADS = 8
_MOST_CONNECTIONS = 200
_KEPT_CONNECTIONS = 50
_KEPT_SECONDS = 30.0
# Public in form, but they carry an IPv4 address to which a gateway may translate.
_TRANSLATED = tuple(
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


class PrivateAddressError(httpcore.ConnectError):
    """A name resolves to an address that is not public."""


def forbidden_literal(host: str) -> bool:
    """True for an IP address that is not public. Names are looked at once they are resolved."""
    try:
        return not is_public(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """False for loopback, private, link-local, shared, reserved, multicast and translated ones."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Makes connections to public addresses; to all where `allow_private`."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()
        # Its own: a slow name server must not take the threads of the database or of anybody else.
        self._resolver = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolver")

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first address that answers. Raises PrivateAddressError, ConnectError, ConnectTimeout."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolved(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from error
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """As the backend behind it."""
        await self._inner.sleep(seconds)

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._resolver, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name does not resolve") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        # One private address among public ones is enough to refuse: it would be the next one tried.
        if not self._allow_private and any(forbidden_literal(_plain(one)) for one in addresses):
            raise PrivateAddressError(f"{host} does not resolve to public addresses")
        return addresses

    def close(self) -> None:
        """Ends the threads, without waiting for a slow name server."""
        self._resolver.shutdown(wait=False, cancel_futures=True)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport on a guarded network."""

    def __init__(self, allow_private: bool) -> None:
        super().__init__(trust_env=False)
        self._network = GuardedNetwork(allow_private)
        # httpx has no argument for the network backend of its pool.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_KEPT_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=self._network,
        )

    async def aclose(self) -> None:
        """Closes connections and threads."""
        await super().aclose()
        self._network.close()


def guarded_client(allow_private: bool) -> httpx.AsyncClient:
    """A client without redirects, proxies of the environment and cookies that matter. Close it at the end."""
    return httpx.AsyncClient(
        transport=GuardedTransport(allow_private), follow_redirects=False, trust_env=False
    )


def _plain(address: str) -> str:
    """Without the zone of a link-local IPv6 address."""
    return address.partition("%")[0]
