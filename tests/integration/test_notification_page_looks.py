"""The page as it is seen and carried around: narrow, dark, in two languages, with broken connections."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from services.notification.domain.conversations import Author
from services.notification.domain.notifications import AlertSeverity
from tests.support.notification_page import Visit, a_browser, a_visit
from tests.support.notification_page_checks import check_accessible, check_no_sideways

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all stories of this file."""
    async with a_browser() as opened:
        yield opened


async def _fill(visit: Visit) -> None:
    """Something of everything, long words included."""
    world, page = visit.world, visit.page
    world.notify("Balance nearly empty", "1.20 EUR are left.", AlertSeverity.CRITICAL)
    world.notify("Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 2, "x" * 200, AlertSeverity.WARNING)
    world.notify("Your bill is ready")
    world.move(money=120, data_left=0, minutes_left=300)
    await visit.open()
    await page.fill("#say-text", "please buy https://example.org/" + "a" * 80)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".proposal button")
    await page.locator(".as-table summary").click()


@pytest.mark.parametrize(("dark", "language"), [(False, "en-GB"), (True, "de-DE")])
async def test_accessible_and_readable_by_day_and_by_night(
    browser: Browser, dark: bool, language: str
) -> None:
    async with a_visit(browser, dark=dark, language=language) as visit:
        page = visit.page
        await page.goto(visit.base)
        await page.wait_for_selector("#gate:not([hidden])")
        await check_accessible(page)
        await _fill(visit)
        await check_accessible(page)
        light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (light == "rgb(12, 22, 27)") is dark
        chart = page.get_by_role("img", name="24")
        assert await chart.count() == 1
        # What the drawing shows can be read as well.
        rows = await page.locator("#usage-table tbody tr").count()
        assert rows == await page.locator("#chart rect").count() > 10
        offer = page.locator("[data-offer=video-pass] .primary")
        await offer.click()
        await page.wait_for_selector("dialog[open]")
        await check_accessible(page)


async def test_a_phone_s_width_is_enough(browser: Browser) -> None:
    async with a_visit(browser, width=360, language="de-DE", has_touch=True, is_mobile=True) as visit:
        page = visit.page
        await page.goto(visit.base)
        await page.wait_for_selector("#gate:not([hidden])")
        await check_no_sideways(page)
        await _fill(visit)
        await check_no_sideways(page)
        await check_accessible(page)
        await page.get_by_role("button", name="English").tap()
        await visit.shows("#overview-title", "Balance")
        await check_no_sideways(page)
        places = await page.locator("#places").bounding_box()
        assert places is not None
        assert places["y"] + places["height"] > 790, "the places are at the lower edge"
        await page.locator("[data-offer=video-pass] .primary").tap()
        await page.wait_for_selector("dialog[open]")
        await check_no_sideways(page)


async def test_a_cut_stream_resumes_without_loss_or_doubles(browser: Browser) -> None:
    async with a_visit(browser, quiet_errors=True) as visit:
        world, page = visit.world, visit.page
        world.notify("Before")
        await visit.open()
        await page.get_by_role("button", name="Why was I charged?").click()
        await page.wait_for_selector('[data-sequence="2"]')
        for turn in range(2):
            await visit.cable.cut()
            await visit.shows("#offline", "You are offline")
            # What happens meanwhile is there afterwards, each once.
            for number in range(25):
                world.notify(f"Missed {turn}-{number}")
            world.talk.say("conv-1", Author.AGENT, f"An answer meanwhile {turn}")
            world.move(money=900 - turn, data_left=5)
            await visit.cable.mend()
            await visit.live()
            await visit.shows(".money-amount", f"€{(900 - turn) / 100:.2f}")
            await visit.shows("#log", f"An answer meanwhile {turn}")
            assert await page.locator("#offline").is_hidden()
        while await page.locator("#older").is_visible():
            await page.locator("#older").click()
        await page.wait_for_function("() => document.querySelectorAll('.entry').length >= 51")
        titles = await page.locator(".entry h3 > span:nth-child(2)").all_inner_texts()
        missed = [f"Missed {turn}-{number}" for turn in (1, 0) for number in range(24, -1, -1)]
        assert titles == [*missed, "Before"]
        said = page.locator("[data-sequence]")
        sequences = [await one.get_attribute("data-sequence") for one in await said.all()]
        assert sequences == ["1", "2", "3", "4"]


async def test_the_language_can_be_switched_and_motion_reduced(browser: Browser) -> None:
    async with a_visit(browser, keys=False, reduced_motion="reduce") as visit:
        page = visit.page
        await visit.open("#subscriber=sub-anna")
        assert await page.locator("#sign-out").is_hidden()
        await page.get_by_role("button", name="Deutsch").click()
        await visit.shows("#overview-title", "Guthaben")
        assert await visit.text(".money-amount") == "24,50 €"
        assert await page.evaluate("document.documentElement.lang") == "de"
        await page.reload()
        await visit.shows("#overview-title", "Guthaben")
        moving = await page.evaluate(
            "[...document.querySelectorAll('*')].some((o) => getComputedStyle(o).animationName !== 'none')"
        )
        assert not moving
