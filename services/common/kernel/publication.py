"""Versions of files that people write: which of what somebody publishes becomes the next one.

request_id known, same request      the first answer again
request_id known, another request   refused
published by others since lint      moved: lint again, then decide again
equal to the newest version         that version, unchanged
else                                the next version
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Reason, Refused


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version without its content. `content_sha256`: of its canonical source, lower-case hexadecimal.

    `comment`, `entries` (how many things it has): where this kind of files keeps them.
    """

    version: int
    content_sha256: str
    published_at: Instant
    actor: str
    comment: str = ""
    entries: int = 0


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version with its canonical source."""

    published: PublishedVersion
    files: tuple[SourceFile, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The version in force now; `changed` False where the content was in force already."""

    published: PublishedVersion
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
    seen: int
    content_sha256: str
    files: tuple[SourceFile, ...]
    comment: str = ""
    entries: int = 0


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


Decide = Callable[[PublishedVersion | None, FirstAnswer | None, Candidate], PublicationDecision]
"""From the newest version, what became of the request id before, and what somebody publishes."""


def decide_publication(
    newest: PublishedVersion | None,
    first: FirstAnswer | None,
    candidate: Candidate,
    now: Instant,
    differs: Reason,
) -> PublicationDecision:
    """Decides in the order of the table above. `differs`: why another request under a known id is refused."""
    if first is not None:
        return decide_repetition(candidate.fingerprint, first, differs)
    version = newest.version if newest else 0
    if version != candidate.seen:
        return PublicationDecision()
    if newest is not None and newest.content_sha256 == candidate.content_sha256:
        return PublicationDecision(answer=Answer(newest, changed=False))
    published = PublishedVersion(
        version=version + 1,
        content_sha256=candidate.content_sha256,
        published_at=now,
        actor=candidate.actor,
        comment=candidate.comment,
        entries=candidate.entries,
    )
    return PublicationDecision(answer=Answer(published, changed=True))


def decide_repetition(fingerprint: str, first: FirstAnswer, differs: Reason) -> PublicationDecision:
    """The first answer again, for the same request; refused for another one under its id."""
    if fingerprint == first.fingerprint:
        return PublicationDecision(answer=first.answer, repeated=True)
    return PublicationDecision(
        refused=Refused(
            differs,
            "a request with this id published something else; take a new request_id",
            "request_id",
        )
    )


def digest_of(files: Sequence[SourceFile], about: str = "") -> str:
    """SHA-256 over names and contents of files, `about` before them; lower-case hexadecimal."""
    digest = hashlib.sha256(about.encode())
    for file in files:
        for part in (file.name.encode(), file.content.encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
