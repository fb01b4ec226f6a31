"""What publishing needs from outside. A service's adapters fulfil it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol, TypeVar

from services.common.kernel.findings import Finding, Reading, SourceFile
from services.common.kernel.outlines import Outline
from services.common.kernel.publication import (
    Candidate,
    Decide,
    FirstAnswer,
    PublicationDecision,
    PublishedVersion,
    StoredVersion,
)

Document = TypeVar("Document")
Document_co = TypeVar("Document_co", covariant=True)
Document_contra = TypeVar("Document_contra", contravariant=True)
Why = TypeVar("Why", bound=Enum)


class SourceReader(Protocol[Document, Why]):
    """Reads the written form of one kind of files."""

    def read(self, files: Sequence[SourceFile]) -> Reading[Document, Why]:
        """Reads all files as one document. Never raises for what is in them."""


class SourceWriter(Protocol[Document_contra]):
    """Writes a document down, byte for byte the same each time."""

    def source(self, document: Document_contra, /) -> tuple[SourceFile, ...]:
        """All of it, in its canonical files."""

    def outline(self, document: Document_contra, /) -> Mapping[str, Outline]:
        """A document as its written form holds it, without examples, for comparison."""


class Linted(Protocol[Document_co, Why]):
    """What lint says about files."""

    @property
    def warnings(self) -> tuple[Finding[Why], ...]:
        """Findings that do not stand in the way of publishing."""

    def accepted(self) -> Document_co:
        """The document. Raises RefusedError where there are errors, or there is nothing."""


class StoredSources(Protocol):
    """Published versions for whoever only reads them."""

    async def get(self, version: int) -> StoredVersion | None:
        """One version, the newest for 0."""


class SourceStore(StoredSources, Protocol):
    """Published versions. Nothing in it ever changes."""

    async def versions(self) -> Sequence[PublishedVersion]:
        """Every version, oldest first."""

    async def publish(self, candidate: Candidate, decide: Decide) -> PublicationDecision:
        """Decides and stores, with the event, in one transaction. Two that meet: one of them has moved."""

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""


class TakesEffect(Protocol):
    """What is told of a publication."""

    async def refresh(self) -> None:
        """When it returns the newest version is in force."""
