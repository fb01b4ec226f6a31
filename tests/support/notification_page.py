"""The page in a real browser over a world in memory, with a cable between that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
)
from playwright.async_api import (
    TimeoutError as PageTimeoutError,
)

from services.common.runtime.settings import ServiceSettings
from services.notification.adapters.http.app import HttpOptions, build_app
from services.notification.adapters.http.server import HttpServer, Listen
from tests.support.chromium import FLAGS, chromium
from tests.support.notification_http import ACCOUNT, HttpWorld, token_of

DEADLINE_MS = 15_000
_WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (one) =>
  window.violations.push(`${one.violatedDirective} ${one.blockedURI}`));
"""


@contextlib.asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """One for all tests of a module. Skips where there is none."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


class Cable:
    """A TCP connection between browser and service that can be cut, and mended at the same address."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def mend(self) -> None:
        """Connections are made again."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Everything that is open breaks, and nothing can be opened."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
        finally:
            for one in (writer, far_writer):
                self._open.discard(one)
                one.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(65_536):
            writer.write(octets)
            await writer.drain()
    writer.close()


@dataclass
class Visit:
    """A customer's visit: the page, what is behind it, and what the browser complained about."""

    world: HttpWorld
    page: Page
    base: str
    cable: Cable
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    async def open(self, fragment: str = "") -> None:
        """Opens the page with the customer's link, and waits until everything is there."""
        await self.page.goto(f"{self.base}/{fragment or '#token=' + token_of(ACCOUNT)}")
        await self.live()
        await self.page.wait_for_selector("#offer-list .offer, #offers-empty:not([hidden])")

    async def live(self) -> None:
        """Waits until the stream is open."""
        await self.page.wait_for_selector("#status.is-live")

    async def text(self, selector: str) -> str:
        """What is to be read there."""
        return " ".join((await self.page.inner_text(selector)).split())

    async def shows(self, selector: str, words: str) -> None:
        """Waits until the words are there. Spaces of figures count as spaces."""
        try:
            await self.page.wait_for_function(
                """([selector, words]) => [...document.querySelectorAll(selector)].some((one) =>
                     one.innerText.replace(/\\s+/g, " ").includes(words))""",
                arg=[selector, words],
            )
        except PageTimeoutError as error:
            shown = await self.text("body")
            raise AssertionError(
                f"no {words!r} in {selector}; failed: {self.failed}; shown: {shown}"
            ) from error

    async def focused(self) -> dict[str, Any]:
        """What has the focus, and whether that shows."""
        found: dict[str, Any] = await self.page.evaluate(
            """() => {
              const one = document.activeElement;
              const label = one.matches("input[type=radio]") ? one.closest("label") : one;
              const holder = getComputedStyle(label);
              return {
                id: one.id, tag: one.localName, name: one.getAttribute("aria-label") || one.innerText || "",
                visible: holder.outlineStyle !== "none" && parseFloat(holder.outlineWidth) >= 2,
              };
            }"""
        )
        return found

    async def tab_to(self, name: str, most: int = 60) -> None:
        """Presses Tab until that has the focus; each stop on the way must be visible."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            found = await self.focused()
            if found["tag"] != "body":
                assert found["visible"], f"the focus does not show on {found}"
            if name in (found["id"], found["name"].strip()):
                return
        raise AssertionError(f"Tab never came to {name!r}")


@contextlib.asynccontextmanager
async def a_visit(
    browser: Browser,
    *,
    keys: bool = True,
    width: int = 1280,
    dark: bool = False,
    language: str = "en-GB",
    quiet_errors: bool = False,
    **more: Any,
) -> AsyncIterator[Visit]:
    """A browser window before a world. At its end the browser must have complained of nothing.

    `quiet_errors`: connections that fail are part of the story.
    """
    world = HttpWorld(keys=keys)
    await world.hub.start()
    settings = ServiceSettings(database_url="sqlite://")
    app = build_app(world.parts, HttpOptions(heartbeat_seconds=1))
    server = HttpServer(app, Listen(settings, 0, 100), world.stopping)
    address = await server.start()
    cable = Cable(int(address.rpartition(":")[2]))
    await cable.mend()
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        locale=language,
        timezone_id="Europe/Berlin",
        **more,
    )
    context.set_default_timeout(DEADLINE_MS)
    try:
        visit = await _visit(world, context, cable)
        yield visit
        violations = await visit.page.evaluate("window.violations ?? []")
        assert not violations, f"against the content security policy: {violations}"
        assert not visit.outside, f"the page asked elsewhere: {visit.outside}"
        assert quiet_errors or not visit.complaints, "\n".join(visit.complaints)
    finally:
        await context.close()
        await cable.cut()
        await server.stop(1)


async def _visit(world: HttpWorld, context: BrowserContext, cable: Cable) -> Visit:
    page = await context.new_page()
    visit = Visit(world, page, f"http://127.0.0.1:{cable.port}", cable)

    def console(message: ConsoleMessage) -> None:
        # A refused request shows in the console whatever the page makes of it.
        if message.type == "error" and "Failed to load resource" not in message.text:
            visit.complaints.append(message.text)

    def request(asked: Request) -> None:
        if not asked.url.startswith(visit.base):
            visit.outside.append(asked.url)

    page.on("console", console)
    page.on("pageerror", lambda error: visit.complaints.append(json.dumps(str(error))))
    page.on("request", request)
    page.on("requestfailed", lambda lost: visit.failed.append(f"{lost.method} {lost.url}: {lost.failure}"))
    await page.add_init_script(_WATCH_POLICY)
    return visit
