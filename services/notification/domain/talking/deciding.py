"""The state machine: from an utterance and what is kept in mind to the next step. It knows no words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.notification.domain.cases import CasePriority
from services.notification.domain.talking import meanings
from services.notification.domain.talking.filling import Filled, Missing, fill, offer_named
from services.notification.domain.talking.lexicon import is_plain_answer, score_in, wants_person
from services.notification.domain.talking.meanings import (
    ANSWER_PERMILLE,
    HANDED_OVER,
    NO,
    OFFERED,
    OUT_OF_SCOPE,
    SMALL_TALK,
    SURE_PERMILLE,
    TOOLS,
    YES,
    HandOver,
    is_actionable,
)
from services.notification.domain.talking.memory import Memory
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

TOPICS = ("balance", "explain_charge", "offers", "top_up")
"""What is suggested to who does not know what to say."""
YES_OR_NO = (YES, NO)
_AMONG_ASKED_PERMILLE = 250
"""An utterance that was asked back for needs to be less sure of it."""
_WORTH_ASKING_PERMILLE = 200
"""Below, a guess is none: who is asked back for it only wonders."""
_ABUSES_BEFORE_TRANSFER = 2
_STRAYS_BEFORE_OFFER = 2
_SHORT_ANSWER_WORDS = 3


def decide(said: Utterance, memory: Memory, misses: int, names: Sequence[SoldName] = ()) -> Decision:
    """The next step while the assistant answers."""
    if memory.asks_score and (score := score_in(said.text)):
        return Decision(Score(score), memory.cleared())
    if offer_named(said.text, memory):
        said = replace(said, intent=meanings.ACCEPT_OFFER, permille=1000)
    return (
        _to_a_person(said, memory)
        or _answer_to_proposal(said, memory)
        or _answer_to_offered_person(said, memory)
        or _answer_to_asking_back(said, memory, names)
        or _answer_to_slot(said, memory, misses, names)
        or _fresh(said, memory.cleared(), misses, names)
    )


def confirmed(token: str, memory: Memory) -> Decision:
    """A yes by its token, as apps send it. Only what was proposed last can be confirmed."""
    if memory.pending is None or memory.pending.token != token:
        return Decision(Say("proposal-over", TOPICS), memory.cleared())
    return Decision(Confirm(memory.pending), memory.cleared())


def while_handed_over(case_id: str, memory: Memory) -> Decision:
    """A person answers: what is said goes there, and that is said once."""
    tell = memory.told_of != case_id
    return Decision(PassOn(tell), replace(memory.cleared(), told_of=case_id, tried=()))


def _to_a_person(said: Utterance, memory: Memory) -> Decision | None:
    """Who wants a person, is in danger or is owed money is not kept by a machine."""
    is_sure = said.permille >= ANSWER_PERMILLE
    asks_what_we_are = said.intent == meanings.WHO_ARE_YOU and is_sure
    if wants_person(said.text) and not asks_what_we_are:
        return Decision(Transfer(HANDED_OVER[meanings.HUMAN]), memory.cleared())
    if said.intent in HANDED_OVER and is_sure:
        look = _charge_meant(said) if said.intent == meanings.DISPUTE else None
        return Decision(Transfer(HANDED_OVER[said.intent], look), memory.cleared())
    return None


def _charge_meant(said: Utterance) -> Use:
    """Who takes a dispute on wants to know the charge."""
    filled = fill(meanings.EXPLAIN_CHARGE, said.text, said.entities, Memory(), ())
    arguments = filled.arguments if isinstance(filled, Filled) else {}
    return Use(meanings.EXPLAIN_CHARGE, TOOLS[meanings.EXPLAIN_CHARGE], arguments)


def _answer_to_proposal(said: Utterance, memory: Memory) -> Decision | None:
    """A clear yes confirms, a no drops, an unclear yes is asked again, another topic drops."""
    if memory.pending is None:
        return None
    takes_it = said.intent == meanings.ACCEPT_OFFER and memory.pending.intent == meanings.ACCEPT_OFFER
    if said.intent == YES or (takes_it and not said.entities.get("ordinal")):
        if said.permille >= SURE_PERMILLE and is_plain_answer(said.text):
            return Decision(Confirm(memory.pending), memory.cleared())
        return Decision(Say("yes-or-no", YES_OR_NO), memory)
    if said.intent == NO and said.permille >= ANSWER_PERMILLE:
        return Decision(Say("dropped", TOPICS), memory.cleared())
    return None


def _answer_to_offered_person(said: Utterance, memory: Memory) -> Decision | None:
    if not memory.person or said.permille < ANSWER_PERMILLE:
        return None
    if said.intent == YES:
        over = OFFERED.get(memory.person) or HandOver(memory.person, CasePriority.NORMAL)
        return Decision(Transfer(over), memory.cleared())
    if said.intent == NO:
        return Decision(Say("as-you-like", TOPICS), memory.cleared())
    return None


def _answer_to_asking_back(said: Utterance, memory: Memory, names: Sequence[SoldName]) -> Decision | None:
    """One of the two, or something clear; else it was not understood twice."""
    if not memory.asked:
        return None
    place = said.entities.get("ordinal") or said.entities.get("number", "")
    is_place = place.isdecimal() and 1 <= int(place) <= len(memory.asked)
    if is_place and len(said.text.split()) <= _SHORT_ANSWER_WORDS:
        return _act(replace(said, intent=memory.asked[int(place) - 1], entities={}), memory.cleared(), names)
    if said.intent == YES and said.permille >= ANSWER_PERMILLE:
        return _act(replace(said, intent=memory.asked[0], entities={}), memory.cleared(), names)
    if said.intent in memory.asked and said.permille >= _AMONG_ASKED_PERMILLE:
        return _act(said, memory.cleared(), names)
    if said.intent in (NO, OUT_OF_SCOPE) or said.permille < ANSWER_PERMILLE:
        return Decision(Transfer(meanings.NOT_UNDERSTOOD), memory.cleared())
    return None


def _answer_to_slot(
    said: Utterance, memory: Memory, misses: int, names: Sequence[SoldName]
) -> Decision | None:
    """What was asked for, a no, another topic; else it is asked for once more, then a person takes over."""
    if not memory.filling:
        return None
    if said.intent == NO and said.permille >= SURE_PERMILLE and "lifted" not in said.entities:
        return Decision(Say("dropped", TOPICS), memory.cleared())
    entities = {**dict(memory.given), **said.entities}
    filled = fill(memory.filling, said.text, entities, memory, names)
    if _is_other_topic(said, memory, is_answer=isinstance(filled, Filled)):
        return None
    if isinstance(filled, Filled):
        return Decision(Use(memory.filling, TOOLS[memory.filling], filled.arguments), memory.cleared())
    if misses or not isinstance(filled, Missing):
        return Decision(Transfer(meanings.NOT_UNDERSTOOD), memory.cleared())
    kept = replace(memory, given=tuple(entities.items()))
    return Decision(Say(f"ask-{filled.slot}", choices=filled.choices), kept, misses + 1)


def _is_other_topic(said: Utterance, memory: Memory, *, is_answer: bool) -> bool:
    """A few words that fit are the answer, whatever they would mean by themselves."""
    if is_answer and len(said.text.split()) <= _SHORT_ANSWER_WORDS:
        return False
    same = (memory.filling, OUT_OF_SCOPE, YES, *SMALL_TALK)
    return said.intent not in same and said.permille >= SURE_PERMILLE


def _fresh(said: Utterance, memory: Memory, misses: int, names: Sequence[SoldName]) -> Decision:
    """A new topic."""
    if said.permille < ANSWER_PERMILLE:
        return _not_understood(said, memory, misses)
    if said.intent != OUT_OF_SCOPE:
        memory = replace(memory, strays=0)
    if said.intent == meanings.ABUSE:
        return _abused(memory)
    if said.intent in SMALL_TALK:
        return Decision(Say(said.intent.replace("_", "-"), TOPICS), memory)
    if said.intent == OUT_OF_SCOPE:
        return _stray(memory)
    if said.intent in YES_OR_NO:
        return Decision(Say("nothing-asked", TOPICS), memory)
    return _act(said, memory, names)


def _act(said: Utterance, memory: Memory, names: Sequence[SoldName]) -> Decision:
    """Does what an intent is good for."""
    if said.intent in HANDED_OVER:
        return Decision(Transfer(HANDED_OVER[said.intent]), memory)
    if said.intent in OFFERED:
        return Decision(Say(said.intent.replace("_", "-"), YES_OR_NO), replace(memory, person=said.intent))
    filled = fill(said.intent, said.text, said.entities, memory, names)
    if isinstance(filled, Filled):
        return Decision(Use(said.intent, TOOLS[said.intent], filled.arguments), memory)
    if isinstance(filled, Missing):
        kept = replace(memory, filling=said.intent, given=tuple(said.entities.items()))
        return Decision(Say(f"ask-{filled.slot}", choices=filled.choices), kept)
    # Which offers there are must be known first; the answer to their list is the answer to this.
    kept = replace(memory, filling=said.intent)
    return Decision(Use(meanings.OFFERS, TOOLS[meanings.OFFERS], {}), kept)


def _not_understood(said: Utterance, memory: Memory, misses: int) -> Decision:
    if misses:
        return Decision(Transfer(meanings.NOT_UNDERSTOOD), memory)
    likeliest = tuple(intent for intent in (said.intent, said.runner_up) if is_actionable(intent))
    if not likeliest or said.permille < _WORTH_ASKING_PERMILLE:
        return Decision(Say("not-understood", (*TOPICS, meanings.HUMAN)), memory, misses + 1)
    return Decision(AskBack(likeliest), replace(memory, asked=likeliest), misses + 1)


def _abused(memory: Memory) -> Decision:
    """Calm once; then people, who may end it."""
    abuses = memory.abuses + 1
    if abuses >= _ABUSES_BEFORE_TRANSFER:
        return Decision(Transfer(meanings.ABUSIVE), replace(memory, abuses=0))
    return Decision(Say("abuse", (*TOPICS, meanings.HUMAN)), replace(memory, abuses=abuses))


def _stray(memory: Memory) -> Decision:
    """Not about us: said so; who goes on is offered a person."""
    strays = memory.strays + 1
    if strays >= _STRAYS_BEFORE_OFFER:
        return Decision(Say("out-of-scope-again", YES_OR_NO), replace(memory, strays=0, person=OUT_OF_SCOPE))
    return Decision(Say("out-of-scope", TOPICS), replace(memory, strays=strays))
