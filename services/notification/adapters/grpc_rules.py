"""NotificationRuleService over gRPC, for operators. Refusals become statuses in the server's guard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from tidemark.notification.v1 import rules_api_pb2 as api
from tidemark.notification.v1 import rules_api_pb2_grpc

from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile, refused_source
from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.common.publishing.ports import SourceStore
from services.common.publishing.publisher import PublishRequest
from services.common.publishing.versions import Versions
from services.common.runtime.callers import Caller, Callers, require_operator
from services.notification.adapters.rules import messages
from services.notification.adapters.rules.compiler import FluentCompiler
from services.notification.adapters.rules.writer import CanonicalRulesWriter
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.application.ruling.lint import RulesLinter
from services.notification.application.ruling.ports import RulesWriter
from services.notification.application.ruling.publish import RulesPublisher, rules_publisher
from services.notification.application.ruling.rules_in_force import RuleBook
from services.notification.application.ruling.versions import RulesDiff
from services.notification.domain.reasons import (
    FIELD_INVALID,
    REQUEST_ID_INVALID,
    RULES_VERSION_UNKNOWN,
    SOURCE_EMPTY,
    SOURCE_FILE_INVALID,
)

Context = Any

_COMMENT_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class RuleUseCases:
    """Everything the servicer calls, and the rules in force."""

    linter: RulesLinter
    writer: RulesWriter
    diff: RulesDiff
    publisher: RulesPublisher
    versions: Versions
    book: RuleBook


def rule_use_cases(store: SourceStore, clock: Clock) -> RuleUseCases:
    """The use cases on YAML with CEL and Fluent. Call `book.refresh()` before serving."""
    reader, writer, compiler = YamlRulesReader(), CanonicalRulesWriter(), FluentCompiler()
    linter = RulesLinter(reader, compiler)
    book = RuleBook(store, reader, compiler)
    return RuleUseCases(
        linter=linter,
        writer=writer,
        diff=RulesDiff(linter, reader, writer, store),
        publisher=rules_publisher(linter, writer, store, book, clock),
        versions=Versions(store, RULES_VERSION_UNKNOWN),
        book=book,
    )


class NotificationRuleServicer(rules_api_pb2_grpc.NotificationRuleServiceServicer):
    """Asks who calls, translates, calls one use case, translates back."""

    def __init__(self, use_cases: RuleUseCases, callers: Callers) -> None:
        self._use_cases = use_cases
        self._callers = callers

    async def LintRules(self, request: api.LintRulesRequest, context: Context) -> api.LintRulesResponse:
        """Findings are a normal answer."""
        self._operator(context)
        return await asyncio.to_thread(self._linted, _files(request.source))

    async def DiffRules(self, request: api.DiffRulesRequest, context: Context) -> api.DiffRulesResponse:
        """Against the version in force."""
        self._operator(context)
        return messages.diff_response(await self._use_cases.diff.diff_source(_files(request.source)))

    async def PublishRules(
        self, request: api.PublishRulesRequest, context: Context
    ) -> api.PublishRulesResponse:
        """Durable and in force when it answers."""
        caller = self._operator(context)
        report = await self._use_cases.publisher.publish(
            PublishRequest(
                _request_id(request.request_id),
                _files(request.source),
                caller.subject,
                _comment(request.comment),
            )
        )
        return messages.publish_response(report)

    async def ExportRules(self, request: api.ExportRulesRequest, context: Context) -> api.ExportRulesResponse:
        """The canonical source of a version."""
        self._operator(context)
        return messages.export_response(await self._use_cases.versions.export(request.version))

    async def ListRulesVersions(
        self, _request: api.ListRulesVersionsRequest, context: Context
    ) -> api.ListRulesVersionsResponse:
        """Every version."""
        self._operator(context)
        published = await self._use_cases.versions.all()
        return api.ListRulesVersionsResponse(versions=[messages.version_message(item) for item in published])

    def _linted(self, files: tuple[SourceFile, ...]) -> api.LintRulesResponse:
        return messages.lint_response(self._use_cases.linter.lint_source(files), self._use_cases.writer)

    def _operator(self, context: Context) -> Caller:
        caller = self._callers.of(context)
        require_operator(caller)
        return caller


def _files(source: api.RulesSource) -> tuple[SourceFile, ...]:
    """The files of a request. Raises RefusedError SOURCE_EMPTY, SOURCE_FILE_INVALID."""
    files = messages.files_of(source)
    refused = refused_source(files, SOURCE_EMPTY, SOURCE_FILE_INVALID)
    if refused is not None:
        raise RefusedError(refused)
    return files


def _request_id(request_id: str) -> str:
    if not is_request_id(request_id):
        words = "request_id must be 1 to 128 printable ASCII characters without blanks"
        raise RefusedError(Refused(REQUEST_ID_INVALID, words, "request_id"))
    return request_id


def _comment(comment: str) -> str:
    printable = all(sign.isprintable() or sign == "\n" for sign in comment)
    if len(comment) > _COMMENT_CHARACTERS or not printable:
        words = f"comment must be text of at most {_COMMENT_CHARACTERS} characters"
        raise RefusedError(Refused(FIELD_INVALID, words, "comment"))
    return comment
