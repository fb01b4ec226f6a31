"""What the use cases about agreements need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel import findings
from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import Outline
from services.partner_settlement.domain.agreement_document import AgreementDocument, WorkedExample
from services.partner_settlement.domain.agreements import Agreement, Party
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.catalog_view import CatalogView
from services.partner_settlement.domain.findings import FindingReason
from services.partner_settlement.domain.periods import Period
from services.partner_settlement.domain.publication import (
    Answer,
    Candidate,
    Decision,
    PublishedAgreement,
    Standing,
    WrittenAgreement,
    WrittenParty,
)


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that was published up to a publication; 0: nothing was."""

    number: int
    book: AgreementBook


NOTHING_PUBLISHED = Published(0, AgreementBook({}, ()))


@dataclass(frozen=True, slots=True)
class StoredAgreement:
    """A version of an agreement, and the parties that it names as they are now."""

    published: PublishedAgreement
    agreement: Agreement
    parties: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class NewestSources:
    """Parties, and the canonical YAML of each agreement with its examples; each in order of code."""

    parties: tuple[Party, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What a request id asked for and was answered."""

    fingerprint: str
    answer: Answer


Decide = Callable[[Standing, Candidate], Decision]


class AgreementStore(Protocol):
    """Published parties and agreements. Nothing in it ever changes."""

    async def published(self) -> Published:
        """Everything, as of one publication."""

    async def versions(self) -> Sequence[PublishedAgreement]:
        """Every version of every agreement, oldest first; those published together in order of code."""

    async def get(self, agreement_code: str, version: int) -> StoredAgreement | None:
        """One version, the newest for 0."""

    async def newest(self) -> NewestSources:
        """The newest version of everything, as of one publication."""

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""

    async def publish(self, candidate: Candidate, decide: Decide) -> Decision:
        """Decides and stores in one transaction. Two that meet: one of them has moved."""


Reading = findings.Reading[AgreementDocument, FindingReason]
"""What files say."""


class AgreementReader(Protocol):
    """Reads the written form of agreements."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads all files as one set. Never raises for what is in them."""


class AgreementWriter(Protocol):
    """Writes agreements down, byte for byte the same each time."""

    def agreement(self, agreement: Agreement, examples: Sequence[WorkedExample]) -> WrittenAgreement:
        """An agreement with its worked examples in its canonical forms."""

    def party(self, party: Party) -> WrittenParty:
        """A party in its canonical form."""

    def source(self, document: AgreementDocument) -> SourceFile:
        """All of it in one file."""

    def outline(self, document: AgreementDocument) -> Mapping[str, Outline]:
        """Parties and agreements as their written form holds them, for comparison: steps by their codes."""


class Catalog(Protocol):
    """The published catalog."""

    async def newest(self) -> CatalogView | None:
        """The newest version; None where none is published. Raises CatalogUnreachableError."""


class CatalogUnreachableError(Exception):
    """The catalog service did not answer."""


@dataclass(frozen=True, slots=True)
class SimulatedShare:
    """What a party would get of an agreement for a period, and what it gets now; '' is the operator."""

    agreement_code: str
    party_code: str
    period: str
    currency_code: str
    proposed_minor: int
    in_force_minor: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """Every share, in order of agreement, party, period and currency; `records` were looked at."""

    shares: tuple[SimulatedShare, ...]
    records: int


class Simulator(Protocol):
    """Settles periods of accrued usage without keeping anything."""

    async def simulate(self, proposed: Sequence[Agreement], period: Period | None) -> Simulation:
        """What a period comes to under proposed agreements, beside what the ones in force give.

        Proposed ones take the place of those with their code, whatever day they take effect; others
        are not in the result. `period` None: the last one that is over, of each agreement's kind.
        """
