"""What the use cases about alert rules need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.findings import Locate, SourceFile
from services.common.kernel.outlines import Outline
from services.notification.application.ports import CompiledRules
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding
from services.notification.domain.ruling.publication import (
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedRules,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What files say. `rules` is None where their form is wrong; `locate` finds a dotted field."""

    rules: AlertRules | None
    findings: tuple[Finding, ...]
    locate: Locate


class RulesReader(Protocol):
    """Reads the written form of rules and words."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads all files as one set. Never raises for what is in them."""


class RulesWriter(Protocol):
    """Writes rules down, byte for byte the same each time."""

    def source(self, rules: AlertRules) -> tuple[SourceFile, ...]:
        """All of it: one file of rules, and one of words for each language."""

    def outline(self, rules: AlertRules) -> Mapping[str, Outline]:
        """Rules as their written form holds them, without examples, for comparison."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """Compiled rules, and what was wrong with conditions and words.

    A condition that is wrong never holds, an alert without words is not told. `compiled` is None where not
    even the languages are known.
    """

    compiled: CompiledRules | None
    findings: tuple[Finding, ...]


class RulesCompiler(Protocol):
    """Compiles conditions and parses words, and tries both on samples."""

    def compile(self, rules: AlertRules, version: int) -> Compilation:
        """Computing, no I/O."""


@dataclass(frozen=True, slots=True)
class StoredRules:
    """A version with its canonical source."""

    published: PublishedRules
    files: tuple[SourceFile, ...]


Decide = Callable[[PublishedRules | None, FirstAnswer | None, Candidate], PublicationDecision]
"""From the newest version, what became of the request id before, and what somebody publishes."""


class RulesStore(Protocol):
    """Published rules. Nothing in it ever changes."""

    async def versions(self) -> Sequence[PublishedRules]:
        """Every version, oldest first."""

    async def get(self, version: int) -> StoredRules | None:
        """One version, the newest for 0."""

    async def publish(self, candidate: Candidate, decide: Decide) -> PublicationDecision:
        """Decides and stores, with the event, in one transaction. Two that meet: one of them has moved."""

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""
