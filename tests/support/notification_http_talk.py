"""Assistant, tools and case desk in memory, which say what stories need said."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from services.common.kernel.clock import MINUTE, Clock, Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.adapters.streams.hub import StreamHub
from services.notification.application.ports import CaseRequest, Heard, Said
from services.notification.domain.cases import Case, CasePriority, CaseState
from services.notification.domain.conversations import (
    Author,
    Conversation,
    ConversationState,
    Message,
    ProposedAction,
)
from services.notification.domain.reasons import CASE_UNKNOWN, CONVERSATION_UNKNOWN, TOOL_UNKNOWN
from services.notification.domain.tools import ToolAnswer, ToolCall, ToolOutcome, ToolRefusal, ToolSpec

OFFERS = [
    {
        "offer_code": "video-pass",
        "name": "Video Pass",
        "description": "Watch all you like this weekend without touching your data.",
        "reasons": ["You watched 2.1 GB of video this week"],
        "price": "4.99 EUR",
        "expires_at": "2027-12-01T08:00:00Z",
    },
    {
        "offer_code": "night-owl",
        "name": "Night Owl",
        "description": "Data between midnight and six does not count.",
        "reasons": [],
        "price": "",
        "expires_at": "2027-12-01T08:00:00Z",
    },
]


class ScriptedTools:
    """Offers that can be taken and left. Keeps what was called."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.calls: list[ToolCall] = []
        self.offers = [dict(offer) for offer in OFFERS]
        self.charged: list[str] = []

    def specs(self) -> Sequence[ToolSpec]:
        """As `ToolBox.specs`."""
        schema: dict[str, object] = {"type": "object"}
        return [ToolSpec("list_offers", "Offers", "What fits now", schema, schema, True, False, True)]

    async def call(self, call: ToolCall) -> ToolOutcome:
        """As `ToolBox.call`."""
        self.calls.append(call)
        code = str(call.arguments.get("offer_code", ""))
        if call.tool == "list_offers":
            return ToolAnswer({"decision_id": "dec-1", "offers": self.offers, "reason": ""}, "Two offers.")
        if call.tool == "decline_offer":
            self._take_away(code)
            return ToolAnswer({"offer_code": code, "quiet_until": ""}, "All right.")
        if call.tool != "accept_offer":
            raise RefusedError(Refused(TOOL_UNKNOWN, "there is no such tool", "tool"))
        if call.confirmation_token == "yes-offer":
            self.charged.append("4.99 EUR")
            self._take_away("video-pass")
            return ToolAnswer({"code": "video-pass"}, "Done: you have “Video Pass” now.")
        if call.confirmation_token:
            return ToolRefusal("CONFIRMATION_UNKNOWN", "I do not know what you say yes to.")
        return proposal(self._clock.now(), "yes-offer", "Shall I accept “Video Pass” for you?")

    def _take_away(self, code: str) -> None:
        self.offers = [offer for offer in self.offers if offer["offer_code"] != code]


class Talk:
    """The Conversing port: a dispute is handed over, `buy` is proposed, all else is answered."""

    def __init__(self, clock: Clock, hub: StreamHub, subscriber_id: str, account_id: str) -> None:
        self._clock = clock
        self._hub = hub
        self._subscriber_id = subscriber_id
        self._account_id = account_id
        self._ids = itertools.count(1)
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[str, list[Message]] = {}
        self.ratings: list[tuple[str, int, str]] = []
        self.confirmed: list[str] = []
        self.tools = ScriptedTools(clock)
        self.desk = MemoryDesk(self, clock)

    async def converse(self, said: Said) -> Heard:
        """As `Conversing.converse`."""
        found = self.conversations.get(said.conversation_id) or self._begin(said)
        before = len(self.messages[found.conversation_id])
        if said.text:
            self.say(found.conversation_id, Author.CUSTOMER, said.text)
        if found.state is ConversationState.ASSISTANT:
            await self._answer(found, said)
        found = self.conversations[found.conversation_id]
        heard = tuple(self.messages[found.conversation_id][before:])
        return Heard(found.conversation_id, found.state, heard, found.case_id)

    async def get(self, conversation_id: str, after_sequence: int) -> tuple[Conversation, Sequence[Message]]:
        """As `Conversing.get`."""
        found = self.conversations.get(conversation_id)
        if found is None:
            raise RefusedError(Refused(CONVERSATION_UNKNOWN, "there is no such conversation"))
        return found, [m for m in self.messages[conversation_id] if m.sequence > after_sequence]

    async def rate(self, conversation_id: str, score: int, comment: str) -> None:
        """As `Conversing.rate`."""
        self.ratings.append((conversation_id, score, comment))

    def say(
        self,
        conversation_id: str,
        author: Author,
        text: str,
        suggestions: Sequence[str] = (),
        proposed: ProposedAction | None = None,
    ) -> Message:
        """Something is said; streams are told."""
        messages = self.messages[conversation_id]
        message = Message(
            conversation_id,
            len(messages) + 1,
            author,
            text,
            self._clock.now(),
            suggestions=tuple(suggestions),
            proposed=proposed,
        )
        messages.append(message)
        self._hub.said(self._subscriber_id, message)
        return message

    def _begin(self, said: Said) -> Conversation:
        made = Conversation(
            f"conv-{next(self._ids)}",
            said.subscriber_id,
            said.account_id,
            said.language,
            ConversationState.ASSISTANT,
            self._clock.now(),
        )
        self.conversations[made.conversation_id] = made
        self.messages[made.conversation_id] = []
        return made

    async def _answer(self, conversation: Conversation, said: Said) -> None:
        name = conversation.conversation_id
        if said.confirm:
            self.confirmed.append(said.confirm)
            self.say(name, Author.ASSISTANT, "Done: you have “Video Pass” now. You were charged 4.99 EUR.")
        elif "dispute" in said.text:
            await self.desk.open(
                CaseRequest("r", said.subscriber_id, said.account_id, "dispute", "s", CasePriority.HIGH, name)
            )
            self.say(name, Author.ASSISTANT, "A colleague takes over and answers you here.")
        elif "buy" in said.text:
            proposed = proposal(
                self._clock.now(), f"yes-{next(self._ids)}", "Shall I buy “Video Pass” for you?"
            )
            self.say(name, Author.ASSISTANT, proposed.summary, proposed=proposed)
        else:
            text = "On 27 November at 18:40 you were charged 1.20 EUR for 5 MB of data."
            self.say(name, Author.ASSISTANT, text, ("Show my balance", "I dispute this charge"))


class MemoryDesk:
    """The CaseDesk port."""

    def __init__(self, talk: Talk, clock: Clock) -> None:
        self._talk = talk
        self._clock = clock
        self.cases: dict[str, Case] = {}

    async def open(self, request: CaseRequest) -> Case:
        """As `CaseDesk.open`."""
        now = self._clock.now()
        case = Case(
            f"case-{len(self.cases) + 1}",
            1,
            request.subscriber_id,
            request.account_id,
            request.conversation_id,
            CaseState.OPEN,
            request.priority,
            request.topic,
            request.summary,
            now,
            now,
        )
        self.cases[case.case_id] = case
        self._turn(case, ConversationState.HANDED_OVER)
        return case

    async def get(self, case_id: str) -> Case:
        """As `CaseDesk.get`."""
        if case_id not in self.cases:
            raise RefusedError(Refused(CASE_UNKNOWN, f"there is no case {case_id!r}", "case_id"))
        return self.cases[case_id]

    async def queue(
        self, states: Sequence[CaseState], assignee: str = "", subscriber_id: str = "", limit: int = 50
    ) -> Sequence[Case]:
        """As `CaseDesk.queue`."""
        return [case for case in self.cases.values() if case.subscriber_id == subscriber_id]

    async def assign(self, case_id: str, assignee: str) -> Case:
        """As `CaseDesk.assign`."""
        return self._put(replace(self.cases[case_id], state=CaseState.ASSIGNED, assignee=assignee))

    async def reply(self, case_id: str, agent: str, text: str, request_id: str) -> Message:
        """As `CaseDesk.reply`."""
        case = await self.assign(case_id, agent)
        return self._talk.say(case.conversation_id, Author.AGENT, text)

    async def resolve(self, case_id: str, resolution: str) -> Case:
        """As `CaseDesk.resolve`."""
        case = self._put(replace(self.cases[case_id], state=CaseState.RESOLVED, resolution=resolution))
        self._turn(case, ConversationState.ASSISTANT)
        self._talk.say(case.conversation_id, Author.AGENT, resolution)
        return case

    def _put(self, case: Case) -> Case:
        self.cases[case.case_id] = case
        return case

    def _turn(self, case: Case, state: ConversationState) -> None:
        found = self._talk.conversations[case.conversation_id]
        self._talk.conversations[found.conversation_id] = replace(found, state=state, case_id=case.case_id)


def proposal(now: Instant, token: str, summary: str) -> ProposedAction:
    """Something that costs 4.99 EUR."""
    expires = Instant(now + 10 * MINUTE)
    return ProposedAction(token, "accept_offer", "{}", f"{summary} It costs €4.99 now.", "4.99 EUR", expires)
