"""Diff: what publishing agreements would change against the newest versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import ChangeKind, Difference, Outline, differences, shown
from services.partner_settlement.application.agreement_lint import ServiceLinter
from services.partner_settlement.application.agreement_ports import AgreementWriter
from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.book import AgreementBook

_AGREEMENTS = "agreements"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `agreement_code` '' where it is of a party. Values are for people to read."""

    kind: ChangeKind
    field: str
    old_value: str
    new_value: str
    agreement_code: str = ""


class AgreementDiff:
    """Compares agreements with the newest versions, which the next ones would follow."""

    def __init__(self, linter: ServiceLinter, writer: AgreementWriter) -> None:
        self._linter = linter
        self._writer = writer

    async def diff_source(self, files: Sequence[SourceFile]) -> list[Change]:
        """Changes in the order of their fields; what the files do not hold stays as it is.

        Raises RefusedError AGREEMENTS_HAVE_ERRORS.
        """
        report = await self._linter.lint_source(files)
        document = report.accepted()
        newest = newest_of(report.published.book, document)
        return diff_outlines(self._writer.outline(newest), self._writer.outline(document))


def newest_of(book: AgreementBook, document: AgreementDocument) -> AgreementDocument:
    """The newest versions of what a document holds, where there are any."""
    agreements, parties = document.agreements_by_code(), document.parties_by_code()
    newest = {version.code: version for version in book.versions if version.code in agreements}
    known = {code: party for code, party in book.parties.items() if code in parties}
    return AgreementDocument(
        tuple(known[code] for code in sorted(known)), tuple(newest[code] for code in sorted(newest))
    )


def diff_outlines(old: Mapping[str, Outline], new: Mapping[str, Outline]) -> list[Change]:
    """What changes from one outline to another."""
    return [_change(item) for item in differences(old, new)]


def _change(item: Difference) -> Change:
    parts = item.field.split(".")
    show = _named if len(parts) == 2 else shown
    code = parts[1] if parts[0] == _AGREEMENTS else ""
    return Change(item.kind, item.field, show(item.old), show(item.new), code)


def _named(value: Outline) -> str:
    """A whole party or agreement by its name."""
    return str(value.get("name", "")) if isinstance(value, Mapping) else ""
