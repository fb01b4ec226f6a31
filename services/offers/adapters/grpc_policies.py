"""OfferPolicyService over gRPC, for operators. Refusals become statuses in the server's guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tidemark.catalog.v1 import catalog_events_pb2
from tidemark.offers.v1 import policy_api_pb2 as api
from tidemark.offers.v1 import policy_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile, refused_source
from services.common.kernel.outcome import RefusedError
from services.common.publishing.ports import SourceStore
from services.common.publishing.publisher import PublishRequest
from services.common.publishing.versions import Versions
from services.common.runtime.bus import Bus
from services.common.runtime.bus_consumer import ConsumerSpec, Delivery, consume
from services.common.runtime.callers import Caller, Callers, require_operator
from services.offers.adapters import policy_messages as messages
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.learning_requests import checked_actor, checked_id
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.adapters.yaml_writer import CanonicalPolicyWriter
from services.offers.application.policies_in_force import PolicyBook
from services.offers.application.policy_lint import PolicyLinter, ServiceLinter
from services.offers.application.policy_ports import Catalog
from services.offers.application.policy_publish import PolicyPublisher, policy_publisher
from services.offers.application.policy_versions import PolicyDiff
from services.offers.domain.reasons import POLICY_VERSION_UNKNOWN, SOURCE_EMPTY, SOURCE_FILE_INVALID

Context = Any

_CATALOG = ConsumerSpec(
    "CATALOG",
    "offers-policies",
    catalog_events_pb2.CatalogVersionPublished.DESCRIPTOR.full_name,
    only_new=True,
)


@dataclass(frozen=True, slots=True)
class PolicyUseCases:
    """Everything the servicer calls, and the policies in force."""

    linter: ServiceLinter
    diff: PolicyDiff
    publisher: PolicyPublisher
    versions: Versions
    book: PolicyBook


def policy_use_cases(store: SourceStore, catalog: Catalog, clock: Clock) -> PolicyUseCases:
    """The use cases on the YAML form with CEL rules."""
    reader, writer, compilers = YamlPolicyReader(), CanonicalPolicyWriter(), CelRuleCompilers()
    linter = ServiceLinter(PolicyLinter(reader, compilers), catalog)
    book = PolicyBook(store, catalog, reader, compilers)
    return PolicyUseCases(
        linter=linter,
        diff=PolicyDiff(linter, reader, writer, store),
        publisher=policy_publisher(linter, writer, store, book, clock),
        versions=Versions(store, POLICY_VERSION_UNKNOWN),
        book=book,
    )


async def follow_catalog(bus: Bus, book: PolicyBook) -> None:
    """Puts policies beside each new catalog when it is announced; runs until cancelled.

    Processes that share a bus share the consumer: the others see the catalog when they look by themselves.
    """

    async def published(_: Delivery) -> None:
        await book.refresh()

    await consume(bus, _CATALOG, published)


class OfferPolicyServicer(policy_api_pb2_grpc.OfferPolicyServiceServicer):
    """Asks who calls, translates, calls one use case, translates back."""

    def __init__(self, use_cases: PolicyUseCases, callers: Callers) -> None:
        self._use_cases = use_cases
        self._callers = callers

    async def LintPolicies(
        self, request: api.LintPoliciesRequest, context: Context
    ) -> api.LintPoliciesResponse:
        """Findings are a normal answer."""
        self._operator(context)
        report = await self._use_cases.linter.lint_source(_files(request.source))
        return messages.lint_response(report)

    async def DiffPolicies(
        self, request: api.DiffPoliciesRequest, context: Context
    ) -> api.DiffPoliciesResponse:
        """Against the version in force."""
        self._operator(context)
        return messages.diff_response(await self._use_cases.diff.diff_source(_files(request.source)))

    async def PublishPolicies(
        self, request: api.PublishPoliciesRequest, context: Context
    ) -> api.PublishPoliciesResponse:
        """Durable and in force when it answers."""
        caller = self._operator(context)
        report = await self._use_cases.publisher.publish(
            PublishRequest(
                checked_id(request.request_id),
                _files(request.source),
                checked_actor(request.actor, caller),
            )
        )
        return messages.publish_response(report)

    async def ExportPolicies(
        self, request: api.ExportPoliciesRequest, context: Context
    ) -> api.ExportPoliciesResponse:
        """The canonical source of a version."""
        self._operator(context)
        return messages.export_response(await self._use_cases.versions.export(request.version))

    async def ListPolicyVersions(
        self, _request: api.ListPolicyVersionsRequest, context: Context
    ) -> api.ListPolicyVersionsResponse:
        """Every version."""
        self._operator(context)
        published = await self._use_cases.versions.all()
        return api.ListPolicyVersionsResponse(versions=[messages.version_message(item) for item in published])

    def _operator(self, context: Context) -> Caller:
        caller = self._callers.of(context)
        require_operator(caller)
        return caller


def _files(source: api.PolicySource) -> tuple[SourceFile, ...]:
    """The files of a request. Raises RefusedError SOURCE_EMPTY, SOURCE_FILE_INVALID."""
    files = messages.files_of(source)
    refused = refused_source(files, SOURCE_EMPTY, SOURCE_FILE_INVALID)
    if refused is not None:
        raise RefusedError(refused)
    return files
