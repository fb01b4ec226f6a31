"""Which of the agreements and parties that somebody publishes become versions.

request_id known, same request      the first answer again
request_id known, another request   DUPLICATE_DIFFERS
published by others since lint      moved: lint again, then decide again
would change a closed period        EFFECTIVE_DATE_SETTLED
equal to the newest version         nothing
else                                the next version
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused
from services.partner_settlement.domain.reasons import DUPLICATE_DIFFERS, EFFECTIVE_DATE_SETTLED


@dataclass(frozen=True, slots=True)
class PublishedAgreement:
    """A version without its content. `content_sha256` is lower-case hexadecimal."""

    agreement_code: str
    version: int
    effective_from: date
    content_sha256: str
    published_at: Instant
    published_by: str


@dataclass(frozen=True, slots=True)
class WrittenAgreement:
    """An agreement in its canonical forms. `source` is YAML and holds its worked examples too."""

    agreement_code: str
    effective_from: date
    content: bytes
    content_sha256: str
    source: str


@dataclass(frozen=True, slots=True)
class WrittenParty:
    """A party in its canonical form."""

    party_code: str
    content: bytes
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What somebody publishes. `seen`: the number of the last publication that lint looked at."""

    request_id: str
    fingerprint: str
    actor: str
    seen: int
    agreements: tuple[WrittenAgreement, ...]
    parties: tuple[WrittenParty, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became a new version, in order of code, and when."""

    published_at: Instant
    published: tuple[PublishedAgreement, ...] = ()
    party_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of an agreement or a party."""

    version: int
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision looks at.

    `number` of the last publication, 0 before the first; newest versions by code; the last day of the
    latest period closed for an agreement; what this request id asked for and got before.
    """

    number: int = 0
    agreements: Mapping[str, Newest] = field(default_factory=dict)
    parties: Mapping[str, Newest] = field(default_factory=dict)
    settled: Mapping[str, date] = field(default_factory=dict)
    first_fingerprint: str = ""
    first_answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Refused, moved, or answered; `repeated` where nothing is to be stored."""

    refused: Refused | None = None
    answer: Answer | None = None
    repeated: bool = False

    @property
    def moved(self) -> bool:
        """True where others published meanwhile, so that lint has to look again."""
        return self.refused is None and self.answer is None


def decide_publication(standing: Standing, candidate: Candidate, now: Instant) -> Decision:
    """Decides in the order of the table above."""
    if standing.first_answer is not None:
        return decide_repetition(candidate.fingerprint, standing.first_fingerprint, standing.first_answer)
    if standing.number != candidate.seen:
        return Decision()
    changed = [
        agreement
        for agreement in candidate.agreements
        if _differs(standing.agreements.get(agreement.agreement_code), agreement.content_sha256)
    ]
    for agreement in changed:
        refused = _settled(standing, agreement)
        if refused is not None:
            return Decision(refused=refused)
    return Decision(
        answer=Answer(
            now,
            tuple(_published(standing, agreement, candidate.actor, now) for agreement in changed),
            tuple(
                party.party_code
                for party in candidate.parties
                if _differs(standing.parties.get(party.party_code), party.content_sha256)
            ),
        )
    )


def decide_repetition(fingerprint: str, first_fingerprint: str, first_answer: Answer) -> Decision:
    """The first answer again, for the same request; refused for another one under its id."""
    if fingerprint == first_fingerprint:
        return Decision(answer=first_answer, repeated=True)
    return Decision(
        refused=Refused(
            DUPLICATE_DIFFERS,
            "a request with this id published something else; take a new request_id",
            "request_id",
        )
    )


def _differs(newest: Newest | None, content_sha256: str) -> bool:
    return newest is None or newest.content_sha256 != content_sha256


def _published(
    standing: Standing, agreement: WrittenAgreement, actor: str, now: Instant
) -> PublishedAgreement:
    newest = standing.agreements.get(agreement.agreement_code)
    return PublishedAgreement(
        agreement_code=agreement.agreement_code,
        version=newest.version + 1 if newest else 1,
        effective_from=agreement.effective_from,
        content_sha256=agreement.content_sha256,
        published_at=now,
        published_by=actor,
    )


def _settled(standing: Standing, agreement: WrittenAgreement) -> Refused | None:
    last = standing.settled.get(agreement.agreement_code)
    if last is None or agreement.effective_from > last:
        return None
    return Refused(
        EFFECTIVE_DATE_SETTLED,
        f"{agreement.agreement_code} is settled up to {last.isoformat()}; let the new version take effect "
        f"after that, instead of on {agreement.effective_from.isoformat()}",
        f"source.agreements.{agreement.agreement_code}.from",
        {"agreement_code": agreement.agreement_code, "latest_settled_day": last.isoformat()},
    )
