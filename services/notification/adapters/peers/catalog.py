"""The catalog over gRPC, as it is in force; read anew where another version is."""

from __future__ import annotations

import grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.notification.adapters.peers.assortment import assortment_of
from services.notification.adapters.peers.calling import CALL_SECONDS, called
from services.notification.application.tools.ports import Assortment, PeerRefusal


class GrpcShop:
    """The Shop port over a channel that somebody else closes. A version is read once."""

    def __init__(self, channel: grpc.aio.Channel, clock: Clock) -> None:
        self._stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        self._clock = clock
        self._known = Assortment(0)
        self._sha256 = ""

    async def newest(self) -> Assortment:
        """As `Shop.newest`: of the versions whose time has come, as charging takes them."""
        request = catalog_api_pb2.ListCatalogVersionsRequest()
        listed = await called(
            lambda: self._stub.ListCatalogVersions(request, timeout=CALL_SECONDS), "catalog: versions"
        )
        now = self._clock.now()
        versions = [] if isinstance(listed, PeerRefusal) else listed.versions
        in_force = [version for version in versions if version.effective_from.ToMicroseconds() <= now]
        if not in_force:
            return Assortment(0)
        newest = max(in_force, key=lambda version: version.version)
        if (self._known.version, self._sha256) == (newest.version, newest.content_sha256):
            return self._known
        return await self._read(newest.version)

    async def _read(self, number: int) -> Assortment:
        request = catalog_api_pb2.GetCatalogVersionRequest(version=number)
        said = await called(
            lambda: self._stub.GetCatalogVersion(request, timeout=CALL_SECONDS), "catalog: version"
        )
        if isinstance(said, PeerRefusal):
            return Assortment(0)
        self._known, self._sha256 = assortment_of(said.catalog, number), said.version.content_sha256
        return self._known
