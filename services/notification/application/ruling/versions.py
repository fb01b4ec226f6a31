"""What publishing rules would change, and published ones as values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import Difference, Outline, differences, shown
from services.common.kernel.publication import StoredVersion
from services.common.publishing import versions
from services.common.publishing.ports import SourceStore
from services.notification.application.ruling.lint import RulesLinter
from services.notification.application.ruling.ports import RulesReader, RulesWriter
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding

_NEWEST = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in words. `before` empty: added; `after` empty: removed."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What would change against the version in force (0: none), and what is wrong with the rules.

    Rules whose form is wrong cannot be compared: no changes then.
    """

    in_force_version: int
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]


class RulesDiff:
    """Compares rules with the version in force, which the next one would follow."""

    def __init__(
        self, linter: RulesLinter, reader: RulesReader, writer: RulesWriter, store: SourceStore
    ) -> None:
        self._linter = linter
        self._reader = reader
        self._writer = writer
        self._store = store

    async def diff_source(self, files: Sequence[SourceFile]) -> DiffReport:
        """Changes in the order of their fields, and findings."""
        report = await asyncio.to_thread(self._linter.lint_source, files)
        stored = await self._store.get(_NEWEST)
        changes: tuple[Change, ...] = ()
        if report.rules is not None:
            changes = await asyncio.to_thread(self._changes, stored, report.rules)
        return DiffReport(stored.published.version if stored else 0, changes, report.findings)

    def _changes(self, stored: StoredVersion | None, rules: AlertRules) -> tuple[Change, ...]:
        old = {} if stored is None else self._writer.outline(read_back(self._reader, stored))
        return diff_outlines(old, self._writer.outline(rules))


def diff_outlines(old: Mapping[str, Outline], new: Mapping[str, Outline]) -> tuple[Change, ...]:
    """What changes from one outline to another."""
    return tuple(_change(item) for item in differences(old, new))


def read_back(reader: RulesReader, stored: StoredVersion) -> AlertRules:
    """Published rules as values. RuntimeError where the form has outgrown what was published."""
    return versions.read_back(reader, stored, "the alert rules")


def _change(item: Difference) -> Change:
    return Change(item.field, shown(item.old), shown(item.new))
