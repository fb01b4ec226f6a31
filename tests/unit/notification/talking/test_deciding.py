"""The state machine of a conversation, utterance by utterance."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.cases import CasePriority
from services.notification.domain.talking import meanings
from services.notification.domain.talking.deciding import confirmed, decide, while_handed_over
from services.notification.domain.talking.meanings import HANDED_OVER, OFFERED, SMALL_TALK, TOOLS
from services.notification.domain.talking.memory import Memory, Pending, memory_of, memory_text
from services.notification.domain.talking.naming import SoldName
from services.notification.domain.talking.steps import (
    AskBack,
    Confirm,
    Decision,
    PassOn,
    Say,
    Score,
    Transfer,
    Use,
    Utterance,
)

NAMES = (
    SoldName("big", "Prepaid Big", "plan"),
    SoldName("weekly-pass", "Weekly Pass", "add-on"),
    SoldName("booster", "Booster", "add-on"),
)
PENDING = Memory(pending=Pending("token", "buy_add_on", "buy_add_on"))
INTENTS = sorted({*TOOLS, *HANDED_OVER, *OFFERED, *SMALL_TALK, meanings.YES, meanings.NO, meanings.ABUSE})


def said(intent: str, permille: int = 900, text: str = "some words", **entities: str) -> Utterance:
    names = {name.rstrip("_"): value for name, value in entities.items()}
    return Utterance(text, intent, permille, "bill", names)


def test_what_is_clear_is_done_at_once() -> None:
    decision = decide(said("balance"), Memory(), 0)
    assert decision == Decision(Use("balance", "get_balance", {}), Memory())


def test_what_is_unclear_is_asked_back_once_and_then_handed_over() -> None:
    first = decide(said("balance", 300), Memory(), 0)
    assert first.step == AskBack(("balance", "bill"))
    assert first.misses == 1
    second = decide(said("usage", 200), first.memory, first.misses)
    assert second.step == Transfer(meanings.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    ("answer", "does"),
    [
        (said("yes"), "balance"),
        (said("no", 200, "the second", ordinal="2"), "bill"),
        (said("no", 200, "2", number="2"), "bill"),
        (said("bill", 260), "bill"),
        (said("usage", 800), "usage"),
    ],
)
def test_asking_back_is_answered_by_either_of_the_two_or_by_something_clear(
    answer: Utterance, does: str
) -> None:
    asked = decide(said("balance", 300), Memory(), 0)
    step = decide(answer, asked.memory, asked.misses).step
    assert isinstance(step, Use)
    assert step.intent == does


@pytest.mark.parametrize("intent", ["no", "out_of_scope"])
def test_neither_of_the_two_goes_to_a_person(intent: str) -> None:
    asked = decide(said("balance", 300), Memory(), 0)
    assert isinstance(decide(said(intent), asked.memory, asked.misses).step, Transfer)


def test_what_is_hardly_a_guess_is_not_asked_back_for() -> None:
    first = decide(said("balance", 140), Memory(), 0)
    assert first.step == Say("not-understood", ("balance", "explain_charge", "offers", "top_up", "human"))
    assert isinstance(decide(said("balance", 140), first.memory, first.misses).step, Transfer)


@pytest.mark.parametrize(
    ("intent", "topic", "priority"),
    [
        ("dispute", "dispute", CasePriority.HIGH),
        ("fraud", "fraud", CasePriority.URGENT),
        ("vulnerable", "vulnerable", CasePriority.URGENT),
        ("human", "human-wanted", CasePriority.NORMAL),
    ],
)
@pytest.mark.parametrize("memory", [Memory(), PENDING, Memory(filling="top_up"), Memory(asked=("bill",))])
def test_some_things_go_to_a_person_whatever_is_being_talked_about(
    intent: str, topic: str, priority: CasePriority, memory: Memory
) -> None:
    step = decide(said(intent), memory, 0).step
    assert isinstance(step, Transfer)
    assert (step.over.topic, step.over.priority) == (topic, priority)


@pytest.mark.parametrize("text", ["HUMAN", "ein mensch bitte", "Agent!", "echte Person", "einen Mitarbeiter"])
def test_the_word_is_enough_even_where_the_model_knows_nothing(text: str) -> None:
    assert isinstance(decide(said("balance", 900, text), Memory(), 0).step, Transfer)


def test_who_asks_whether_this_is_a_human_gets_an_answer() -> None:
    assert decide(said("who_are_you", 800, "are you a human?"), Memory(), 0).step == Say(
        "who-are-you", ("balance", "explain_charge", "offers", "top_up")
    )


def test_a_clear_yes_confirms_and_an_unclear_one_is_asked_again() -> None:
    assert decide(said("yes"), PENDING, 0).step == Confirm(Pending("token", "buy_add_on", "buy_add_on"))
    for unclear in (said("yes", 500), said("yes", 900, "yes?"), said("yes", 900, "ok, but what is it?")):
        decision = decide(unclear, PENDING, 0)
        assert isinstance(decision.step, Say)
        assert decision.memory.pending == PENDING.pending


@pytest.mark.parametrize("intent", sorted(set(INTENTS) - {"yes"}))
def test_anything_else_drops_what_was_proposed(intent: str) -> None:
    assert decide(said(intent), PENDING, 0, NAMES).memory.pending is None


def test_only_what_was_proposed_last_is_confirmed_by_its_token() -> None:
    assert confirmed("token", PENDING).step == Confirm(Pending("token", "buy_add_on", "buy_add_on"))
    for memory in (Memory(), PENDING.cleared(), replace(PENDING, pending=Pending("t", "top_up", "top_up"))):
        assert isinstance(confirmed("token", memory).step, Say)


def test_what_is_missing_is_asked_for_and_filled_in() -> None:
    asked = decide(said("top_up"), Memory(), 0)
    assert asked.step == Say("ask-amount", choices=("10", "20", "50"))
    filled = decide(said("spend_cap", 700, "20 euro", amount="20 EUR"), asked.memory, asked.misses)
    assert filled.step == Use("top_up", "top_up", {"amount": "20 EUR"})


def test_what_was_said_before_the_question_counts() -> None:
    asked = decide(said("quiet_hours", 900, "quiet from 22:00", from_="22:00"), Memory(), 0)
    filled = decide(said("out_of_scope", 900, "7", until="07:00"), asked.memory, asked.misses)
    assert filled.step == Use(
        "quiet_hours", "set_preferences", {"quiet_from": "22:00", "quiet_until": "07:00"}
    )


def test_what_is_missing_is_asked_for_twice_then_a_person_takes_over() -> None:
    asked = decide(said("top_up"), Memory(), 0)
    again = decide(said("out_of_scope", 500), asked.memory, asked.misses)
    assert isinstance(again.step, Say)
    assert isinstance(decide(said("out_of_scope", 500), again.memory, again.misses).step, Transfer)


def test_another_topic_or_a_no_ends_the_question() -> None:
    asked = decide(said("top_up"), Memory(), 0)
    other = decide(said("bill", 900, "what is my bill"), asked.memory, asked.misses)
    assert other.step == Use("bill", "list_bills", {})
    assert other.memory == Memory()
    assert decide(said("no"), asked.memory, asked.misses).step == Say(
        "dropped", ("balance", "explain_charge", "offers", "top_up")
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the weekly pass please", "weekly-pass"),
        ("Wochenpass", "weekly-pass"),
        ("den boster", "booster"),
        ("booster", "booster"),
    ],
)
def test_things_are_found_by_names_synonyms_and_with_typos(text: str, code: str) -> None:
    step = decide(said("buy_add_on", 900, text), Memory(), 0, NAMES).step
    assert step == Use("buy_add_on", "buy_add_on", {"offering_code": code})


def test_a_plan_is_no_add_on_and_the_other_way_round() -> None:
    add_on = decide(said("buy_add_on", 900, "prepaid big"), Memory(), 0, NAMES).step
    plan = decide(said("change_plan", 900, "booster"), Memory(), 0, NAMES).step
    assert add_on == Say("ask-offering", choices=("Weekly Pass", "Booster"))
    assert plan == Say("ask-plan", choices=("Prepaid Big",))


def test_complaints_and_faults_offer_a_person_and_a_yes_takes_it() -> None:
    for intent in ("complaint", "outage"):
        offered = decide(said(intent), Memory(), 0)
        step = decide(said("yes"), offered.memory, 0).step
        assert step == Transfer(OFFERED[intent])
        assert isinstance(decide(said("no"), offered.memory, 0).step, Say)


def test_abuse_is_met_calmly_once() -> None:
    first = decide(said("abuse"), Memory(), 0)
    assert isinstance(first.step, Say)
    between = decide(said("balance"), first.memory, 0)
    assert decide(said("abuse"), between.memory, 0).step == Transfer(meanings.ABUSIVE)


def test_who_talks_of_other_things_is_told_so_then_offered_a_person() -> None:
    first = decide(said("out_of_scope"), Memory(), 0)
    second = decide(said("out_of_scope"), first.memory, first.misses)
    assert [decision.step.code for decision in (first, second) if isinstance(decision.step, Say)] == [
        "out-of-scope",
        "out-of-scope-again",
    ]
    assert isinstance(decide(said("yes"), second.memory, 0).step, Transfer)


def test_a_score_is_taken_only_where_it_was_asked_for() -> None:
    asked = Memory(asks_score=True)
    for text, score in (("5", 5), ("4 stars", 4), ("drei", 3), ("1/5", 1), ("2 von 5.", 2)):
        assert decide(said("no", 200, text), asked, 0).step == Score(score)
    for text in ("6", "0", "50 euro", "my balance"):
        assert not isinstance(decide(said("balance", 900, text), asked, 0).step, Score)
    assert not isinstance(decide(said("no", 200, "5"), Memory(), 0).step, Score)


def test_that_a_person_answers_is_said_once_for_each_case() -> None:
    first = while_handed_over("case-1", Memory())
    assert first.step == PassOn(True)
    assert while_handed_over("case-1", first.memory).step == PassOn(False)
    assert while_handed_over("case-2", first.memory).step == PassOn(True)


UTTERANCES = st.builds(
    Utterance,
    st.text(max_size=30) | st.sampled_from(["yes", "20", "weekly pass", "the first", "5", "Video"]),
    st.sampled_from([*INTENTS, "out_of_scope"]),
    st.integers(0, 1000),
    st.sampled_from([*INTENTS, "out_of_scope", ""]),
    st.dictionaries(
        st.sampled_from(["amount", "number", "ordinal", "from", "until", "day", "lifted", "language"]),
        st.sampled_from(["1", "2", "20 EUR", "22:00", "last", "yes", "de", "2026-11-27"]),
    ),
)


@given(st.lists(UTTERANCES, max_size=12))
def test_in_any_conversation_a_tool_is_only_ever_that_of_a_meaning(utterances: list[Utterance]) -> None:
    """And a confirmation needs a yes, or who takes an offer that was proposed; memory survives storing."""

    def step(before: Decision, utterance: Utterance) -> Decision:
        after = decide(utterance, before.memory, before.misses, NAMES)
        if isinstance(after.step, Use):
            assert TOOLS[after.step.intent] == after.step.tool
        if isinstance(after.step, Confirm):
            assert utterance.intent in (meanings.YES, meanings.ACCEPT_OFFER)
            assert after.step.pending == before.memory.pending
        assert memory_of(memory_text(after.memory)) == after.memory
        return replace(after, memory=replace(after.memory, offers=(("video", "Video"),), decision_id="d"))

    start = Decision(Say("greeting"), PENDING)
    reduce(step, utterances, start)
