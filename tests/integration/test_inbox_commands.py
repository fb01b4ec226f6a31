"""`tidemark inbox` against a real NotificationService over real inboxes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from tidemark.notification.v1 import notification_api_pb2 as api
from typer.testing import CliRunner, Result

from services.cli.commands import inbox
from services.cli.inbox_view import update_line
from services.cli.main import app
from services.common.runtime.callers import Role
from services.notification.domain.facts import FactKind, Recipient
from tests.support.notification_inbox import fact
from tests.support.notification_server import NotificationServer, notification_server
from tests.support.notification_streams import balances, recipient
from tests.support.waiting import eventually


@pytest.fixture
async def server() -> AsyncIterator[NotificationServer]:
    async with notification_server() as running:
        await tell(running, "c-1")
        await tell(running, "c-2")
        await tell(running, "c-3", Recipient(party_code="music-co"))
        yield running


async def tell(server: NotificationServer, cause: str, to: Recipient | None = None) -> None:
    """Something that is told to nobody else, committed and told."""
    server.hub.told(await server.world.take(fact(cause, to, kind=FactKind.TOPPED_UP)))


async def tidemark(server: NotificationServer, *arguments: str, role: Role = Role.OPERATOR) -> Result:
    """One command, whatever becomes of it. In a thread, since the server lives in this one's loop."""
    environment = {
        "TIDEMARK_NOTIFICATION_ADDRESS": server.address,
        "TIDEMARK_TOKEN": server.token(role, "a-2"),
        "COLUMNS": "200",
    }
    return await asyncio.to_thread(CliRunner().invoke, app, ["inbox", *arguments], env=environment)


async def done(server: NotificationServer, *arguments: str) -> str:
    """What a command that must succeed prints, blanks as one and without the rules of tables."""
    result = await tidemark(server, *arguments)
    assert result.exit_code == 0, result.output
    return "\n".join(" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines())


async def test_an_inbox_is_listed_read_and_cleared(server: NotificationServer) -> None:
    listed = await done(server, "list", "s-1")
    assert "Title of c-1" in listed
    assert "2 unread; go on with --after 2" in listed
    assert "Title of c-1" not in await done(server, "list", "s-1", "--after", "1")
    answer = json.loads((await tidemark(server, "list", "s-1", "--json")).stdout)
    first, second = [one["notification_id"] for one in answer["notifications"]]
    assert await done(server, "read", "s-1", first) == "1 unread"
    assert await done(server, "dismiss", "s-1", second) == "0 unread"
    assert "Title of c-2" not in await done(server, "list", "s-1")
    assert "dismissed" in await done(server, "list", "s-1", "--all")
    assert "Title of c-3" in await done(server, "list", "party:music-co")
    assert await done(server, "list", "operator") == await done(server, "list", "s-7") == "nothing was told"


async def test_endpoints_are_registered_shown_and_forgotten(server: NotificationServer) -> None:
    assert "the inbox and its streams are always there" in await done(server, "endpoints", "s-1")
    made = await done(server, "send-to", "s-1", "webhook", "https://example.org/hook")
    assert made.splitlines() == ["registered e-1", "deliveries are signed with whsec_once (shown this once)"]
    assert "e-1 webhook https://example.org/hook" in await done(server, "endpoints", "s-1")
    assert "no endpoints" in await done(server, "endpoints", "s-2")
    assert await done(server, "forget", "e-1") == "removed e-1"
    gone = await tidemark(server, "forget", "e-1")
    assert (gone.exit_code, "ENDPOINT_UNKNOWN" in gone.stderr) == (1, True)
    assert (await tidemark(server, "send-to", "s-1", "pigeon", "x")).exit_code == 2


async def test_deliveries_say_what_became_of_an_entry(server: NotificationServer) -> None:
    shown = await done(server, "deliveries", "s-1", "--entry", "n-1")
    assert "d-1 balance-low sms held QUIET_HOURS 1" in shown
    assert server.log.asked[-1][:2] == (recipient().key, "n-1")


async def test_what_is_told_is_watched_until_the_service_ends(
    server: NotificationServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def line_of(update: api.WatchNotificationsResponse) -> str:
        seen.append(update_line(update))
        return seen[-1]

    monkeypatch.setattr(inbox, "update_line", line_of)
    server.accounts.present["a-1"] = balances(7, balance=9_44_000_000)
    watching = asyncio.create_task(tidemark(server, "watch", "s-1", "--after", "1", "--balance"))
    await eventually(lambda: server.hub.streams == 1)
    await tell(server, "c-9")
    await eventually(lambda: len(seen) == 3)
    server.server.stopping.set()
    shown = (await watching).stdout
    assert shown.splitlines() == seen
    assert "balance  9.44 EUR" in shown
    assert "Title of c-1" not in shown
    assert shown.index("Title of c-2") < shown.index("Title of c-9")


async def test_another_s_inbox_is_refused(server: NotificationServer) -> None:
    for command in (("list", "s-1"), ("read", "s-1", "n-1"), ("endpoints", "s-1"), ("deliveries", "s-1")):
        refused = await tidemark(server, *command, role=Role.SUBSCRIBER)
        assert (refused.exit_code, "NOT_YOUR_ACCOUNT" in refused.stderr) == (1, True), command
    assert (await tidemark(server, "list", "s-2", role=Role.SUBSCRIBER)).exit_code == 0
