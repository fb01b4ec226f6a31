"""Checks of a page as it is shown: names of controls, contrast of texts, width, landmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

_CHECKS = Path(__file__).with_suffix(".js").read_text("utf-8").strip()


async def look(page: Page, at: str) -> Any:
    """What one of the functions of the script beside this finds."""
    return await page.evaluate(f"{_CHECKS}.{at}()")


async def check_accessible(page: Page) -> None:
    """Every control and region has a name, texts have contrast, ids are unique, landmarks are there."""
    assert await look(page, "texts") > 3, "hardly any text was looked at"
    assert not (found := await look(page, "nameless")), f"without a name: {found}"
    assert not (found := await look(page, "faint")), f"too little contrast: {found}"
    assert not (found := await look(page, "doubled")), f"ids that are there twice: {found}"
    assert not (found := await look(page, "small")), f"targets less than 24 pixels high: {found}"
    for landmark in ("header", "main"):
        assert await page.locator(landmark).count() == 1
    assert await page.locator("h1:visible").count() == 1
    assert await page.evaluate("document.documentElement.lang") in ("en", "de")


async def check_no_sideways(page: Page) -> None:
    """Nothing is wider than the window."""
    found = await look(page, "wide")
    assert not await look(page, "scrolls"), f"the page scrolls sideways: {found}"
    assert not found
