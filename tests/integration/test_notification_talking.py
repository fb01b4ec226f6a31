"""Stories of customers who write plain text: the shipped model, real tools, transcripts and cases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from services.cli.main import TidemarkGroup
from services.common.kernel.outcome import RefusedError
from services.common.runtime.database import open_database
from services.notification.application.ports import Said
from services.notification.application.talking.scoring import ask_for_scores
from services.notification.domain.cases import CasePriority, TriedTool
from services.notification.domain.conversations import Author, ConversationState
from tests.support.notification_cases import MIGRATIONS
from tests.support.notification_cases import request as case_request
from tests.support.notification_talking import ScriptedUnderstanding, TalkWorld, talking_server
from tests.support.notification_tools import charge_line
from tests.support.notification_tools_cli import assistant_app, leads_to
from tests.support.notification_tools_peers import ACCOUNT, OTHER, OTHER_ACCOUNT, SUBSCRIBER
from tests.support.notification_tools_server import token
from tests.support.postgres import new_postgres_database


@pytest.fixture
async def world() -> AsyncIterator[TalkWorld]:
    database = open_database("sqlite://", MIGRATIONS)
    yield TalkWorld(database)
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def scripted(request: pytest.FixtureRequest) -> AsyncIterator[TalkWorld]:
    address = "sqlite://" if request.param == "sqlite" else new_postgres_database()
    database = open_database(address, MIGRATIONS)
    yield TalkWorld(database, ScriptedUnderstanding())
    await database.close()


async def test_why_was_i_charged_is_answered_with_the_real_charge(world: TalkWorld) -> None:
    world.books.directory.lines = [charge_line("c-1", "2.99", hours_ago=20), charge_line("c-2", "0.10")]
    answer = await world.say("why did you take 2,99 € from me?")
    assert world.tools.calls[-1].arguments == {"amount": "2.99 EUR"}
    assert answer.tools == ("explain_charge",)
    assert answer.intent == "explain_charge"
    assert answer.confidence_permille >= 400
    german = await world.say("Wofür wurden mir gestern 2,99 abgebucht?")
    assert dict(world.tools.calls[-1].arguments).keys() == {"amount", "day"}
    assert world.tools.calls[-1].language == "de"
    assert german.text != answer.text


async def test_an_add_on_is_asked_for_proposed_with_its_price_and_bought_on_a_yes(world: TalkWorld) -> None:
    asked = await world.say("I want to book an add-on")
    assert "Weekly Pass" in asked.suggestions
    proposed = await world.say("the weekly one")
    assert proposed.proposed is not None
    assert proposed.proposed.price == "2.99 EUR"
    assert proposed.suggestions == ("Yes", "No")
    assert world.books.charging.actions == []
    done = await world.say("yes please")
    assert "Weekly Pass" in done.text
    assert len(world.books.charging.actions) == 1
    assert world.tools.calls[-1].confirmation_token == proposed.proposed.confirmation_token


@pytest.mark.parametrize("reply", ["no thanks", "how much data do I have left?"])
async def test_a_no_and_another_topic_drop_a_proposal(world: TalkWorld, reply: str) -> None:
    proposed = await world.say("book the booster")
    assert proposed.proposed is not None
    await world.say(reply)
    await world.say("yes")
    by_button = await world.say("", confirm=proposed.proposed.confirmation_token)
    assert "does not stand any more" in by_button.text
    assert world.books.charging.actions == []


async def test_a_yes_by_button_confirms_what_was_proposed_last(world: TalkWorld) -> None:
    proposed = await world.say("Bitte den Booster buchen")
    assert proposed.proposed is not None
    heard = await world.hear("", confirm=proposed.proposed.confirmation_token, language="de")
    assert heard.messages[0].text == "Ja"
    assert len(world.books.charging.actions) == 1


async def test_an_offer_is_looked_up_chosen_and_accepted(world: TalkWorld) -> None:
    listed = await world.say("do you have any offers for me?")
    assert listed.suggestions == ("Video Pass", "A gift")
    proposed = await world.say("I take the first one")
    assert proposed.proposed is not None
    assert proposed.proposed.price == "4.99 EUR"
    await world.say("ja")
    assert list(world.books.offers.accepted.values()) == ["video"]


async def test_who_takes_an_offer_without_having_seen_one_sees_them_first(world: TalkWorld) -> None:
    await world.say("Ich nehme das Angebot an")
    assert world.tools.names == ["list_offers"]
    proposed = await world.say("das zweite")
    assert proposed.proposed is not None
    assert proposed.proposed.price == ""


async def test_a_refusal_is_explained_and_a_person_is_offered(world: TalkWorld) -> None:
    refused = await world.say("change my plan to Mobile")
    assert "colleague" in refused.text
    await world.say("yes")
    case = await world.the_case()
    assert case.topic == "contract"
    assert case.tried == (TriedTool("change_plan", "refused PAYMENT_DIFFERS"),)


async def test_a_dispute_goes_to_a_person_with_the_charge_and_what_was_said(world: TalkWorld) -> None:
    world.books.directory.lines = [charge_line("c-1", "9.99")]
    await world.say("show my balance")
    answer = await world.say("You charged me twice, 9.99 each! Call me on +49 170 1234567")
    case = await world.the_case()
    assert case.case_id in answer.text
    assert (case.topic, case.priority, case.conversation_id) == (
        "dispute",
        CasePriority.HIGH,
        world.conversation_id,
    )
    assert [tried.tool for tried in case.tried] == ["get_balance", "explain_charge"]
    assert "1234567" not in case.summary
    assert "***67" in case.summary


async def test_while_a_person_answers_the_assistant_is_silent_and_asks_for_a_score_after(
    scripted: TalkWorld,
) -> None:
    opened = await scripted.hear("human")
    assert opened.state is ConversationState.HANDED_OVER
    silent = await scripted.hear("balance")
    assert [message.author for message in silent.messages] == [Author.CUSTOMER]
    case = await scripted.the_case()
    await scripted.cases.desk.reply(case.case_id, "kim", "It is done.", "reply-1")
    await scripted.cases.desk.resolve(case.case_id, "Paid back.")
    heard = await scripted.hear("thanks")
    assert heard.state is ConversationState.ASSISTANT
    assert [message.text for message in heard.messages[1:]][-1].startswith("Your case is closed")
    await scripted.say("4")
    assert (await scripted.the_case()).score == 4
    assert scripted.tools.calls == []
    _, messages = await scripted.talking.get(scripted.conversation_id, 0)
    assert [message.sequence for message in messages] == list(range(1, len(messages) + 1))


async def test_who_is_handed_over_by_somebody_else_is_told_once(scripted: TalkWorld) -> None:
    await scripted.say("greeting")
    wanted = case_request("opened-by-hand", conversation_id=scripted.conversation_id)
    await scripted.cases.desk.open(replace(wanted, subscriber_id=SUBSCRIBER, account_id=ACCOUNT))
    first = await scripted.hear("balance")
    second = await scripted.hear("balance")
    assert [len(heard.messages) for heard in (first, second)] == [2, 1]
    assert "colleague" in first.messages[-1].text


async def test_a_score_is_asked_for_as_soon_as_a_case_is_over(scripted: TalkWorld) -> None:
    await scripted.hear("human")
    case = await scripted.the_case()
    changes = scripted.cases.watch.following(scripted.cases.store.since, 0)
    asking = asyncio.create_task(ask_for_scores(changes, scripted.talking))
    await scripted.cases.desk.resolve(case.case_id, "Done.")
    async with asyncio.timeout(20):
        while True:
            _, messages = await scripted.talking.get(scripted.conversation_id, 0)
            if messages[-1].text.startswith("Your case is closed"):
                break
            await asyncio.sleep(0.01)
    assert messages[-1].suggestions == ("5", "4", "3", "2", "1")
    await scripted.say("5")
    assert (await scripted.the_case()).score == 5
    assert not await scripted.talking.ask_for_score(await scripted.the_case())
    scripted.cases.watch.end()
    await asking


async def test_a_request_said_twice_is_answered_once(scripted: TalkWorld) -> None:
    first = await scripted.talking.converse(Said(SUBSCRIBER, ACCOUNT, "balance", request_id="r-1"))
    again = await scripted.talking.converse(Said(SUBSCRIBER, ACCOUNT, "balance", request_id="r-1"))
    assert again == first
    assert scripted.tools.names == ["get_balance"]
    with pytest.raises(RefusedError, match="DUPLICATE_DIFFERS"):
        await scripted.talking.converse(Said(SUBSCRIBER, ACCOUNT, "usage", request_id="r-1"))


async def test_utterances_at_once_are_answered_one_after_the_other(scripted: TalkWorld) -> None:
    await scripted.hear("greeting")
    said = [
        Said(SUBSCRIBER, ACCOUNT, "balance", scripted.conversation_id, request_id=f"r-{number % 10}")
        for number in range(20)
    ]
    await asyncio.gather(*map(scripted.talking.converse, said))
    _, messages = await scripted.talking.get(scripted.conversation_id, 2)
    authors = [message.author for message in messages]
    assert authors == [Author.CUSTOMER, Author.ASSISTANT] * 10
    assert len(scripted.tools.calls) == 10


async def test_what_no_conversation_takes_is_refused(scripted: TalkWorld) -> None:
    await scripted.hear("greeting")
    ours = scripted.conversation_id
    for said, reason in (
        (Said(SUBSCRIBER, ACCOUNT, " \u200b\n"), "TEXT_INVALID"),
        (Said(SUBSCRIBER, ACCOUNT, "a" * 1_001), "TEXT_INVALID"),
        (Said(SUBSCRIBER, ACCOUNT, "balance", "nowhere"), "CONVERSATION_UNKNOWN"),
        (Said(OTHER, OTHER_ACCOUNT, "balance", ours), "CONVERSATION_UNKNOWN"),
    ):
        with pytest.raises(RefusedError, match=reason):
            await scripted.talking.converse(said)
    for score, reason in ((0, "FIELD_INVALID"), (6, "FIELD_INVALID")):
        with pytest.raises(RefusedError, match=reason):
            await scripted.talking.rate(ours, score, "")
    with pytest.raises(RefusedError, match="CONVERSATION_UNKNOWN"):
        await scripted.talking.rate("nowhere", 5, "")
    await scripted.talking.rate(ours, 5, "quick")


async def test_not_understood_twice_goes_to_a_person(scripted: TalkWorld) -> None:
    asked = await scripted.say("balance 300 bill")
    assert asked.suggestions == ("My balance", "My bill", "Talk to a person")
    heard = await scripted.hear("usage 200 bill")
    assert heard.state is ConversationState.HANDED_OVER
    assert (await scripted.the_case()).topic == "not-understood"


async def test_a_touched_suggestion_means_what_it_says(world: TalkWorld) -> None:
    await world.say("Mein Guthaben")
    await world.say("What is left of my data")
    assert world.tools.names == ["get_balance", "get_balance"]


async def test_the_customers_language_holds_and_changes_on_demand(world: TalkWorld) -> None:
    assert (await world.say("Guten Tag")).text.startswith("Hallo")
    assert (await world.say("ok")).text.startswith("Ich habe Sie gerade nichts gefragt")
    answer = await world.say("Bitte auf Englisch umstellen")
    assert world.books.preferences.stored[SUBSCRIBER].language == "en"
    assert "changed" in answer.text
    assert (await world.say("Danke")).text == "You are welcome!"


async def test_on_the_command_line(world: TalkWorld) -> None:
    """A script, a conversation gone on with, and lines of standard input."""
    async with talking_server(world) as address:

        async def chat(*words: str, typed: str | None = None) -> str:
            def run() -> str:
                with leads_to(address, token()):
                    ran = CliRunner().invoke(
                        assistant_app(TidemarkGroup), ["assistant", "chat", SUBSCRIBER, *words], input=typed
                    )
                assert ran.exit_code == 0, ran.output
                return ran.stdout

            return await asyncio.to_thread(run)

        shown = await chat("--say", "hello", "--say", "book the booster")
        assert "you: hello\nassistant: Hello! What can I do for you?" in shown
        assert "[Yes] [No]" in shown
        lines = (await chat("--say", "Guten Tag", "--json")).splitlines()
        said = json.loads(lines[0])
        assert said["messages"][-1]["text"].startswith("Hallo")
        again = await chat("--conversation", said["conversation_id"], typed="ein Mensch bitte\n\n")
        assert again.startswith("you: Guten Tag\n")
        assert "Kollege" in again
