"""Looking at published rules: list, export, and what publishing would change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Refused, RefusedError
from services.common.kernel.outlines import Difference, Outline, differences, shown
from services.notification.application.ruling.lint import RulesLinter
from services.notification.application.ruling.ports import RulesReader, RulesStore, RulesWriter, StoredRules
from services.notification.domain.reasons import RULES_VERSION_UNKNOWN
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding
from services.notification.domain.ruling.publication import PublishedRules

_NEWEST = 0


class RulesVersions:
    """Reads what was published."""

    def __init__(self, store: RulesStore) -> None:
        self._store = store

    async def all(self) -> Sequence[PublishedRules]:
        """Every version, oldest first."""
        return await self._store.versions()

    async def export(self, version: int) -> StoredRules:
        """A version with its source, the newest for 0. Raises RefusedError RULES_VERSION_UNKNOWN."""
        stored = await self._store.get(version)
        if stored is not None:
            return stored
        what = f"version {version} was never published" if version else "nothing is published yet"
        raise RefusedError(Refused(RULES_VERSION_UNKNOWN, what, "version"))


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
        self, linter: RulesLinter, reader: RulesReader, writer: RulesWriter, store: RulesStore
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

    def _changes(self, stored: StoredRules | None, rules: AlertRules) -> tuple[Change, ...]:
        old = {} if stored is None else self._writer.outline(read_back(self._reader, stored))
        return diff_outlines(old, self._writer.outline(rules))


def diff_outlines(old: Mapping[str, Outline], new: Mapping[str, Outline]) -> tuple[Change, ...]:
    """What changes from one outline to another."""
    return tuple(_change(item) for item in differences(old, new))


def read_back(reader: RulesReader, stored: StoredRules) -> AlertRules:
    """Published rules as values. RuntimeError where the form has outgrown what was published."""
    reading = reader.read(stored.files)
    if reading.rules is None:
        raise RuntimeError(
            f"version {stored.published.version} of the alert rules cannot be read back: "
            f"{reading.findings[0].message}; the written form must stay able to read older versions"
        )
    return reading.rules


def _change(item: Difference) -> Change:
    return Change(item.field, shown(item.old), shown(item.new))
