"""A customer asks why they were charged, disputes it, and a person answers in the same conversation."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import grpc
from tidemark.charging.v1 import journal_api_pb2, journal_api_pb2_grpc, journal_pb2
from tidemark.notification.v1 import assistant_api_pb2, case_api_pb2, conversation_pb2

from services.cli.amounts import show_amount
from services.cli.demo.audit.witnesses import WitnessSilentError, ask_status, entries
from services.cli.demo.scenes.shown import Shown
from services.cli.demo.telling.desk import CALL_SECONDS, NotificationDesk
from services.cli.demo.telling.listeners import Listener
from services.cli.demo.telling.people import AGENT, SCORE, Customer, Staff

QUESTION = "Why was I charged?"
DISPUTE = "I was charged twice, I want my money back"
_WAIT_SECONDS = 30.0
_SAID_BY = {
    conversation_pb2.AUTHOR_CUSTOMER: "customer",
    conversation_pb2.AUTHOR_ASSISTANT: "assistant",
    conversation_pb2.AUTHOR_AGENT: AGENT,
}


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as (who, what), the case that came of it, and things shown beside what they must be.

    `who` empty: nobody was charged anything, so nobody asked.
    """

    who: str = ""
    said: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    shown: tuple[Shown, ...] = ()

    @property
    def good(self) -> bool:
        """True where everything came as it had to."""
        return all(shown.good for shown in self.shown)

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "who": self.who,
            "said": [{"by": by, "text": text} for by, text in self.said],
            "case_summary": self.summary,
            "shown": [
                {"what": shown.what, "expected": shown.expected, "found": shown.found} for shown in self.shown
            ],
        }


async def talk(
    run_name: str, charging: grpc.aio.Channel, desk: NotificationDesk, who: Listener | None
) -> Talk:
    """Asks, disputes, and hears the answer of a person. Raises AioRpcError, WitnessSilentError."""
    if who is None:
        return Talk()
    async with desk.customer(who.account_id) as theirs, desk.operator() as ours:
        customer = Customer(theirs, f"{run_name}/talk")
        answer = await customer.say(QUESTION)
        named = await customer.charge_named()
        shown = await _as_charged(charging, who.account_id, answer, named)
        handed_over = await customer.say(DISPUTE)
        staff = Staff(ours, handed_over.case_id, f"{run_name}/talk")
        shown += await _handed_over(staff, handed_over)
        shown += await _answered(staff, customer, named)
        said = [(_SAID_BY[message.author], message.text) for message in await customer.conversation()]
        summary = (await staff.case()).case.summary
    return Talk(who.capture, tuple(said), summary, tuple(shown))


async def _as_charged(
    charging: grpc.aio.Channel,
    account_id: str,
    answer: assistant_api_pb2.ConverseResponse,
    named: assistant_api_pb2.CallToolResponse,
) -> list[Shown]:
    """The answer beside the journal, which is read from its beginning."""
    told = json.loads(named.result_json or "{}")
    charge_id = told.get("charge_id", "")
    charges = await _charges(charging, account_id, charge_id)
    journalled = [show_amount(one.amount_minor_micros, one.currency_code) for one in charges]
    last = answer.messages[-1]
    return [
        Shown(f"“{QUESTION}” is answered with the tool", "explain_charge", ", ".join(last.tools)),
        Shown("and with its words, of one charge", named.text, last.text),
        Shown(
            f"charge {charge_id}: once in the journal, and of",
            ", ".join(journalled) or "no such charge",
            told.get("amount", ""),
        ),
    ]


async def _charges(
    charging: grpc.aio.Channel, account_id: str, charge_id: str
) -> list[journal_pb2.UsageCharged]:
    """Charges of that id and account, from the journal's beginning."""
    stub = journal_api_pb2_grpc.JournalServiceStub(charging)
    rows = [
        row.payload
        for status in await ask_status(charging)
        async for row in stub.ReadJournal(
            journal_api_pb2.ReadJournalRequest(partition=status.partition), timeout=CALL_SECONDS
        )
    ]
    return [
        event.usage_charged
        for event in entries(rows)
        if event.usage_charged.charge_id == charge_id and event.usage_charged.account_id == account_id
    ]


async def _handed_over(staff: Staff, heard: assistant_api_pb2.ConverseResponse) -> list[Shown]:
    """The case that came of the dispute: in the queue, with a summary, the transcript and what was tried."""
    found = await staff.case()
    transcript = [message.text for message in found.transcript]
    whole = [text for text in (QUESTION, DISPUTE) if text in transcript]
    state = conversation_pb2.ConversationState.Name(heard.state)
    return [
        Shown(f"“{DISPUTE}”", "HANDED_OVER", state.removeprefix("CONVERSATION_STATE_")),
        Shown("a case about", "dispute", found.case.topic),
        Shown("which waits in the queue", "yes", "yes" if await staff.is_queued() else "no"),
        Shown("with a summary that quotes them", "yes", "yes" if DISPUTE in found.case.summary else "no"),
        Shown("and everything that they said", f"{QUESTION} {DISPUTE}", " ".join(whole)),
        Shown(
            "and the tool that was tried",
            "explain_charge",
            ", ".join(dict.fromkeys(tried.tool for tried in found.case.tried)),
        ),
    ]


async def _answered(
    staff: Staff, customer: Customer, named: assistant_api_pb2.CallToolResponse
) -> list[Shown]:
    """A person takes the case on, answers and ends it; the customer reads and rates it."""
    await staff.take_on()
    reply = f"I have looked it up in the journal. It is there once: {named.text}"
    watching = customer.watched()
    try:
        # Headers come once the stream hears of everything.
        await watching.initial_metadata()
        await staff.reply(reply)
        heard = await _heard(watching, conversation_pb2.AUTHOR_AGENT)
        await staff.resolve("You were charged once, so there is nothing to pay back.")
        asked = await _heard(watching, conversation_pb2.AUTHOR_ASSISTANT)
    finally:
        watching.cancel()
    await customer.say(str(SCORE))
    case, ours = (await staff.case()).case, {customer.conversation_id}
    return [
        Shown(f"{AGENT}'s answer comes in the same conversation", reply, heard.text),
        Shown(
            "the conversation is",
            "the same",
            "the same" if {heard.conversation_id, asked.conversation_id} == ours else "another",
        ),
        Shown("the case is", "RESOLVED", case_api_pb2.CaseState.Name(case.state).removeprefix("CASE_STATE_")),
        Shown("and rated, as the assistant asks for", str(SCORE), str(case.score)),
    ]


async def _heard(watching: Any, author: conversation_pb2.Author.ValueType) -> conversation_pb2.Message:
    """The next message of somebody on a stream. Raises WitnessSilentError."""
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            async for update in watching:
                if update.message.author == author:
                    return conversation_pb2.Message.FromString(update.message.SerializeToString())
    except TimeoutError:
        raise WitnessSilentError(f"nobody's answer came within {_WAIT_SECONDS:g} s") from None
    raise WitnessSilentError("the stream of conversations ended")
