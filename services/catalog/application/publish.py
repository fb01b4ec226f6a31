"""Publish: a catalog without errors becomes the next version, and charging hears of it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

from services.catalog.application.lint import Linter
from services.catalog.application.ports import CatalogStore, Renderer
from services.catalog.domain.findings import Finding
from services.catalog.domain.publication import Answer, Candidate, Decision, Standing, decide_publication
from services.catalog.domain.reasons import ACTOR_INVALID, REQUEST_ID_INVALID
from services.common.kernel.clock import Clock, Instant
from services.common.kernel.findings import SourceFile, warnings_in
from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError

ACTOR_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What someone asks to publish. `effective_from` None: now."""

    request_id: str
    files: tuple[SourceFile, ...]
    actor: str
    effective_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The answer, and the warnings the author may want to look at."""

    answer: Answer
    warnings: tuple[Finding, ...]


class CatalogPublisher:
    """Lints, renders, and lets the store decide and keep."""

    def __init__(self, linter: Linter, renderer: Renderer, store: CatalogStore, clock: Clock) -> None:
        self._linter = linter
        self._renderer = renderer
        self._store = store
        self._clock = clock

    async def publish(self, request: PublishRequest) -> PublishReport:
        """Publishes, durably when it returns.

        Raises RefusedError with REQUEST_ID_INVALID, ACTOR_INVALID,
        CATALOG_HAS_ERRORS or what `decide_publication` names; nothing has changed then.
        """
        _check(request)
        report = await asyncio.to_thread(self._linter.lint_source, request.files)
        document = report.accepted()
        rendered = await asyncio.to_thread(self._renderer.render, document)
        candidate = Candidate(
            request_id=request.request_id,
            actor=request.actor,
            catalog_code=document.catalog.code,
            currency_code=document.catalog.currency_code,
            content_sha256=rendered.content_sha256,
            source_sha256=hashlib.sha256(rendered.source.content.encode()).hexdigest(),
            effective_from=request.effective_from,
        )
        decision = await self._store.publish(candidate, rendered, self._decide)
        if decision.answer is None:
            assert decision.refused is not None
            raise RefusedError(decision.refused)
        return PublishReport(decision.answer, warnings_in(report.findings))

    def _decide(self, standing: Standing, candidate: Candidate) -> Decision:
        return decide_publication(standing, candidate, self._clock.now())


def _check(request: PublishRequest) -> None:
    if not is_request_id(request.request_id):
        raise RefusedError(
            Refused(
                REQUEST_ID_INVALID,
                "request_id must be 1 to 128 printable ASCII characters without blanks",
                "request_id",
            )
        )
    actor = request.actor
    if not actor.strip() or len(actor) > ACTOR_CHARACTERS or not actor.isprintable():
        raise RefusedError(
            Refused(
                ACTOR_INVALID, f"actor must say who publishes, in 1 to {ACTOR_CHARACTERS} characters", "actor"
            )
        )
