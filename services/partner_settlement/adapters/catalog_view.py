"""What agreements look at in the published catalog, over gRPC or from a catalog at hand."""

from __future__ import annotations

import grpc
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc, catalog_pb2

from services.common.kernel.quantity import BUILT_IN_UNITS
from services.common.runtime.grpc_client import ClientTls, connect
from services.partner_settlement.application.agreement_ports import CatalogUnreachableError
from services.partner_settlement.domain.agreements import PEAK_UNITS
from services.partner_settlement.domain.catalog_view import CatalogOffering, CatalogView

_TIMEOUT_SECONDS = 3.0
_NEWEST = 0


class GrpcCatalog:
    """The Catalog port over gRPC. Connects on first use."""

    def __init__(self, address: str, tls: ClientTls | None = None) -> None:
        self._address = address
        self._channel = connect(address, tls)

    async def newest(self) -> CatalogView | None:
        """The newest version; None where none is published. Raises CatalogUnreachableError."""
        stub = catalog_api_pb2_grpc.CatalogServiceStub(self._channel)
        request = catalog_api_pb2.GetCatalogVersionRequest(version=_NEWEST)
        try:
            response = await stub.GetCatalogVersion(request, timeout=_TIMEOUT_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise CatalogUnreachableError(
                f"the catalog service at {self._address} answers {error.code().name}"
            ) from error
        return catalog_view(response.catalog, response.version.version)

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close(None)


def catalog_view(catalog: catalog_pb2.Catalog, version: int) -> CatalogView:
    """The part of a catalog that agreements name."""
    return CatalogView(
        version=version,
        offerings={
            offering.code: CatalogOffering(
                offering.agreement_code, _price_codes(offering), _rating_groups(offering)
            )
            for offering in catalog.offerings
        },
        rating_groups=frozenset(group.rating_group for group in catalog.rating_groups),
        slices=frozenset(item.code for item in catalog.slices),
        units=BUILT_IN_UNITS | PEAK_UNITS | {unit.code for unit in catalog.units},
    )


def _price_codes(offering: catalog_pb2.ProductOffering) -> frozenset[str]:
    return frozenset(price.code for price in offering.prices) | frozenset(fee.code for fee in offering.fees)


def _rating_groups(offering: catalog_pb2.ProductOffering) -> frozenset[int]:
    found: set[int] = set()
    for price in offering.prices:
        found.update(price.rating_groups)
    for allowance in offering.allowances:
        found.update(allowance.rating_groups)
    return frozenset(found)
