"""What the use cases about alert rules need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.common.publishing.ports import SourceReader, SourceWriter
from services.notification.application.ports import CompiledRules
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding, FindingReason

RulesReader = SourceReader[AlertRules, FindingReason]
"""Reads the written form of rules and words."""
RulesWriter = SourceWriter[AlertRules]
"""Writes rules as one file, and words as one for each language."""


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
