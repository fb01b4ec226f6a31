"""CatalogService over gRPC. Refusals are raised as RefusedError and become statuses in the server's guard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc

from services.catalog.adapters import grpc_responses as responses
from services.catalog.adapters.grpc_requests import instant_of, source_files, usage_reports
from services.catalog.application.diff import CatalogDiff
from services.catalog.application.lint import Linter
from services.catalog.application.ports import Customer
from services.catalog.application.publish import CatalogPublisher, PublishRequest
from services.catalog.application.simulate import CatalogSimulator
from services.catalog.application.versions import CatalogVersions

Context = Any


@dataclass(frozen=True, slots=True)
class CatalogUseCases:
    """Everything the servicer calls."""

    linter: Linter
    diff: CatalogDiff
    simulator: CatalogSimulator
    publisher: CatalogPublisher
    versions: CatalogVersions


class CatalogServicer(catalog_api_pb2_grpc.CatalogServiceServicer):
    """Translates, calls one use case, translates back."""

    def __init__(self, use_cases: CatalogUseCases) -> None:
        self._use_cases = use_cases

    async def LintCatalog(
        self, request: catalog_api_pb2.LintCatalogRequest, _context: Context
    ) -> catalog_api_pb2.LintCatalogResponse:
        """Findings are a normal answer."""
        files = source_files(request.source)
        return responses.lint_response(await asyncio.to_thread(self._use_cases.linter.lint_source, files))

    async def DiffCatalog(
        self, request: catalog_api_pb2.DiffCatalogRequest, _context: Context
    ) -> catalog_api_pb2.DiffCatalogResponse:
        """UNAVAILABLE CHARGING_UNREACHABLE where a count is needed and charging is away."""
        return responses.diff_response(await self._use_cases.diff.diff_source(source_files(request.source)))

    async def SimulateCatalog(
        self, request: catalog_api_pb2.SimulateCatalogRequest, _context: Context
    ) -> catalog_api_pb2.SimulateCatalogResponse:
        """Stores nothing."""
        simulation = await self._use_cases.simulator.simulate(
            source_files(request.source),
            usage_reports(request.usage),
            Customer(
                list(request.offering_codes),
                segment=request.segment,
                customer_value=request.customer_value,
            ),
            request.currency_code,
        )
        return responses.simulate_response(simulation)

    async def PublishCatalog(
        self, request: catalog_api_pb2.PublishCatalogRequest, _context: Context
    ) -> catalog_api_pb2.PublishCatalogResponse:
        """Durable, and the event in the outbox, when it answers."""
        effective = (
            instant_of(request.effective_from, "effective_from")
            if request.HasField("effective_from")
            else None
        )
        report = await self._use_cases.publisher.publish(
            PublishRequest(request.request_id, source_files(request.source), request.actor, effective)
        )
        return responses.publish_response(report)

    async def ExportCatalog(
        self, request: catalog_api_pb2.ExportCatalogRequest, _context: Context
    ) -> catalog_api_pb2.ExportCatalogResponse:
        """The canonical source of a version."""
        return responses.export_response(await self._use_cases.versions.get(request.version))

    async def GetCatalogVersion(
        self, request: catalog_api_pb2.GetCatalogVersionRequest, _context: Context
    ) -> catalog_api_pb2.GetCatalogVersionResponse:
        """A version with its content."""
        return responses.get_response(await self._use_cases.versions.get(request.version))

    async def ListCatalogVersions(
        self, request: catalog_api_pb2.ListCatalogVersionsRequest, _context: Context
    ) -> catalog_api_pb2.ListCatalogVersionsResponse:
        """Every version after one, oldest first."""
        published = await self._use_cases.versions.list_after(request.after_version)
        return catalog_api_pb2.ListCatalogVersionsResponse(
            versions=[responses.version_message(version) for version in published]
        )
