"""Which policies become the next version, and what a repeated request gets."""

from __future__ import annotations

from dataclasses import replace

from services.common.kernel.clock import Instant
from services.offers.domain.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublishedPolicies,
    decide_publication,
)

NOW = Instant(5)
FIRST = PublishedPolicies(1, "aa", Instant(1), "desk")
CANDIDATE = Candidate("request", "print", "desk", 1, "bb", ())


def test_the_first_publication_is_version_one() -> None:
    decision = decide_publication(None, None, replace(CANDIDATE, seen=0), NOW)
    assert decision.answer == Answer(PublishedPolicies(1, "bb", NOW, "desk"), changed=True)


def test_other_content_is_the_next_version() -> None:
    decision = decide_publication(FIRST, None, CANDIDATE, NOW)
    assert decision.answer == Answer(PublishedPolicies(2, "bb", NOW, "desk"), changed=True)


def test_equal_content_is_no_new_version() -> None:
    decision = decide_publication(FIRST, None, replace(CANDIDATE, content_sha256="aa"), NOW)
    assert decision.answer == Answer(FIRST, changed=False)


def test_a_publication_in_between_makes_lint_look_again() -> None:
    second = replace(FIRST, version=2)
    assert decide_publication(second, None, CANDIDATE, NOW).moved


def test_the_same_request_gets_the_first_answer_whatever_happened_since() -> None:
    first = FirstAnswer("print", Answer(FIRST, changed=True))
    decision = decide_publication(replace(FIRST, version=7), first, CANDIDATE, NOW)
    assert (decision.answer, decision.repeated) == (first.answer, True)


def test_another_request_under_the_same_id_is_refused() -> None:
    first = FirstAnswer("other", Answer(FIRST, changed=True))
    decision = decide_publication(FIRST, first, CANDIDATE, NOW)
    assert decision.refused is not None
    assert decision.refused.reason.name == "DUPLICATE_DIFFERS"
    assert decision.answer is None
