"""Whether a catalog becomes a version, and which.

request_id known, same content      the first answer again
request_id known, other content     DUPLICATE_DIFFERS
other catalog code or currency      CATALOG_CODE_DIFFERS, CURRENCY_DIFFERS
content of the newest version       unchanged: nothing is published
effective before the newest version EFFECTIVE_DATE_PASSED
else                                the next version
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.catalog.domain.reasons import (
    CATALOG_CODE_DIFFERS,
    CURRENCY_DIFFERS,
    DUPLICATE_DIFFERS,
    EFFECTIVE_DATE_PASSED,
)
from services.common.kernel.clock import Instant, iso
from services.common.kernel.outcome import Refused


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One immutable version. `content_sha256`: lower-case hexadecimal over the content charging gets."""

    version: int
    catalog_code: str
    currency_code: str
    effective_from: Instant
    published_at: Instant
    published_by: str
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What someone asks to publish. `effective_from` None: now. `source_sha256` covers the examples too."""

    request_id: str
    actor: str
    catalog_code: str
    currency_code: str
    content_sha256: str
    source_sha256: str
    effective_from: Instant | None

    @property
    def fingerprint(self) -> str:
        """Equal for two requests that ask for the same."""
        effective = "now" if self.effective_from is None else str(self.effective_from)
        return f"{self.source_sha256} {effective} {self.actor}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the version it made, or found unchanged."""

    published: PublishedVersion
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision looks at: the newest version, and what this request id asked for and got before."""

    newest: PublishedVersion | None
    first_fingerprint: str = ""
    first_answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Either refused, or answered; `is_new` where a version is to be stored, `repeated` where nothing is."""

    refused: Refused | None = None
    answer: Answer | None = None
    is_new: bool = False
    repeated: bool = False


def decide_publication(standing: Standing, candidate: Candidate, now: Instant) -> Decision:
    """Decides in the order of the table above."""
    if standing.first_answer is not None:
        if standing.first_fingerprint == candidate.fingerprint:
            return Decision(answer=standing.first_answer, repeated=True)
        return Decision(
            refused=Refused(
                DUPLICATE_DIFFERS,
                f"request {candidate.request_id} published something else; take a new request_id",
                "request_id",
            )
        )
    version = PublishedVersion(
        version=1,
        catalog_code=candidate.catalog_code,
        currency_code=candidate.currency_code,
        effective_from=now if candidate.effective_from is None else candidate.effective_from,
        published_at=now,
        published_by=candidate.actor,
        content_sha256=candidate.content_sha256,
    )
    if standing.newest is None:
        return Decision(answer=Answer(version), is_new=True)
    return _after(standing.newest, version)


def _after(newest: PublishedVersion, version: PublishedVersion) -> Decision:
    refused = _refusal(newest, version)
    if refused is not None:
        return Decision(refused=refused)
    if version.content_sha256 == newest.content_sha256:
        return Decision(answer=Answer(newest, unchanged=True))
    return Decision(answer=Answer(replace(version, version=newest.version + 1)), is_new=True)


def _refusal(newest: PublishedVersion, version: PublishedVersion) -> Refused | None:
    if version.catalog_code != newest.catalog_code:
        return Refused(
            CATALOG_CODE_DIFFERS,
            f"this service publishes {newest.catalog_code}; {version.catalog_code} is another catalog",
            "source.catalog",
        )
    if version.currency_code != newest.currency_code:
        return Refused(
            CURRENCY_DIFFERS,
            f"accounts hold {newest.currency_code}; a catalog in {version.currency_code} cannot follow",
            "source.currency",
        )
    if version.content_sha256 != newest.content_sha256 and version.effective_from < newest.effective_from:
        return Refused(
            EFFECTIVE_DATE_PASSED,
            f"version {newest.version} takes effect on {iso(newest.effective_from)}; "
            "a later version cannot take effect before it",
            "effective_from",
            {"newest_version": str(newest.version), "newest_effective_from": iso(newest.effective_from)},
        )
    return None
