"""Fetches published catalog versions from the catalog service."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc, catalog_pb2

from services.charging.adapters.messages.common import instant_of
from services.charging.adapters.tariff_messages import compile_tariffs
from services.charging.application.ports import StoredTariff
from services.charging.domain.rating.tariff import Tariff

CALL_SECONDS = 5.0


class GrpcCatalogSource:
    """Fulfils `CatalogSource` over CatalogService."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._catalog = catalog_api_pb2_grpc.CatalogServiceStub(channel)

    async def versions_after(self, version: int) -> Sequence[StoredTariff]:
        """Versions published after one, ascending. Raises ConnectionError while there is no answer."""
        try:
            listed = await self._catalog.ListCatalogVersions(
                catalog_api_pb2.ListCatalogVersionsRequest(after_version=version), timeout=CALL_SECONDS
            )
            return [await self._fetch(item.version) for item in listed.versions]
        except grpc.aio.AioRpcError as error:
            raise ConnectionError(f"{error.code().name}: {error.details()}") from error

    async def _fetch(self, version: int) -> StoredTariff:
        found = await self._catalog.GetCatalogVersion(
            catalog_api_pb2.GetCatalogVersionRequest(version=version), timeout=CALL_SECONDS
        )
        content = found.catalog.SerializeToString(deterministic=True)
        return StoredTariff(
            version, instant_of(found.version.effective_from), hashlib.sha256(content).digest(), content
        )


def compile_stored(stored: StoredTariff) -> Sequence[Tariff]:
    """Fulfils `TariffCompiler`."""
    catalog = catalog_pb2.Catalog.FromString(stored.content)
    return list(compile_tariffs(catalog, stored.version, stored.effective_from).values())
