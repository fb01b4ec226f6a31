"""What the use cases about policies need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.findings import Locate, SourceFile
from services.common.kernel.outlines import Outline
from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.domain.compiled import Facts, Predicate, Variables, Wording
from services.offers.domain.findings import Finding
from services.offers.domain.policies import OfferPolicies
from services.offers.domain.publication import Candidate, FirstAnswer, PublicationDecision, PublishedPolicies
from services.offers.domain.rule_texts import Mentions


@dataclass(frozen=True, slots=True)
class Reading:
    """What files say. `policies` is None where their form is wrong; `locate` finds a dotted field."""

    policies: OfferPolicies | None
    findings: tuple[Finding, ...]
    locate: Locate


class PolicyReader(Protocol):
    """Reads the written form of policies."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads all files as one set. Never raises for what is in them."""


class PolicyWriter(Protocol):
    """Writes policies down, byte for byte the same each time."""

    def source(self, policies: OfferPolicies) -> tuple[SourceFile, ...]:
        """All of it: one file of policies, and one of places where there are any."""

    def outline(self, policies: OfferPolicies) -> Mapping[str, Outline]:
        """Policies as their written form holds them, without examples, for comparison."""


class RuleCompiler(Protocol):
    """Compiles the rules and texts of one set of policies."""

    def condition(self, text: str) -> Predicate:
        """A compiled condition. Raises RuleInvalidError, saying what to do."""

    def wording(self, text: str, language: str) -> Wording:
        """A compiled text. Raises RuleInvalidError, saying what to do."""

    def mentions(self, text: str) -> Mentions:
        """What a condition speaks of. Raises RuleInvalidError."""

    def text_mentions(self, text: str) -> Mentions:
        """What the expressions of a text speak of. Raises RuleInvalidError."""

    @property
    def prepare(self) -> Callable[[Variables], Facts]:
        """Makes variables ready for everything that was compiled."""


class RuleCompilers(Protocol):
    """Makes a compiler for one set of policies."""

    def for_rules(self, named: Mapping[str, str], samples: Sequence[Variables]) -> RuleCompiler:
        """`named`: rules by name. `samples`: variables of imagined customers; each rule is tried on them."""


@dataclass(frozen=True, slots=True)
class StoredPolicies:
    """A version with its canonical source."""

    published: PublishedPolicies
    files: tuple[SourceFile, ...]


Decide = Callable[[PublishedPolicies | None, FirstAnswer | None, Candidate], PublicationDecision]
"""From the newest version, what became of the request id before, and what somebody publishes."""


class PolicyStore(Protocol):
    """Published policies. Nothing in it ever changes."""

    async def versions(self) -> Sequence[PublishedPolicies]:
        """Every version, oldest first."""

    async def get(self, version: int) -> StoredPolicies | None:
        """One version, the newest for 0."""

    async def publish(self, candidate: Candidate, decide: Decide) -> PublicationDecision:
        """Decides and stores, with the event, in one transaction. Two that meet: one of them has moved."""

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""


class CatalogUnreachableError(Exception):
    """The catalog service did not answer."""


class Catalog(Protocol):
    """The published catalog."""

    async def newest(self) -> CatalogTerms | None:
        """The newest version; None where none is published. Raises CatalogUnreachableError."""
