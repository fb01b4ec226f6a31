"""Which files become the next version, and what a repeated request gets."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import Category, Reason
from services.common.kernel.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedVersion,
    decide_publication,
    digest_of,
)

NOW = Instant(5)
DIFFERS = Reason("DUPLICATE_DIFFERS", Category.CONFLICT)
FIRST = PublishedVersion(1, "aa", Instant(1), "desk")
CANDIDATE = Candidate("request", "print", "desk", 1, "bb", (), "why", 4)


def decided(
    newest: PublishedVersion | None, first: FirstAnswer | None, candidate: Candidate
) -> PublicationDecision:
    return decide_publication(newest, first, candidate, NOW, DIFFERS)


def test_the_first_publication_is_version_one() -> None:
    decision = decided(None, None, replace(CANDIDATE, seen=0))
    assert decision.answer == Answer(PublishedVersion(1, "bb", NOW, "desk", "why", 4), changed=True)


def test_other_content_is_the_next_version() -> None:
    decision = decided(FIRST, None, CANDIDATE)
    assert decision.answer == Answer(PublishedVersion(2, "bb", NOW, "desk", "why", 4), changed=True)


def test_equal_content_is_no_new_version() -> None:
    decision = decided(FIRST, None, replace(CANDIDATE, content_sha256="aa"))
    assert decision.answer == Answer(FIRST, changed=False)


def test_a_publication_in_between_makes_lint_look_again() -> None:
    second = replace(FIRST, version=2)
    assert decided(second, None, CANDIDATE).moved
    assert decided(None, None, CANDIDATE).moved


def test_the_same_request_gets_the_first_answer_whatever_happened_since() -> None:
    first = FirstAnswer("print", Answer(FIRST, changed=True))
    decision = decided(replace(FIRST, version=7), first, CANDIDATE)
    assert (decision.answer, decision.repeated) == (first.answer, True)


def test_another_request_under_the_same_id_is_refused() -> None:
    first = FirstAnswer("other", Answer(FIRST, changed=True))
    decision = decided(FIRST, first, CANDIDATE)
    assert decision.refused is not None
    assert (decision.refused.reason, decision.refused.field) == (DIFFERS, "request_id")
    assert decision.answer is None


def test_a_digest_is_of_names_contents_and_what_is_about_them() -> None:
    apart = [SourceFile("a", "bc"), SourceFile("d", "")]
    others = ([SourceFile("ab", "c"), SourceFile("d", "")], apart[:1], apart[::-1])
    assert len({digest_of(apart), digest_of(apart, "desk"), *(digest_of(other) for other in others)}) == 5
