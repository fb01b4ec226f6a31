"""AgreementService over gRPC, for operators. Refusals become statuses in the server's guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidemark.partner_settlement.v1 import agreement_api_pb2 as api
from tidemark.partner_settlement.v1 import agreement_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile, refused_source
from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Caller, Callers, require_operator
from services.partner_settlement.adapters import agreement_responses as responses
from services.partner_settlement.adapters.grpc_requests import checked_actor, checked_id
from services.partner_settlement.adapters.yaml_source import YamlAgreementReader
from services.partner_settlement.adapters.yaml_writer import CanonicalAgreementWriter
from services.partner_settlement.application.agreement_diff import AgreementDiff
from services.partner_settlement.application.agreement_lint import Linter, ServiceLinter
from services.partner_settlement.application.agreement_ports import AgreementStore, Catalog, Simulator
from services.partner_settlement.application.agreement_publish import AgreementPublisher, PublishRequest
from services.partner_settlement.application.agreement_versions import (
    AgreementSimulation,
    AgreementVersions,
)
from services.partner_settlement.domain.reasons import SOURCE_EMPTY, SOURCE_FILE_INVALID

Context = Any


@dataclass(frozen=True, slots=True)
class AgreementUseCases:
    """Everything the servicer calls."""

    linter: ServiceLinter
    diff: AgreementDiff
    simulation: AgreementSimulation
    publisher: AgreementPublisher
    versions: AgreementVersions


def agreement_use_cases(
    store: AgreementStore, catalog: Catalog, simulator: Simulator, clock: Clock
) -> AgreementUseCases:
    """The use cases on the YAML form."""
    reader, writer = YamlAgreementReader(), CanonicalAgreementWriter()
    linter = ServiceLinter(Linter(reader), store, catalog)
    return AgreementUseCases(
        linter=linter,
        diff=AgreementDiff(linter, writer),
        simulation=AgreementSimulation(linter, simulator),
        publisher=AgreementPublisher(linter, writer, store, clock),
        versions=AgreementVersions(store, reader, writer),
    )


class AgreementServicer(agreement_api_pb2_grpc.AgreementServiceServicer):
    """Asks who calls, translates, calls one use case, translates back."""

    def __init__(self, use_cases: AgreementUseCases, callers: Callers) -> None:
        self._use_cases = use_cases
        self._callers = callers

    async def LintAgreements(
        self, request: api.LintAgreementsRequest, context: Context
    ) -> api.LintAgreementsResponse:
        """Findings are a normal answer."""
        self._operator(context)
        report = await self._use_cases.linter.lint_source(_files(request.source))
        return responses.lint_response(report)

    async def DiffAgreements(
        self, request: api.DiffAgreementsRequest, context: Context
    ) -> api.DiffAgreementsResponse:
        """Against the newest versions."""
        self._operator(context)
        return responses.diff_response(await self._use_cases.diff.diff_source(_files(request.source)))

    async def SimulateAgreements(
        self, request: api.SimulateAgreementsRequest, context: Context
    ) -> api.SimulateAgreementsResponse:
        """Stores nothing."""
        self._operator(context)
        simulation = await self._use_cases.simulation.simulate(_files(request.source), request.period)
        return responses.simulate_response(simulation)

    async def PublishAgreements(
        self, request: api.PublishAgreementsRequest, context: Context
    ) -> api.PublishAgreementsResponse:
        """Durable when it answers."""
        caller = self._operator(context)
        report = await self._use_cases.publisher.publish(
            PublishRequest(
                checked_id(request.request_id),
                _files(request.source),
                checked_actor(request.actor, caller),
            )
        )
        return responses.publish_response(report)

    async def ExportAgreements(
        self, _request: api.ExportAgreementsRequest, context: Context
    ) -> api.ExportAgreementsResponse:
        """All newest versions in one file."""
        self._operator(context)
        return responses.export_response(await self._use_cases.versions.export())

    async def ListAgreements(
        self, _request: api.ListAgreementsRequest, context: Context
    ) -> api.ListAgreementsResponse:
        """Every version of every agreement."""
        self._operator(context)
        published = await self._use_cases.versions.all()
        return api.ListAgreementsResponse(agreements=[responses.published_message(p) for p in published])

    async def GetAgreement(
        self, request: api.GetAgreementRequest, context: Context
    ) -> api.GetAgreementResponse:
        """A version with its content."""
        self._operator(context)
        stored = await self._use_cases.versions.get(request.agreement_code, request.version)
        return responses.get_response(stored)

    def _operator(self, context: Context) -> Caller:
        caller = self._callers.of(context)
        require_operator(caller)
        return caller


def _files(source: api.AgreementSource) -> tuple[SourceFile, ...]:
    """The files of a request. Raises RefusedError SOURCE_EMPTY, SOURCE_FILE_INVALID."""
    files = tuple(SourceFile(file.name, file.content) for file in source.files)
    refused = refused_source(files, SOURCE_EMPTY, SOURCE_FILE_INVALID)
    if refused is not None:
        raise RefusedError(refused)
    return files
