"""Publish: rules without errors become the next version, in force when the answer is given."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.application.ruling.lint import LintReport, RulesLinter
from services.notification.application.ruling.ports import RulesStore, RulesWriter
from services.notification.domain.reasons import RULES_BUSY
from services.notification.domain.ruling.findings import Finding
from services.notification.domain.ruling.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedRules,
    decide_publication,
    decide_repetition,
)

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What somebody asks to publish. Id and comment are well-formed."""

    request_id: str
    files: tuple[SourceFile, ...]
    actor: str
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        """Equal for two requests that ask for the same, in the same words."""
        return digest_of(self.files, f"{len(self.actor)}:{self.actor}{self.comment}")


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The answer, and the warnings the author may want to look at (none where it is a repetition)."""

    answer: Answer
    warnings: tuple[Finding, ...] = ()


class TakesEffect(Protocol):
    """What is told of a publication."""

    async def refresh(self) -> None:
        """When it returns the newest version is in force."""


class RulesPublisher:
    """Lints, writes down, lets the store decide and keep, and puts it in force."""

    def __init__(
        self, linter: RulesLinter, writer: RulesWriter, store: RulesStore, book: TakesEffect, clock: Clock
    ) -> None:
        self._linter = linter
        self._writer = writer
        self._store = store
        self._book = book
        self._clock = clock

    async def publish(self, request: PublishRequest) -> PublishReport:
        """Publishes: durable and in force when it returns.

        Raises RefusedError RULES_HAVE_ERRORS, RULES_BUSY, DUPLICATE_DIFFERS; nothing has changed then.
        """
        for _ in range(_ATTEMPTS):
            first = await self._store.first_answer(request.request_id)
            if first is not None:
                return PublishReport(_answer(decide_repetition(request.fingerprint, first)))
            newest = await self._store.versions()
            report = await asyncio.to_thread(self._linter.lint_source, request.files)
            seen = newest[-1].version if newest else 0
            candidate = await asyncio.to_thread(self._candidate, request, report, seen)
            decision = await self._store.publish(candidate, self._decide)
            if not decision.moved:
                answer = _answer(decision)
                await self._book.refresh()
                return PublishReport(answer, report.warnings)
        raise RefusedError(
            Refused(RULES_BUSY, "others are publishing all the time; send the same request again")
        )

    def _candidate(self, request: PublishRequest, report: LintReport, seen: int) -> Candidate:
        rules = report.accepted()
        files = self._writer.source(rules)
        return Candidate(
            request_id=request.request_id,
            fingerprint=request.fingerprint,
            actor=request.actor,
            comment=request.comment,
            seen=seen,
            content_sha256=digest_of(files),
            alerts=len(rules.rules),
            files=files,
        )

    def _decide(
        self, newest: PublishedRules | None, first: FirstAnswer | None, candidate: Candidate
    ) -> PublicationDecision:
        return decide_publication(newest, first, candidate, self._clock.now())


def digest_of(files: Sequence[SourceFile], about: str = "") -> str:
    """SHA-256 over the names and contents of files, lower-case hexadecimal."""
    digest = hashlib.sha256(about.encode())
    for file in files:
        for part in (file.name.encode(), file.content.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _answer(decision: PublicationDecision) -> Answer:
    if decision.answer is None:
        assert decision.refused is not None
        raise RefusedError(decision.refused)
    return decision.answer
