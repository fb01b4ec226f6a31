"""What the use cases about agreements need from outside. Adapters fulfil it; `main` chooses which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.partner_settlement.domain.agreements import Agreement, Party
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.publication import (
    Answer,
    Candidate,
    Decision,
    PublishedAgreement,
    Standing,
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
        """Every version of every agreement, in order of code and version."""

    async def get(self, agreement_code: str, version: int) -> StoredAgreement | None:
        """One version, the newest for 0."""

    async def newest_sources(self) -> Sequence[str]:
        """Canonical YAML of the newest version of each agreement, in order of code, without parties."""

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """What became of a request id."""

    async def publish(self, candidate: Candidate, decide: Decide) -> Decision:
        """Decides and stores in one transaction. Two that meet: one of them has moved."""
