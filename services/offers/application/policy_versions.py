"""What publishing policies would change, and published ones as values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import ChangeKind, Difference, Outline, differences, shown
from services.common.kernel.publication import StoredVersion
from services.common.publishing import versions
from services.common.publishing.ports import SourceStore
from services.offers.application.policy_lint import ServiceLinter
from services.offers.application.policy_ports import PolicyReader, PolicyWriter
from services.offers.domain.policies import OfferPolicies

_NEWEST = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, values in words."""

    kind: ChangeKind
    field: str
    old_value: str
    new_value: str


class PolicyDiff:
    """Compares policies with the version in force, which the next one would follow."""

    def __init__(
        self, linter: ServiceLinter, reader: PolicyReader, writer: PolicyWriter, store: SourceStore
    ) -> None:
        self._linter = linter
        self._reader = reader
        self._writer = writer
        self._store = store

    async def diff_source(self, files: Sequence[SourceFile]) -> list[Change]:
        """Changes in the order of their fields. Raises RefusedError POLICIES_HAVE_ERRORS."""
        report = await self._linter.lint_source(files)
        policies = report.accepted()
        stored = await self._store.get(_NEWEST)
        return await asyncio.to_thread(self._changes, stored, policies)

    def _changes(self, stored: StoredVersion | None, policies: OfferPolicies) -> list[Change]:
        old = {} if stored is None else self._writer.outline(read_back(self._reader, stored))
        return diff_outlines(old, self._writer.outline(policies))


def diff_outlines(old: Mapping[str, Outline], new: Mapping[str, Outline]) -> list[Change]:
    """What changes from one outline to another."""
    return [_change(item) for item in differences(old, new)]


def read_back(reader: PolicyReader, stored: StoredVersion) -> OfferPolicies:
    """Published policies as values. RuntimeError where the form has outgrown what was published."""
    return versions.read_back(reader, stored, "the offer policies")


def _change(item: Difference) -> Change:
    # A whole offer or fence that comes or goes: its name is enough.
    show = _named if item.kind is not ChangeKind.CHANGED and item.field.count(".") == 1 else shown
    return Change(item.kind, item.field, show(item.old), show(item.new))


def _named(value: Outline) -> str:
    name = value.get("name") if isinstance(value, Mapping) else None
    return shown(name) if name is not None else shown(value)
