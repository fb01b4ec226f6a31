"""Bills and settings on the customers' page, in a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from services.common.kernel.money import Money
from services.common.kernel.outcome import Refused, RefusedError
from services.notification.application.ports import Bill
from services.notification.domain.notifications import Category
from services.notification.domain.preferences import Preferences, Wish
from services.notification.domain.reasons import PREFERENCES_INVALID
from tests.support.notification_http import ACCOUNT, ANNA, CENT, EUR, HttpWorld
from tests.support.notification_page import Visit, a_browser, a_visit
from tests.support.notification_page_checks import check_accessible, check_no_sideways
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_NIGHT = Preferences(
    "de", "Europe/Berlin", 22 * 60, 7 * 60 + 30, (Wish(Category.SERVICE, False, "balance-low"),)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all stories of this file."""
    async with a_browser() as opened:
        yield opened


async def _settings(visit: Visit) -> tuple[str, str, str, bool]:
    """What the form says."""
    page = visit.page
    await page.wait_for_selector("#settings:not([hidden])")
    return (
        await page.input_value("#wish-language"),
        await page.input_value("#quiet-from"),
        await page.input_value("#quiet-until"),
        await page.is_checked("#consent"),
    )


def _kept(world: HttpWorld) -> Preferences:
    return world.preferences.kept[ANNA]


async def test_bills_grow_with_usage(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        directory, page = visit.world.directory, visit.page
        (running,) = directory.billed
        directory.billed.append(Bill(ACCOUNT, "2026-10", Money(1 * CENT, EUR), 1, True))
        await visit.open()
        await visit.shows("[data-month='2026-11']", "November 2026 €19.99 12 charges, so far")
        await visit.shows("[data-month='2026-10']", "October 2026 €0.01 1 charge, closed")
        assert [await one.get_attribute("data-month") for one in await page.locator(".bill").all()] == [
            "2026-11",
            "2026-10",
        ]
        directory.billed[0] = replace(running, total=Money(2_006 * CENT, EUR), charges=13)
        visit.world.move(money=2_443, data_left=6_200_000_000)
        await visit.shows("[data-month='2026-11']", "€20.06 13 charges, so far")

        await page.get_by_role("button", name="Deutsch").click()
        await visit.shows("[data-month='2026-10']", "Oktober 2026 0,01 € 1 Buchung, abgeschlossen")
        directory.billed.clear()
        await page.reload()
        await visit.shows("#bills-empty", "Noch wurde nichts berechnet.")


async def test_settings_are_shown_and_kept_by_keyboard_alone(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page
        world.preferences.kept[ANNA] = AT_NIGHT
        await visit.open()
        assert await _settings(visit) == ("de", "22:00", "07:30", False)
        await visit.tab_to("wish-language", most=90)
        await page.keyboard.type("En")
        await visit.tab_to("quiet-from")
        await page.keyboard.press("ArrowUp")  # an hour later, whether the field counts to 12 or 24
        await visit.tab_to("consent")
        await page.keyboard.press("Space")
        await visit.tab_to("settings-save")
        await page.keyboard.press("Enter")
        await visit.shows("#settings-outcome", "Saved.")
        kept = _kept(world)
        assert (kept.language, kept.quiet_from_minute, kept.quiet_until_minute) == ("en", 1_380, 450)
        assert kept.marketing_consent
        assert "said over HTTP" in kept.consent_evidence
        assert kept.consented_at is not None
        # What the form does not show stays as it was.
        assert (kept.time_zone, kept.wishes) == (AT_NIGHT.time_zone, AT_NIGHT.wishes)
        assert (await visit.focused())["id"] == "settings-save"
        await page.reload()
        assert await _settings(visit) == ("en", "23:00", "07:30", True)


async def test_saving_changes_nothing_that_nobody_touched(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page
        before = replace(AT_NIGHT, language="fr", marketing_consent=True, consent_evidence="shop, 3 May")
        world.preferences.kept[ANNA] = before
        await visit.open()
        assert await _settings(visit) == ("fr", "22:00", "07:30", True)
        # Meanwhile the assistant changed something that the form does not show.
        world.preferences.kept[ANNA] = replace(before, wishes=())
        await page.click("#settings-save")
        await visit.shows("#settings-outcome", "Saved.")
        assert _kept(world) == replace(before, wishes=())


async def test_quiet_hours_need_both_times_or_neither(browser: Browser) -> None:
    async with a_visit(browser, language="de-DE") as visit:
        world, page = visit.world, visit.page
        world.preferences.kept[ANNA] = AT_NIGHT
        await visit.open()
        await _settings(visit)
        await page.fill("#quiet-until", "")
        await page.click("#settings-save")
        await visit.shows("#settings-mistake", "Eine Ruhezeit braucht beide Zeiten, oder keine.")
        assert (await visit.focused())["id"] == "quiet-until"
        assert _kept(world) == AT_NIGHT
        await page.fill("#quiet-from", "")
        assert await page.locator("#settings-mistake").is_hidden()
        await page.click("#settings-save")
        await visit.shows("#settings-outcome", "Gespeichert.")
        assert (_kept(world).quiet_from_minute, _kept(world).quiet_until_minute) == (0, 0)
        assert await _settings(visit) == ("de", "", "", False)


async def test_what_is_refused_is_said_and_what_was_typed_stays(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_visit(browser) as visit:
        world, page = visit.world, visit.page

        async def refuse(_subscriber_id: str, _wanted: Preferences) -> Preferences:
            raise RefusedError(Refused(PREFERENCES_INVALID, "not like that"))

        monkeypatch.setattr(world.preferences, "put", refuse)
        await visit.open()
        assert await _settings(visit) == ("", "", "", False)
        await page.select_option("#wish-language", "de")
        await page.click("#settings-save")
        await visit.shows("#settings-mistake", "That did not work: not like that")
        assert await page.input_value("#wish-language") == "de"
        assert ANNA not in world.preferences.kept


async def test_both_fit_a_phone_by_day_and_by_night(browser: Browser) -> None:
    for dark, language in ((False, "en-GB"), (True, "de-DE")):
        async with a_visit(
            browser, width=320, dark=dark, language=language, has_touch=True, is_mobile=True
        ) as visit:
            visit.world.preferences.kept[ANNA] = replace(AT_NIGHT, language="zh-Hant-TW-x-a-long-private-tag")
            visit.world.directory.billed[0] = replace(
                visit.world.directory.billed[0], total=Money(99_999_999_999 * CENT, EUR)
            )
            await visit.open()
            await _settings(visit)
            await visit.page.tap("#settings-save")
            await visit.page.wait_for_selector("#settings-outcome:not(:empty)")
            await check_no_sideways(visit.page)
            await check_accessible(visit.page)


async def test_both_go_with_whose_they_are(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        visit.world.preferences.kept[ANNA] = AT_NIGHT
        await visit.open()
        assert (await _settings(visit))[0] == "de"
        await visit.page.select_option("#line", "sub-ben")
        await eventually(lambda: _is_ben_s(visit))
        await visit.page.get_by_role("button", name="Sign out").click()
        await visit.page.wait_for_selector("#gate:not([hidden])")
        for section in ("#bills", "#settings"):
            assert await visit.page.locator(section).is_hidden()


async def _is_ben_s(visit: Visit) -> bool:
    is_shown = await visit.page.locator("#settings").is_visible()
    return is_shown and await visit.page.input_value("#quiet-from") == ""


async def test_languages_have_the_same_words(browser: Browser) -> None:
    async with a_visit(browser) as visit:
        await visit.open()
        keys = await visit.page.evaluate(
            """async () => {
              const { WORDS } = await import("/js/words.js");
              return Object.values(WORDS).map((words) => Object.keys(words).sort());
            }"""
        )
        assert keys[0] == keys[1]
        assert len(keys) == 2
