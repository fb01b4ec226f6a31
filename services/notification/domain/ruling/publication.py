"""Which rules that somebody publishes become the next version.

request_id known, same request      the first answer again
request_id known, another request   DUPLICATE_DIFFERS
published by others since lint      moved: lint again, then decide again
equal to the newest version         that version, unchanged
else                                the next version
"""

from __future__ import annotations

from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Refused
from services.notification.domain.reasons import DUPLICATE_DIFFERS


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """A version without its content. `content_sha256`: of its canonical source, lower-case hexadecimal."""

    version: int
    content_sha256: str
    published_at: Instant
    actor: str
    comment: str
    alerts: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The version in force now; `changed` False where the content was in force already."""

    published: PublishedRules
    changed: bool


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What a request id asked for and was answered."""

    fingerprint: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Candidate:
    """What somebody publishes. `seen`: the newest version when it was linted; 0: there was none."""

    request_id: str
    fingerprint: str
    actor: str
    comment: str
    seen: int
    content_sha256: str
    alerts: int
    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class PublicationDecision:
    """Refused, moved, or answered; `repeated` where nothing is to be stored."""

    refused: Refused | None = None
    answer: Answer | None = None
    repeated: bool = False

    @property
    def moved(self) -> bool:
        """True where others published meanwhile, so that lint has to look again."""
        return self.refused is None and self.answer is None


def decide_publication(
    newest: PublishedRules | None, first: FirstAnswer | None, candidate: Candidate, now: Instant
) -> PublicationDecision:
    """Decides in the order of the table above."""
    if first is not None:
        return decide_repetition(candidate.fingerprint, first)
    version = newest.version if newest else 0
    if version != candidate.seen:
        return PublicationDecision()
    if newest is not None and newest.content_sha256 == candidate.content_sha256:
        return PublicationDecision(answer=Answer(newest, changed=False))
    published = PublishedRules(
        version=version + 1,
        content_sha256=candidate.content_sha256,
        published_at=now,
        actor=candidate.actor,
        comment=candidate.comment,
        alerts=candidate.alerts,
    )
    return PublicationDecision(answer=Answer(published, changed=True))


def decide_repetition(fingerprint: str, first: FirstAnswer) -> PublicationDecision:
    """The first answer again, for the same request; refused for another one under its id."""
    if fingerprint == first.fingerprint:
        return PublicationDecision(answer=first.answer, repeated=True)
    return PublicationDecision(
        refused=Refused(
            DUPLICATE_DIFFERS,
            "a request with this id published something else; take a new request_id",
            "request_id",
        )
    )
