"""Cases go forward only, whatever is tried."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused
from services.notification.domain import reasons
from services.notification.domain.case_steps import (
    answered,
    answered_fact,
    assigned,
    given_back,
    handed_over,
    opened_fact,
    resolved,
)
from services.notification.domain.cases import Case, CasePriority, CaseState
from services.notification.domain.conversations import Author, ConversationState, Message
from services.notification.domain.facts import FACT_FIELDS
from tests.support.notification_cases import BEGIN, conversation

OPEN = Case(
    "case-1",
    1,
    "s-1",
    "a-1",
    "talk-1",
    CaseState.OPEN,
    CasePriority.HIGH,
    "dispute",
    "charged twice",
    BEGIN,
    BEGIN,
)
LATER = Instant(BEGIN + 1)
steps = st.lists(st.sampled_from(["assign", "answer", "resolve"]), max_size=8)


def _take(case: Case, step: str, now: Instant) -> Case | Refused:
    if step == "assign":
        return assigned(case, "jo", now)
    return answered(case, "kim", now) if step == "answer" else resolved(case, "paid back", now)


@given(steps)
def test_a_case_never_goes_back_and_what_is_resolved_stays_so(taken: list[str]) -> None:
    case, is_over = OPEN, False
    for number, step in enumerate(taken):
        outcome = _take(case, step, Instant(BEGIN + number))
        if is_over:
            assert isinstance(outcome, Refused)
            assert outcome.reason is reasons.CASE_RESOLVED
            continue
        assert isinstance(outcome, Case)
        assert outcome.state >= case.state
        assert outcome.state is not CaseState.ASSIGNED or outcome.assignee
        case, is_over = outcome, step == "resolve"


def test_who_answers_first_has_taken_it_on_and_keeps_it() -> None:
    first = answered(OPEN, "kim", LATER)
    assert isinstance(first, Case)
    assert (first.assignee, first.state) == ("kim", CaseState.ASSIGNED)
    second = answered(first, "jo", LATER)
    assert isinstance(second, Case)
    assert second.assignee == "kim"


def test_the_same_assignee_again_changes_nothing() -> None:
    once = assigned(OPEN, "jo", LATER)
    assert isinstance(once, Case)
    assert assigned(once, "jo", Instant(LATER + 1)) == once


def test_a_conversation_is_handed_over_and_given_back() -> None:
    with_people = handed_over(replace(conversation(), misses=2), OPEN)
    assert (with_people.state, with_people.case_id, with_people.misses) == (
        ConversationState.HANDED_OVER,
        "case-1",
        0,
    )
    assert given_back(with_people).state is ConversationState.ASSISTANT


def test_facts_have_the_fields_that_rules_expect() -> None:
    message = Message("talk-1", 4, Author.AGENT, "we pay it back", LATER)
    for fact in (opened_fact(OPEN), answered_fact(OPEN, message, "kim")):
        assert fact.values.keys() == FACT_FIELDS[fact.kind].keys()
    assert opened_fact(OPEN).recipient.key == "operator"
    assert answered_fact(OPEN, message, "kim").cause_id == "case-case-1-4"
