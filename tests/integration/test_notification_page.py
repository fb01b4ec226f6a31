"""The customers' page in a real Chromium: it moves by itself, offers are taken, people answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route

from services.common.kernel.clock import HOUR
from services.common.runtime.callers import Role
from services.notification.domain.notifications import AlertSeverity
from tests.support.notification_http import ACCOUNT, ANNA, token_of
from tests.support.notification_page import a_browser, a_visit
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all stories of this file."""
    async with a_browser() as opened:
        yield opened


async def test_balance_and_inbox_move_without_reload(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page
        world.notify("Half of your data is used", collapse_key="data", minutes_ago=5)
        await visit.open()
        assert await visit.text(".money-amount") == "€24.50"
        meter = page.get_by_role("meter", name="Surf 10 GB")
        assert await meter.get_attribute("aria-valuenow") == "62"
        assert "6.2" in (await meter.get_attribute("aria-valuetext") or "")
        assert "Ben's own" not in await page.inner_text("#meters")

        world.move(money=1_999, data_left=1_500_000_000)
        await visit.shows(".money-amount", "€19.99")
        assert await meter.get_attribute("aria-valuenow") == "15"
        await visit.shows("#meters li:first-child", "Running low")

        world.notify("80 % of your data is used", "Take it easy.", AlertSeverity.WARNING, "data")
        await visit.shows("#entries", "80 % of your data is used")
        # The newer one took the other's place.
        assert await page.locator(".entry").count() == 1
        assert await page.title() == "(1) Tidemark"
        await visit.shows("#announcer", "80 % of your data is used. Take it easy.")

        await page.get_by_role("button", name="Mark read: 80 %").click()
        await page.wait_for_function("() => document.title === 'Tidemark'")
        assert world.inbox.entries[-1].read_at is not None
        await page.get_by_role("button", name="Dismiss: 80 %").click()
        await page.wait_for_selector("#inbox-empty:not([hidden])")
        assert world.inbox.entries[-1].dismissed_at is not None


async def test_an_offer_is_taken_only_after_its_price_was_confirmed(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        page, tools = visit.page, visit.world.talk.tools
        await visit.open()
        await visit.shows("[data-offer=video-pass]", "Because: You watched 2.1 GB of video this week")
        await page.get_by_role("button", name="Accept Video Pass").click()
        await page.wait_for_selector("dialog[open]")
        await visit.shows("dialog", "€4.99 will be charged to your balance.")
        await page.keyboard.press("Escape")
        await visit.shows("#offer-outcome", "Nothing was charged")
        assert not tools.charged

        await page.get_by_role("button", name="Accept Video Pass").click()
        await page.get_by_role("button", name="Pay €4.99").click()
        await visit.shows("#offer-outcome", "Done: you have “Video Pass” now.")
        assert tools.charged == ["4.99 EUR"]
        assert await page.locator("[data-offer=video-pass]").count() == 0

        await page.get_by_role("button", name="Decline Night Owl").click()
        await page.wait_for_selector("#offers-empty:not([hidden])")
        assert [call.tool for call in tools.calls].count("list_offers") == 1
        # Looking again soon is no new decision, and so no new contact.
        await page.reload()
        await visit.live()
        await page.wait_for_selector("#offers-empty:not([hidden])")
        assert [call.tool for call in tools.calls].count("list_offers") == 1


async def test_an_offer_that_was_sent_is_answered_where_it_is_read(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page
        await visit.open()
        about = {"decision_id": "dec-7", "offer_code": "video-pass", "price": "4.99 EUR"}
        world.notify("A Video Pass for you", "For this weekend.", data=about)
        await page.locator(".entry").get_by_role("button", name="Accept A Video Pass").click()
        await page.get_by_role("button", name="Pay €4.99").click()
        await visit.shows(".entry .outcome", "Done: you have “Video Pass” now.")
        assert world.talk.tools.calls[-1].arguments["decision_id"] == "dec-7"
        assert world.talk.tools.charged == ["4.99 EUR"]
        await eventually(lambda: world.inbox.entries[-1].read_at is not None)


async def test_a_dispute_is_handed_over_and_a_person_answers_on_the_page(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page
        await visit.open()
        await page.get_by_role("button", name="Why was I charged?").click()
        await visit.shows("#log", "charged 1.20 EUR for 5 MB")
        await page.get_by_role("button", name="I dispute this charge").click()
        await visit.shows("#handed-over", "A colleague has been asked")

        await world.talk.desk.reply("case-1", "eva", "I have looked at it: you get 1.20 EUR back.", "r1")
        await visit.shows(".said.is-agent", "you get 1.20 EUR back")
        await visit.shows("#handed-over", "A person from our team has taken over")
        await page.fill("#say-text", "Thank you!")
        await page.keyboard.press("Enter")
        await visit.shows(".said.is-customer:last-child", "Thank you!")

        # The conversation is still there when the page is opened again.
        await page.reload()
        await visit.shows(".said.is-agent", "you get 1.20 EUR back")
        await world.talk.desk.resolve("case-1", "Refunded. Have a good day.")
        await page.wait_for_selector("#rating:not([hidden])")
        await page.get_by_role("radio", name="5 of 5").check(force=True)
        await page.fill("#rating-comment", "quick")
        await page.get_by_role("button", name="Send rating").click()
        await visit.shows("#rating-outcome", "Thank you")
        assert await page.locator(".said.is-agent").count() == 2
        assert world.talk.ratings == [("conv-1", 5, "quick")]
        said = [message.text for message in world.talk.messages["conv-1"]]
        assert len(said) == len(set(said)) == 7


@pytest.mark.parametrize("lost", ["**/session", "**/api/balance?*", "**/api/conversations/*"])
async def test_what_is_lost_on_the_way_is_asked_for_again(browser: Browser, lost: str) -> None:
    async with a_visit(browser, quiet_errors=True) as visit:
        page, asked = visit.page, 0

        async def lose_the_first(route: Route) -> None:
            nonlocal asked
            asked += 1
            await (route.abort() if asked == 1 else route.continue_())

        await visit.open()
        await page.get_by_role("button", name="Why was I charged?").click()
        await visit.shows("#log", "charged 1.20 EUR for 5 MB")
        await page.wait_for_selector('.said.is-assistant[data-sequence="2"]')
        await page.route(lost, lose_the_first)
        await page.reload()
        await visit.shows("#log", "charged 1.20 EUR for 5 MB")
        assert asked >= 2


async def test_what_the_assistant_proposes_is_done_after_a_yes(browser: Browser) -> None:
    async with a_visit(browser, language="de-DE") as visit:
        page = visit.page
        await visit.open()
        await page.fill("#say-text", "please buy it")
        await page.keyboard.press("Enter")
        await page.locator("#log").get_by_role("button", name="Abbrechen").click()
        await visit.shows(".proposal", "Es wurde nichts abgebucht.")
        await visit.shows(".said.is-customer", "Nein")
        await page.wait_for_selector('[data-sequence="4"]')
        assert not visit.world.talk.confirmed
        await page.fill("#say-text", "buy it after all")
        await page.keyboard.press("Enter")
        await page.locator("#log").get_by_role("button", name="4,99 € zahlen").click()
        await visit.shows("#log", "Done: you have “Video Pass” now.")
        assert visit.world.talk.confirmed == ["yes-3"]


async def test_the_keyboard_suffices(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page
        for title in ("First", "Second", "Third"):
            world.notify(title)
        await visit.open()
        await visit.tab_to("Skip to the content")
        await page.keyboard.press("Enter")
        await visit.tab_to("Accept Video Pass")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("dialog[open]")
        # The way out has the focus, and the focus stays within.
        assert (await visit.focused())["id"] == "confirm-no"
        await page.keyboard.press("Escape")
        await page.wait_for_selector("dialog:not([open])", state="attached")
        await page.wait_for_function("() => document.activeElement.ariaLabel === 'Accept Video Pass'")

        await visit.tab_to("Dismiss: Second")
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => document.querySelectorAll('.entry').length === 2")
        # Whoever dismissed one stands before the next.
        await page.wait_for_function("() => document.activeElement.ariaLabel === 'Mark read: First'")

        await visit.tab_to("say-text")
        await page.keyboard.type("one line")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("and another")
        await page.keyboard.press("Enter")
        await eventually(lambda: bool(world.talk.messages))
        assert world.talk.messages["conv-1"][0].text == "one line\nand another"
        await page.keyboard.type("never mind")
        await page.keyboard.press("Escape")
        assert await page.input_value("#say-text") == ""


async def test_the_link_signs_in_and_leaves_no_trace_of_its_token(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        page = visit.page
        await page.goto(f"{visit.base}/#token=nonsense")
        await visit.shows("#gate-mistake", "the token is not one of an issuer this service trusts")
        await page.goto(f"{visit.base}/")
        await page.fill("#gate-input", token_of(ACCOUNT))
        await page.keyboard.press("Enter")
        await visit.live()
        cookies = await page.context.cookies()
        assert [(one["name"], one["httpOnly"], one["sameSite"]) for one in cookies] == [
            ("tidemark_session", True, "Strict")
        ]
        assert "token" not in page.url
        assert not await page.evaluate("document.cookie")
        # An account's lines can be switched between; what is another line's own comes with it.
        await page.select_option("#line", "sub-ben")
        await visit.shows("#meters", "Ben's own")

        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_selector("#gate:not([hidden])")
        assert not await page.context.cookies()
        assert visit.world.hub.streams == 0 or await _ends(visit.world.hub)
        await page.reload()
        await page.wait_for_selector("#gate:not([hidden])")


async def test_a_session_ends_with_its_token(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        await visit.open()
        visit.world.callers.trust_nobody()
        visit.world.clock.ahead = 2 * HOUR
        await visit.shows("#gate-text", "Your session has ended")


async def test_the_operator_picks_a_line(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        page = visit.page
        await page.goto(f"{visit.base}/#token={token_of('', Role.OPERATOR)}")
        await visit.shows("#gate-title", "Which line?")
        await page.fill("#gate-input", "nobody")
        await page.keyboard.press("Enter")
        await visit.shows("#gate-mistake", "There is no such line.")
        await page.fill("#gate-input", ANNA)
        await page.keyboard.press("Enter")
        await visit.live()
        assert await visit.text("#line-name") == ANNA
        assert page.url.endswith(f"#subscriber={ANNA}")


async def _ends(hub: object) -> bool:
    await eventually(lambda: getattr(hub, "streams") == 0)  # noqa: B009
    return True
