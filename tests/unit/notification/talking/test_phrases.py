"""Every word that the assistant may say is there, in each language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.notification.adapters.understanding.corpus import LANGUAGES, training_utterances
from services.notification.adapters.understanding.phrases import FluentPhrases
from services.notification.domain.talking import deciding, meanings
from services.notification.domain.talking.meanings import (
    HANDED_OVER,
    OFFERED,
    SMALL_TALK,
    TOOLS,
    is_actionable,
)

PHRASES = FluentPhrases()
TOPICS = {
    over.topic
    for over in (
        *HANDED_OVER.values(),
        *OFFERED.values(),
        *meanings.REFUSALS_OFFERING_A_PERSON.values(),
        meanings.NOT_UNDERSTOOD,
        meanings.ABUSIVE,
    )
}


def test_the_same_messages_stand_in_every_language() -> None:
    assert PHRASES.codes("en") == PHRASES.codes("de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_and_every_sentence_of_the_state_machine_has_words(language: str) -> None:
    for topic in TOPICS:
        assert "case-7" in PHRASES.say(f"over-{topic}", language, case="case-7")
        assert "“a”" in PHRASES.say(f"summary-{topic}", language, quotes="“a”")
    source = Path(deciding.__file__).read_text("utf-8")
    codes = set(re.findall(r'Say\("([a-z-]+)"', source))
    codes |= {f"ask-{slot}" for slot in ("amount", "offering", "plan", "offer", "cap", "hours", "language")}
    codes |= {intent.replace("_", "-") for intent in (*SMALL_TALK, *OFFERED)}
    assert codes <= PHRASES.codes(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_suggested_means_what_it_says(language: str) -> None:
    for intent in (*TOOLS, *HANDED_OVER, "complaint", "outage", "roaming_cost", "yes", "no"):
        label = PHRASES.label(intent, language)
        assert PHRASES.meaning(label) == PHRASES.meaning(f"  {label.upper()} ") == intent
    assert PHRASES.meaning("something else") == ""


def test_every_intent_that_is_learnt_is_handled() -> None:
    learnt = {utterance.intent for utterance in training_utterances(1)}
    handled = {intent for intent in learnt if is_actionable(intent)}
    assert learnt - handled - SMALL_TALK == {"yes", "no", "abuse", "out_of_scope"}
    assert handled == {*TOOLS, *HANDED_OVER, *OFFERED} - {"out_of_scope"}


def test_a_language_without_words_is_english() -> None:
    assert [PHRASES.language(wished) for wished in ("de-AT", "de_CH", "fr", "")] == ["de", "de", "en", "en"]
    with pytest.raises(KeyError):
        PHRASES.say("no-such-words", "en")
    with pytest.raises(KeyError):
        PHRASES.say("over-dispute", "en")
