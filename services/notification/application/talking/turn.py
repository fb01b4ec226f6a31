"""One turn of a conversation: takes the step that was decided, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from services.notification.application.cases.transcripts import Transcripts
from services.notification.application.ports import CaseDesk, CaseRequest, ToolBox
from services.notification.application.talking.ports import Phrases
from services.notification.domain.case_steps import LONGEST_SUMMARY
from services.notification.domain.cases import TriedTool
from services.notification.domain.conversations import Author, Conversation, Message
from services.notification.domain.reasons import ARGUMENTS_INVALID
from services.notification.domain.talking.masking import clean, masked
from services.notification.domain.talking.memory import Memory, memory_text
from services.notification.domain.talking.outcomes import Reply, reply_to
from services.notification.domain.talking.steps import (
    AskBack,
    Confirm,
    Decision,
    PassOn,
    Say,
    Score,
    Transfer,
    Use,
)
from services.notification.domain.tools import ToolCall, ToolOutcome, ToolRefusal

_QUOTED = 3
"""Of what the customer said last, so much stands in a summary."""
_LONGEST_QUOTE = 300
_LONGEST_FINDING = 600


@dataclass(frozen=True, slots=True)
class Turn:
    """What a step is taken in. `history`: everything before; `text`: what was said now."""

    conversation: Conversation
    history: Sequence[Message]
    text: str
    language: str
    intent: str
    permille: int
    now: Instant


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a step. `reply` None: nothing is said."""

    reply: Message | None
    memory: Memory


class Stepping:
    """Takes steps."""

    def __init__(self, tools: ToolBox, desk: CaseDesk, transcripts: Transcripts, phrases: Phrases) -> None:
        self._tools = tools
        self._desk = desk
        self._transcripts = transcripts
        self._phrases = phrases

    async def take(self, turn: Turn, decision: Decision) -> Taken:
        """The step, once."""
        step, memory = decision.step, decision.memory
        match step:
            case Use():
                taken = await self._use(turn, step, memory)
            case Confirm():
                taken = await self._confirm(turn, step, memory)
            case Transfer():
                taken = await self._transfer(turn, step, memory)
            case PassOn():
                taken = self._passed_on(turn, step, memory)
            case Score():
                await self._transcripts.rate(turn.conversation.conversation_id, step.value, "")
                taken = self._says(turn, memory, Say("score-thanks"))
            case AskBack():
                taken = self._asks_back(turn, step, memory)
            case Say():
                taken = self._says(turn, memory, step)
        return taken

    async def _confirm(self, turn: Turn, step: Confirm, memory: Memory) -> Taken:
        pending = step.pending
        outcome = await self._call(turn, pending.tool, {}, pending.token)
        return self._told(turn, reply_to(outcome, pending.intent, pending.tool, memory), (pending.tool,))

    async def _use(self, turn: Turn, step: Use, memory: Memory) -> Taken:
        # An answer to a question means what was asked for, whatever it would mean by itself.
        turn = replace(turn, intent=step.intent)
        outcome = await self._call(turn, step.tool, step.arguments)
        return self._told(turn, reply_to(outcome, step.intent, step.tool, memory), (step.tool,))

    async def _call(
        self, turn: Turn, tool: str, arguments: Mapping[str, object], token: str = ""
    ) -> ToolOutcome:
        call = ToolCall(
            turn.conversation.subscriber_id,
            turn.conversation.account_id,
            tool,
            arguments,
            turn.language,
            token,
            turn.conversation.conversation_id,
        )
        try:
            return await self._tools.call(call)
        except RefusedError as error:
            if error.refused.reason is not ARGUMENTS_INVALID:
                raise
            # What somebody said does not fit the tool: that is an answer, not a failure of the request.
            return ToolRefusal(ARGUMENTS_INVALID.name, self._phrases.say("does-not-fit", turn.language))

    async def _transfer(self, turn: Turn, step: Transfer, memory: Memory) -> Taken:
        tools: tuple[str, ...] = ()
        finding = ""
        if step.look is not None:
            outcome = await self._call(turn, step.look.tool, step.look.arguments)
            looked = reply_to(outcome, step.look.intent, step.look.tool, memory)
            finding, memory, tools = looked.text, replace(looked.memory, person=""), (step.look.tool,)
        conversation = turn.conversation
        case = await self._desk.open(
            CaseRequest(
                f"talk-{conversation.conversation_id}-{len(turn.history) + 1}",
                conversation.subscriber_id,
                conversation.account_id,
                step.over.topic,
                self._summary(turn, step.over.topic, finding),
                step.over.priority,
                conversation.conversation_id,
                turn.language,
                tuple(TriedTool(tool, outcome) for tool, outcome in memory.tried),
            )
        )
        kept = replace(memory.cleared(), told_of=case.case_id, tried=())
        code = f"over-{step.over.topic}"
        text = self._phrases.say(code, turn.language, case=case.case_id)
        return Taken(self._message(turn, text, kept, tools), kept)

    def _summary(self, turn: Turn, topic: str, finding: str) -> str:
        """What the person should know first, in the customer's language."""
        said = [message.text for message in turn.history if message.author is Author.CUSTOMER]
        quotes = [text for text in (*said, turn.text) if text][-_QUOTED:]
        words = " / ".join(
            self._phrases.say("quote", turn.language, text=_short(masked(clean(quote)), _LONGEST_QUOTE))
            for quote in quotes
        )
        text = self._phrases.say(f"summary-{topic}", turn.language, quotes=words)
        if finding:
            found = _short(masked(clean(finding)), _LONGEST_FINDING)
            text = f"{text} {self._phrases.say('summary-finding', turn.language, finding=found)}"
        return _short(text, LONGEST_SUMMARY)

    def _passed_on(self, turn: Turn, step: PassOn, memory: Memory) -> Taken:
        if not step.tell:
            return Taken(None, memory)
        text = self._phrases.say("person-will-answer", turn.language)
        return Taken(self._message(turn, text, memory), memory)

    def _asks_back(self, turn: Turn, step: AskBack, memory: Memory) -> Taken:
        labels = [self._phrases.label(intent, turn.language) for intent in step.likeliest]
        if len(labels) == 1:
            text = self._phrases.say("ask-back-one", turn.language, first=labels[0])
        else:
            text = self._phrases.say("ask-back", turn.language, first=labels[0], second=labels[1])
        reply = Reply(text, memory, (*step.likeliest, "human"))
        return self._told(turn, reply, ())

    def _says(self, turn: Turn, memory: Memory, say: Say) -> Taken:
        reply = Reply(self._phrases.say(say.code, turn.language), memory, say.labels, say.choices)
        return self._told(turn, reply, ())

    def _told(self, turn: Turn, reply: Reply, tools: tuple[str, ...]) -> Taken:
        labels = (self._phrases.label(intent, turn.language) for intent in reply.labels)
        message = self._message(turn, reply.text, reply.memory, tools)
        suggested = tuple(dict.fromkeys((*reply.choices, *labels)))
        return Taken(replace(message, suggestions=suggested, proposed=reply.proposed), reply.memory)

    def _message(self, turn: Turn, text: str, memory: Memory, tools: tuple[str, ...] = ()) -> Message:
        return Message(
            turn.conversation.conversation_id,
            0,
            Author.ASSISTANT,
            text,
            turn.now,
            turn.intent,
            turn.permille,
            tools,
            memory=memory_text(memory),
        )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3].rstrip()}..."
