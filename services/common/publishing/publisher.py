"""Publish: files without errors become the next version, in force when the answer is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic

from services.common.kernel.clock import Clock
from services.common.kernel.findings import Finding, SourceFile
from services.common.kernel.outcome import Reason, Refused, RefusedError
from services.common.kernel.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedVersion,
    decide_publication,
    decide_repetition,
    digest_of,
)
from services.common.publishing.ports import Document, Linted, SourceStore, TakesEffect, Why

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What somebody asks to publish. Id, actor and comment are well-formed."""

    request_id: str
    files: tuple[SourceFile, ...]
    actor: str
    comment: str = ""


# Generic classes that are frozen go without slots: see Finding.
@dataclass(frozen=True)
class PublishReport(Generic[Why]):
    """The answer, and the warnings the author may want to look at (none where it is a repetition)."""

    answer: Answer
    warnings: tuple[Finding[Why], ...] = ()


@dataclass(frozen=True)
class SourceKind(Generic[Document, Why]):
    """What sets one kind of files apart.

    `lint` checks files; `write` gives a document's canonical ones. `about`: what makes two requests with
    equal files different. `differs` refuses another request under a known id, `busy` one that others get
    ahead of all the time. `entries`: how many things a document has, where versions keep that.
    """

    lint: Callable[[tuple[SourceFile, ...]], Awaitable[Linted[Document, Why]]]
    write: Callable[[Document], tuple[SourceFile, ...]]
    about: Callable[[PublishRequest], str]
    differs: Reason
    busy: Reason
    entries: Callable[[Document], int] = lambda _: 0


class Publisher(Generic[Document, Why]):
    """Lints, writes down, lets the store decide and keep, and puts it in force."""

    def __init__(
        self, kind: SourceKind[Document, Why], store: SourceStore, in_force: TakesEffect, clock: Clock
    ) -> None:
        self._kind = kind
        self._store = store
        self._in_force = in_force
        self._clock = clock

    async def publish(self, request: PublishRequest) -> PublishReport[Why]:
        """Publishes: durable and in force when it returns.

        Raises RefusedError as lint's `accepted` does, and with the kind's reasons; nothing has changed then.
        """
        fingerprint = digest_of(request.files, self._kind.about(request))
        for _ in range(_ATTEMPTS):
            first = await self._store.first_answer(request.request_id)
            if first is not None:
                return PublishReport(_answer(decide_repetition(fingerprint, first, self._kind.differs)))
            newest = await self._store.versions()
            linted = await self._kind.lint(request.files)
            seen = newest[-1].version if newest else 0
            candidate = await asyncio.to_thread(self._candidate, request, fingerprint, linted, seen)
            decision = await self._store.publish(candidate, self._decide)
            if not decision.moved:
                answer = _answer(decision)
                await self._in_force.refresh()
                return PublishReport(answer, linted.warnings)
        raise RefusedError(
            Refused(self._kind.busy, "others are publishing all the time; send the same request again")
        )

    def _candidate(
        self, request: PublishRequest, fingerprint: str, linted: Linted[Document, Why], seen: int
    ) -> Candidate:
        document = linted.accepted()
        files = self._kind.write(document)
        return Candidate(
            request_id=request.request_id,
            fingerprint=fingerprint,
            actor=request.actor,
            seen=seen,
            content_sha256=digest_of(files),
            files=files,
            comment=request.comment,
            entries=self._kind.entries(document),
        )

    def _decide(
        self, newest: PublishedVersion | None, first: FirstAnswer | None, candidate: Candidate
    ) -> PublicationDecision:
        return decide_publication(newest, first, candidate, self._clock.now(), self._kind.differs)


def _answer(decision: PublicationDecision) -> Answer:
    if decision.answer is None:
        assert decision.refused is not None
        raise RefusedError(decision.refused)
    return decision.answer
