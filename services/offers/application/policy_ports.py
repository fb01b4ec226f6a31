"""What the use cases about policies need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from services.common.publishing.ports import SourceReader, SourceWriter
from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.domain.compiled import Facts, Predicate, Variables, Wording
from services.offers.domain.findings import FindingReason
from services.offers.domain.policies import OfferPolicies
from services.offers.domain.rule_texts import Mentions

PolicyReader = SourceReader[OfferPolicies, FindingReason]
"""Reads the written form of policies and places."""
PolicyWriter = SourceWriter[OfferPolicies]
"""Writes policies as one file, and places as one where there are any."""


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


class CatalogUnreachableError(Exception):
    """The catalog service did not answer."""


class Catalog(Protocol):
    """The published catalog."""

    async def newest(self) -> CatalogTerms | None:
        """The newest version; None where none is published. Raises CatalogUnreachableError."""
