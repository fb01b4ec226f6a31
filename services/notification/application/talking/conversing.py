"""Fulfils `Conversing`: each utterance is one turn, the turns of a conversation one after the other."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.common.kernel.clock import Clock
from services.common.kernel.identifiers import is_request_id
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.application.cases.transcripts import Transcripts
from services.notification.application.ports import (
    CaseDesk,
    Directory,
    Heard,
    PreferenceStore,
    Said,
    ToolBox,
)
from services.notification.application.talking.locks import Locks
from services.notification.application.talking.ports import Phrases, SoldNames
from services.notification.application.talking.turn import Stepping, Turn
from services.notification.application.talking.understanding import Understanding, Understood
from services.notification.domain import reasons
from services.notification.domain.cases import Case, CaseState
from services.notification.domain.conversations import Author, Conversation, ConversationState, Message
from services.notification.domain.talking import meanings
from services.notification.domain.talking.deciding import confirmed, decide, while_handed_over
from services.notification.domain.talking.masking import clean
from services.notification.domain.talking.memory import Memory, memory_of, memory_text
from services.notification.domain.talking.steps import Decision, Use, Utterance

LONGEST_TEXT = 1_000
_SURE_OF_LANGUAGE = 700
_SCORES = range(1, 6)
_LONGEST_LANGUAGE = 35


@dataclass(frozen=True, slots=True)
class TalkingPorts:
    """What a conversation is built on."""

    transcripts: Transcripts
    understanding: Understanding
    tools: ToolBox
    desk: CaseDesk
    directory: Directory
    preferences: PreferenceStore
    sold: SoldNames
    phrases: Phrases
    clock: Clock
    new_id: Callable[[], str]


class Talking:
    """The assistant in plain text."""

    def __init__(self, ports: TalkingPorts) -> None:
        self._ports = ports
        self._stepping = Stepping(ports.tools, ports.desk, ports.transcripts, ports.phrases)
        self._locks = Locks()

    async def converse(self, said: Said) -> Heard:
        """Answers. Raises as `Conversing.converse`."""
        text = _checked(said)
        conversation_id = said.conversation_id or self._new_conversation_id(said)
        async with self._locks.of(conversation_id):
            conversation = await self._ports.transcripts.conversation(conversation_id)
            if conversation is None:
                if said.conversation_id:
                    raise RefusedError(_unknown(conversation_id))
                conversation = await self._begun(conversation_id, said)
            if conversation.subscriber_id != said.subscriber_id:
                raise RefusedError(_unknown(conversation_id))
            earlier = await self._earlier(conversation_id, said.request_id, text)
            if earlier:
                return Heard(conversation_id, conversation.state, tuple(earlier), conversation.case_id)
            if conversation.state is ConversationState.CLOSED:
                words = "this conversation is over; begin another one"
                raise RefusedError(Refused(reasons.CONVERSATION_CLOSED, words, "conversation_id"))
            return await self._turn(conversation, replace(said, text=text))

    async def get(self, conversation_id: str, after_sequence: int) -> tuple[Conversation, Sequence[Message]]:
        """A conversation and what was said after a place. Raises RefusedError CONVERSATION_UNKNOWN."""
        conversation = await self._ports.transcripts.conversation(conversation_id)
        if conversation is None:
            raise RefusedError(_unknown(conversation_id))
        return conversation, await self._ports.transcripts.messages(conversation_id, after_sequence)

    async def rate(self, conversation_id: str, score: int, comment: str) -> None:
        """How it was. Raises RefusedError CONVERSATION_UNKNOWN, FIELD_INVALID."""
        if score not in _SCORES:
            raise RefusedError(Refused(reasons.FIELD_INVALID, "a score is 1 to 5", "score"))
        if len(comment) > LONGEST_TEXT:
            words = f"a comment has at most {LONGEST_TEXT} characters"
            raise RefusedError(Refused(reasons.FIELD_INVALID, words, "comment"))
        if not await self._ports.transcripts.rate(conversation_id, score, clean(comment)):
            raise RefusedError(_unknown(conversation_id))

    async def ask_for_score(self, case: Case) -> bool:
        """Asks how it was, once for each case that is over and not rated; returns whether it asked."""
        if case.state is not CaseState.RESOLVED or case.score:
            return False
        async with self._locks.of(case.conversation_id):
            transcripts = self._ports.transcripts
            conversation = await transcripts.conversation(case.conversation_id)
            if conversation is None or conversation.case_id != case.case_id:
                return False
            memory = remembered(await transcripts.messages(case.conversation_id))
            if memory.scored == case.case_id or conversation.state is not ConversationState.ASSISTANT:
                return False
            await transcripts.add(conversation, [self._score_question(conversation, memory)])
            return True

    async def _begun(self, conversation_id: str, said: Said) -> Conversation:
        conversation = Conversation(
            conversation_id,
            said.subscriber_id,
            said.account_id,
            said.language,
            ConversationState.ASSISTANT,
            self._ports.clock.now(),
        )
        await self._ports.transcripts.start(conversation)
        return conversation

    async def _earlier(self, conversation_id: str, request_id: str, text: str) -> Sequence[Message]:
        """What the same request came to before. Raises RefusedError DUPLICATE_DIFFERS."""
        if not request_id:
            return ()
        earlier = await self._ports.transcripts.answered(conversation_id, request_id)
        if earlier and text and earlier[0].text != text:
            words = "this request_id said something else; use a new one"
            raise RefusedError(Refused(reasons.DUPLICATE_DIFFERS, words, "request_id"))
        return earlier

    async def _turn(self, conversation: Conversation, said: Said) -> Heard:
        history = await self._ports.transcripts.messages(conversation.conversation_id)
        memory = remembered(history)
        is_over = await self._is_over(conversation)
        understood = await self._understood(said)
        turn = Turn(
            conversation,
            history,
            said.text,
            self._language(conversation, understood),
            understood.intent,
            understood.confidence_permille,
            self._ports.clock.now(),
        )
        if conversation.state is ConversationState.HANDED_OVER and not is_over:
            turn = replace(turn, intent="", permille=0)
            decision = while_handed_over(conversation.case_id, memory)
        else:
            decision = await self._decision(conversation, said, understood, memory)
        turn = _in_wished_language(turn, decision)
        taken = await self._stepping.take(turn, decision)
        messages = [self._from_customer(turn, taken.memory), *([taken.reply] if taken.reply else [])]
        if is_over and memory.scored != conversation.case_id:
            messages.append(self._score_question(replace(conversation, language=turn.language), taken.memory))
        return await self._stored(turn, messages, decision.misses, said.request_id, is_over)

    async def _decision(
        self, conversation: Conversation, said: Said, understood: Understood, memory: Memory
    ) -> Decision:
        if said.confirm:
            return confirmed(said.confirm, memory)
        utterance = Utterance(
            said.text,
            understood.intent,
            understood.confidence_permille,
            understood.runner_up,
            understood.entities,
        )
        needs_names = {understood.intent, memory.filling, *memory.asked} & _BOUGHT
        names = await self._ports.sold.names() if needs_names else ()
        return decide(utterance, memory, conversation.misses, names)

    async def _is_over(self, conversation: Conversation) -> bool:
        """True where a case was opened in this conversation and is resolved."""
        if not conversation.case_id:
            return False
        case = await self._ports.desk.get(conversation.case_id)
        return case.state is CaseState.RESOLVED

    async def _understood(self, said: Said) -> Understood:
        preferences = await self._ports.preferences.get(said.subscriber_id)
        customer = await self._ports.directory.customer(said.subscriber_id)
        zone = preferences.time_zone or (customer.time_zone if customer is not None else "UTC")
        wished = said.language or preferences.language
        understood = await asyncio.to_thread(
            self._ports.understanding.understand, said.text, wished, zone, self._ports.clock.now()
        )
        meaning = self._ports.phrases.meaning(said.text)
        if meaning:
            understood = replace(understood, intent=meaning, confidence_permille=1000)
        return replace(understood, language=wished) if wished else understood

    def _language(self, conversation: Conversation, understood: Understood) -> str:
        """Short words are in many languages: then the conversation's goes on."""
        is_sure = understood.language_permille >= _SURE_OF_LANGUAGE
        wished = understood.language if is_sure else conversation.language or understood.language
        return self._ports.phrases.language(wished)

    async def _stored(
        self, turn: Turn, messages: Sequence[Message], misses: int, request_id: str, is_over: bool
    ) -> Heard:
        # People open, answer and resolve cases meanwhile: who answers is as it is now, not as it was read.
        conversation_id = turn.conversation.conversation_id
        now = await self._ports.transcripts.conversation(conversation_id) or turn.conversation
        if is_over and now.case_id == turn.conversation.case_id:
            now = replace(now, state=ConversationState.ASSISTANT)
        handed_over = now.state is ConversationState.HANDED_OVER
        now = replace(now, language=turn.language, misses=0 if handed_over else misses)
        stored = await self._ports.transcripts.add(now, messages, request_id)
        return Heard(conversation_id, now.state, tuple(stored), now.case_id)

    def _from_customer(self, turn: Turn, memory: Memory) -> Message:
        # Who touches a button says what stands on it.
        text = turn.text or self._ports.phrases.label(meanings.YES, turn.language)
        said = Message(turn.conversation.conversation_id, 0, Author.CUSTOMER, text, turn.now)
        return replace(said, memory=memory_text(memory))

    def _score_question(self, conversation: Conversation, memory: Memory) -> Message:
        kept = replace(memory.cleared(), pending=memory.pending, asks_score=True, scored=conversation.case_id)
        language = self._ports.phrases.language(conversation.language)
        return Message(
            conversation.conversation_id,
            0,
            Author.ASSISTANT,
            self._ports.phrases.say("score-ask", language),
            self._ports.clock.now(),
            suggestions=tuple(str(score) for score in reversed(_SCORES)),
            memory=memory_text(kept),
        )

    def _new_conversation_id(self, said: Said) -> str:
        """The same request again begins no second conversation."""
        if not said.request_id:
            return self._ports.new_id()
        key = f"{said.subscriber_id}\0{said.request_id}"
        return f"talk-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


_BOUGHT = {meanings.BUY_ADD_ON, meanings.CHANGE_PLAN}


def remembered(history: Sequence[Message]) -> Memory:
    """What was kept in mind last."""
    return memory_of(next((message.memory for message in reversed(history) if message.memory), ""))


def _in_wished_language(turn: Turn, decision: Decision) -> Turn:
    """Who asks for another language is answered in it."""
    step = decision.step
    if isinstance(step, Use) and step.intent == meanings.LANGUAGE:
        return replace(turn, language=str(step.arguments["language"]))
    return turn


def _checked(said: Said) -> str:
    """The text without what cannot be read. Raises RefusedError of what is not as it must be."""
    text = clean(said.text)
    if len(said.text) > LONGEST_TEXT or not (text or said.confirm):
        raise RefusedError(Refused(reasons.TEXT_INVALID, f"1 to {LONGEST_TEXT} characters", "text"))
    if said.request_id and not is_request_id(said.request_id):
        words = "1 to 128 printable characters without blanks"
        raise RefusedError(Refused(reasons.REQUEST_ID_INVALID, words, "request_id"))
    if len(said.language) > _LONGEST_LANGUAGE or not said.language.isprintable():
        words = f"at most {_LONGEST_LANGUAGE} printable characters"
        raise RefusedError(Refused(reasons.FIELD_INVALID, words, "language"))
    return text


def _unknown(conversation_id: str) -> Refused:
    words = f"there is no conversation {conversation_id!r}"
    return Refused(reasons.CONVERSATION_UNKNOWN, words, "conversation_id")
