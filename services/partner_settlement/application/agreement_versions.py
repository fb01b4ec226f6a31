"""Looking at what was published, and trying out what is not: get, list, export, simulate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.application.agreement_lint import ServiceLinter
from services.partner_settlement.application.agreement_ports import (
    AgreementReader,
    AgreementStore,
    AgreementWriter,
    NewestSources,
    Simulation,
    Simulator,
    StoredAgreement,
)
from services.partner_settlement.domain.agreement_document import AgreementDocument, WorkedExample
from services.partner_settlement.domain.periods import Period, parse_period
from services.partner_settlement.domain.publication import PublishedAgreement
from services.partner_settlement.domain.reasons import AGREEMENT_UNKNOWN, PERIOD_INVALID

# A code is at most 64 characters; a number goes on its end.
_ROOM = 58


class AgreementVersions:
    """Reads what was published."""

    def __init__(self, store: AgreementStore, reader: AgreementReader, writer: AgreementWriter) -> None:
        self._store = store
        self._reader = reader
        self._writer = writer

    async def get(self, agreement_code: str, version: int) -> StoredAgreement:
        """One version, or the newest for 0. Raises RefusedError AGREEMENT_UNKNOWN."""
        stored = await self._store.get(agreement_code, version)
        if stored is not None:
            return stored
        what = f"version {version} of {agreement_code!r}" if version else f"agreement {agreement_code!r}"
        raise RefusedError(Refused(AGREEMENT_UNKNOWN, f"{what} was never published", "agreement_code"))

    async def all(self) -> Sequence[PublishedAgreement]:
        """Every version of every agreement, oldest first."""
        return await self._store.versions()

    async def export(self) -> SourceFile:
        """Parties and newest versions in one file, examples included.

        RuntimeError where the form has outgrown what was published.
        """
        return await asyncio.to_thread(self._written, await self._store.newest())

    def _written(self, newest: NewestSources) -> SourceFile:
        documents = [self._read(source) for source in newest.sources]
        agreements = (agreement for document in documents for agreement in document.agreements)
        examples = (example for document in documents for example in document.examples)
        return self._writer.source(AgreementDocument(newest.parties, tuple(agreements), _distinct(examples)))

    def _read(self, source: str) -> AgreementDocument:
        reading = self._reader.read([SourceFile("published.yaml", source)])
        if reading.document is None:
            raise RuntimeError(
                f"what was published cannot be read back: {reading.findings[0].message}; "
                "the written form must stay able to read what older versions exported"
            )
        return reading.document


def _distinct(examples: Iterable[WorkedExample]) -> tuple[WorkedExample, ...]:
    """Examples in order of code. Agreements that were published apart may have used the same one."""
    found: dict[str, WorkedExample] = {}
    for example in examples:
        code, number = example.code, 1
        while code in found:
            number += 1
            code = f"{example.code[:_ROOM]}-{number}"
        found[code] = replace(example, code=code)
    return tuple(found[code] for code in sorted(found))


class AgreementSimulation:
    """Settles accrued usage under agreements that are not published."""

    def __init__(self, linter: ServiceLinter, simulator: Simulator) -> None:
        self._linter = linter
        self._simulator = simulator

    async def simulate(self, files: Sequence[SourceFile], period: str) -> Simulation:
        """`period` '': the last one that is over.

        Raises RefusedError PERIOD_INVALID, AGREEMENTS_HAVE_ERRORS.
        """
        of = _period(period)
        report = await self._linter.lint_source(files)
        return await self._simulator.simulate(report.accepted().agreements, of)


def _period(name: str) -> Period | None:
    if not name:
        return None
    try:
        return parse_period(name)
    except ValueError as error:
        raise RefusedError(Refused(PERIOD_INVALID, str(error), "period")) from error
