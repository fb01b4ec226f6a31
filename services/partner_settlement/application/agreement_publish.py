"""Publish: agreements without errors become versions that settle periods from their first day on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.common.kernel.clock import Clock
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Refused, RefusedError
from services.common.kernel.publication import digest_of
from services.partner_settlement.application.agreement_lint import LintReport, ServiceLinter
from services.partner_settlement.application.agreement_ports import AgreementStore, AgreementWriter
from services.partner_settlement.domain.findings import Finding
from services.partner_settlement.domain.publication import (
    Answer,
    Candidate,
    Decision,
    Standing,
    decide_publication,
    decide_repetition,
)
from services.partner_settlement.domain.reasons import AGREEMENTS_BUSY

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """What somebody asks to publish. Id and actor are well-formed."""

    request_id: str
    files: tuple[SourceFile, ...]
    actor: str

    @property
    def fingerprint(self) -> str:
        """Equal for two requests that ask for the same, in the same words."""
        return digest_of(self.files, self.actor)


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The answer, and the warnings the author may want to look at (none where it is a repetition)."""

    answer: Answer
    warnings: tuple[Finding, ...] = ()


class AgreementPublisher:
    """Lints, writes down, and lets the store decide and keep."""

    def __init__(
        self, linter: ServiceLinter, writer: AgreementWriter, store: AgreementStore, clock: Clock
    ) -> None:
        self._linter = linter
        self._writer = writer
        self._store = store
        self._clock = clock

    async def publish(self, request: PublishRequest) -> PublishReport:
        """Publishes, durably when it returns.

        Raises RefusedError AGREEMENTS_HAVE_ERRORS, AGREEMENTS_BUSY or what `decide_publication` names;
        nothing has changed then.
        """
        for _ in range(_ATTEMPTS):
            first = await self._store.first_answer(request.request_id)
            if first is not None:
                decision = decide_repetition(request.fingerprint, first.fingerprint, first.answer)
                return PublishReport(_answer(decision))
            report = await self._linter.lint_source(request.files)
            candidate = await asyncio.to_thread(self._candidate, request, report)
            decision = await self._store.publish(candidate, self._decide)
            if not decision.moved:
                return PublishReport(_answer(decision), report.warnings)
        raise RefusedError(
            Refused(AGREEMENTS_BUSY, "others are publishing all the time; send the same request again")
        )

    def _candidate(self, request: PublishRequest, report: LintReport) -> Candidate:
        document = report.accepted()
        return Candidate(
            request_id=request.request_id,
            fingerprint=request.fingerprint,
            actor=request.actor,
            seen=report.published.number,
            agreements=tuple(
                self._writer.agreement(
                    agreement,
                    [example for example in document.examples if example.agreement_code == agreement.code],
                )
                for agreement in document.agreements
            ),
            parties=tuple(self._writer.party(party) for party in document.parties),
        )

    def _decide(self, standing: Standing, candidate: Candidate) -> Decision:
        return decide_publication(standing, candidate, self._clock.now())


def _answer(decision: Decision) -> Answer:
    if decision.answer is None:
        assert decision.refused is not None
        raise RefusedError(decision.refused)
    return decision.answer
