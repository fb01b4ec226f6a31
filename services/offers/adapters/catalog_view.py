"""The newest catalog over gRPC, as offers look at it."""

from __future__ import annotations

import grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc

from services.offers.adapters.catalog_terms import catalog_terms
from services.offers.application.policy_ports import CatalogUnreachableError
from services.offers.domain.catalog_terms import CatalogTerms

_TIMEOUT_SECONDS = 3.0
_NEWEST = 0


class GrpcCatalog:
    """The Catalog port over a channel that somebody else closes. An unchanged version is read once."""

    def __init__(self, channel: grpc.aio.Channel, address: str = "") -> None:
        self._stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
        self._address = address
        self._sha256 = ""
        self._terms: CatalogTerms | None = None

    async def newest(self) -> CatalogTerms | None:
        """The newest version; None where none is published. Raises CatalogUnreachableError."""
        request = catalog_api_pb2.GetCatalogVersionRequest(version=_NEWEST)
        try:
            response = await self._stub.GetCatalogVersion(request, timeout=_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            where = f" at {self._address}" if self._address else ""
            raise CatalogUnreachableError(
                f"the catalog service{where} answers {error.code().name}"
            ) from error
        version = response.version
        known = self._terms
        if known is None or (known.version, self._sha256) != (version.version, version.content_sha256):
            known = catalog_terms(response.catalog, version.version)
            self._terms, self._sha256 = known, version.content_sha256
        return known
