"""Which agreements and parties become versions: the table of domain/publication.py, row by row."""

from __future__ import annotations

from datetime import date

import pytest

from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.partner_settlement.application.agreement_publish import PublishRequest
from services.partner_settlement.domain.publication import (
    Answer,
    Candidate,
    Decision,
    Newest,
    Standing,
    WrittenAgreement,
    WrittenParty,
    decide_publication,
)

NOW = Instant(7)
MONDAY = date(2026, 7, 6)


def candidate(seen: int = 3, fingerprint: str = "f") -> Candidate:
    return Candidate(
        request_id="r",
        fingerprint=fingerprint,
        actor="desk",
        seen=seen,
        agreements=(
            WrittenAgreement("kept", MONDAY, b"", "same", ""),
            WrittenAgreement("moved", MONDAY, b"", "other", ""),
            WrittenAgreement("new", MONDAY, b"", "first", ""),
        ),
        parties=(WrittenParty("melody", b"", "same"), WrittenParty("cinema", b"", "other")),
    )


def standing(number: int = 3, **more: object) -> Standing:
    return Standing(
        number=number,
        agreements={"kept": Newest(4, "same"), "moved": Newest(2, "before")},
        parties={"melody": Newest(1, "same"), "cinema": Newest(1, "before")},
        **more,  # type: ignore[arg-type]
    )


def decide(before: Standing, proposed: Candidate | None = None) -> Decision:
    return decide_publication(before, proposed or candidate(), NOW)


def refused(decision: Decision) -> str:
    assert decision.refused is not None
    return decision.refused.reason.name


def test_what_differs_is_the_next_version_and_what_is_new_the_first() -> None:
    answer = decide(standing()).answer
    assert answer is not None
    assert [(item.agreement_code, item.version) for item in answer.published] == [("moved", 3), ("new", 1)]
    assert {(item.published_at, item.published_by) for item in answer.published} == {(NOW, "desk")}
    assert answer.party_codes == ("cinema",)


def test_what_others_published_meanwhile_must_be_looked_at_first() -> None:
    decision = decide(standing(number=4))
    assert decision.moved
    assert (decision.refused, decision.answer) == (None, None)


def test_the_first_answer_stands_whatever_happened_since() -> None:
    first = Answer(Instant(1))
    known = standing(number=9, first_fingerprint="f", first_answer=first)
    assert decide(known) == Decision(answer=first, repeated=True)
    assert refused(decide(known, candidate(fingerprint="another"))) == "DUPLICATE_DIFFERS"


@pytest.mark.parametrize(
    ("last_day", "reason"),
    [
        (date(2026, 7, 5), ""),
        (date(2026, 7, 6), "EFFECTIVE_DATE_SETTLED"),
        (date(2026, 7, 12), "EFFECTIVE_DATE_SETTLED"),
    ],
)
def test_a_version_begins_after_the_last_day_that_is_settled(last_day: date, reason: str) -> None:
    decision = decide(standing(settled={"moved": last_day}))
    assert (refused(decision) if decision.refused else "") == reason


def test_what_does_not_change_may_be_settled() -> None:
    assert decide(standing(settled={"kept": date(2027, 1, 1)})).refused is None


def test_a_request_is_known_again_by_its_words_and_its_actor() -> None:
    files = (SourceFile("a", "b"), SourceFile("c", "d"))
    first = PublishRequest("1", files, "desk").fingerprint
    assert PublishRequest("2", files, "desk").fingerprint == first
    for other in (
        PublishRequest("1", files, "floor"),
        PublishRequest("1", files[:1], "desk"),
        PublishRequest("1", (SourceFile("ab", ""), SourceFile("c", "d")), "desk"),
    ):
        assert other.fingerprint != first
