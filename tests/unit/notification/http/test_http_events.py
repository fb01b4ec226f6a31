"""Server-sent events: what is told, from where it resumes, and how a stream ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from services.common.kernel.clock import HOUR
from services.common.runtime.callers import Role
from services.notification.adapters.http.app import HttpOptions, build_app
from services.notification.adapters.http.events import MOST_STREAMS_EACH
from services.notification.domain.conversations import Author
from tests.support.notification_http import ACCOUNT, ANNA, STRANGER, HttpWorld, token_of
from tests.support.notification_http_calls import Listening
from tests.support.waiting import eventually

BEARER = {"Authorization": f"Bearer {token_of(ACCOUNT)}"}


@pytest.fixture
async def world() -> AsyncIterator[HttpWorld]:
    """A world whose streams end with the test."""
    made = HttpWorld()
    await made.hub.start()
    yield made
    made.stopping.set()
    await eventually(lambda: made.hub.streams == 0)


def app_of(world: HttpWorld, **options: float) -> Starlette:
    """The app, with heartbeats that leave tests in peace."""
    return build_app(world.parts, HttpOptions(**({"heartbeat_seconds": 30} | options)))  # type: ignore[arg-type]


async def test_it_begins_with_what_there_is_and_goes_on_with_what_comes(world: HttpWorld) -> None:
    for number in range(30):
        world.notify(f"Before {number}")
    stream = Listening(app_of(world), query=f"subscriber_id={ANNA}&after=10", headers=BEARER)
    await stream.has("notification", 20)
    assert stream.begun["status"] == 200
    assert (b"content-type", b"text/event-stream; charset=utf-8") in stream.begun["headers"]
    assert [one["cursor"] for one in stream.of("notification")] == list(range(11, 31))
    assert stream.events[0][0] == "hello"
    assert stream.octets.startswith(b"retry: 2000\nevent: hello\ndata: ")
    assert b"event: notification\nid: 11\ndata: {" in stream.octets
    await stream.has("balance")
    world.notify("Line\nends and “signs”")
    world.move(money=100, data_left=5)
    await stream.has("balance", 2)
    assert stream.of("balance")[-1]["buckets"][0]["money"]["amount"] == "1.00"
    assert "b-ben" not in str(stream.of("balance"))
    await stream.has("notification", 21)
    assert stream.of("notification")[-1]["title"] == "Line\nends and “signs”"
    await stream.leave()


async def test_it_resumes_where_the_browser_says_and_not_where_the_page_began(world: HttpWorld) -> None:
    for number in range(5):
        world.notify(f"Number {number}")
    headers = BEARER | {"Last-Event-ID": "4"}
    stream = Listening(app_of(world), query=f"subscriber_id={ANNA}&after=1", headers=headers)
    await stream.has("notification")
    assert [one["cursor"] for one in stream.of("notification")] == [5]
    await stream.leave()
    fresh = Listening(app_of(world), headers=BEARER)
    await fresh.has("balance")
    world.notify("New")
    await fresh.has("notification")
    assert [one["title"] for one in fresh.of("notification")] == ["New"]
    await fresh.leave()


async def test_conversations_come_and_can_be_left_out(world: HttpWorld) -> None:
    app = app_of(world)
    with_all = Listening(app, headers=BEARER)
    query = f"subscriber_id={ANNA}&balance=false&conversations=false"
    without = Listening(app, query=query, headers=BEARER)
    await with_all.has("balance")
    await without.has("hello")
    world.talk.messages["c"] = []
    world.talk.say("c", Author.AGENT, "Hello")
    world.notify("After it")
    await with_all.has("said")
    await without.has("notification")
    assert with_all.of("said")[0]["author"] == "agent"
    assert [name for name, _ in without.events] == ["hello", "notification"]
    await with_all.leave()
    await without.leave()


async def test_silence_is_filled_with_beats(world: HttpWorld) -> None:
    stream = Listening(app_of(world, heartbeat_seconds=0.02), headers=BEARER)
    await stream.has("beat", 3)
    world.notify("Still heard")
    await stream.has("notification")
    await stream.leave()


async def test_who_leaves_is_let_go_at_once(world: HttpWorld) -> None:
    stream = Listening(app_of(world), headers=BEARER)
    await stream.has("balance")
    assert world.hub.streams == 1
    await stream.leave()
    assert world.hub.streams == 0
    assert not stream.ended


async def test_it_ends_with_the_service_and_says_so(world: HttpWorld) -> None:
    stream = Listening(app_of(world), headers=BEARER)
    await stream.has("balance")
    world.stopping.set()
    await asyncio.wait_for(stream.task, 5)
    assert stream.ended
    assert stream.events[-1] == ("bye", {"reason": "stopping"})
    late = Listening(app_of(world), headers=BEARER)
    await asyncio.wait_for(late.task, 5)
    assert [name for name, _ in late.events] == ["hello", "bye"]


async def test_it_ends_with_the_token(world: HttpWorld) -> None:
    stream = Listening(app_of(world, heartbeat_seconds=0.05), headers=BEARER)
    await stream.has("beat")
    world.clock.ahead = 2 * HOUR
    await asyncio.wait_for(stream.task, 5)
    assert stream.events[-1] == ("bye", {"reason": "expired"})


async def test_a_reader_that_stalls_is_cut_off_and_holds_nobody_up(world: HttpWorld) -> None:
    app = app_of(world, stall_seconds=0.2)
    stalled, lively = Listening(app, headers=BEARER), Listening(app, headers=BEARER)
    await stalled.has("balance")
    await lively.has("balance")
    stalled.reads.clear()
    for number in range(50):
        world.notify(f"Number {number}")
    await lively.has("notification", 50)
    await asyncio.wait_for(stalled.task, 5)
    assert stalled.aborted == 1
    assert world.hub.streams == 1
    await lively.leave()


async def test_streams_of_one_token_and_of_all_are_bounded(world: HttpWorld) -> None:
    app = app_of(world)
    streams = [Listening(app, headers=BEARER) for _ in range(MOST_STREAMS_EACH)]
    for stream in streams:
        await stream.has("balance")
    refused = Listening(app, headers=BEARER)
    await asyncio.wait_for(refused.task, 5)
    assert refused.begun["status"] == 429
    assert b'"TOO_MANY_STREAMS"' in refused.octets
    # The operator's own tools are not held to that, but to the bound of all.
    operator = {"Authorization": f"Bearer {token_of('', Role.OPERATOR)}"}
    more = [Listening(app, headers=operator) for _ in range(100 - MOST_STREAMS_EACH)]
    for stream in more:
        await stream.has("hello")
    refused = Listening(app, headers=operator)
    await asyncio.wait_for(refused.task, 5)
    assert refused.begun["status"] == 429
    await streams[0].leave()
    again = Listening(app, headers=BEARER)
    await again.has("hello")


@pytest.mark.parametrize(
    ("query", "headers", "status", "reason"),
    [
        (f"subscriber_id={ANNA}", {}, 401, "UNAUTHENTICATED"),
        (f"subscriber_id={STRANGER}", BEARER, 403, "NOT_YOUR_ACCOUNT"),
        (f"subscriber_id={ANNA}&after=x", BEARER, 400, "CURSOR_INVALID"),
        (f"subscriber_id={ANNA}&after=-1", BEARER, 400, "CURSOR_INVALID"),
        (f"subscriber_id={ANNA}", BEARER | {"Last-Event-ID": "9" * 30}, 400, "CURSOR_INVALID"),
    ],
)
async def test_what_is_refused_before_it_begins(
    world: HttpWorld, query: str, headers: dict[str, str], status: int, reason: str
) -> None:
    stream = Listening(app_of(world), query=query, headers=headers)
    await asyncio.wait_for(stream.task, 5)
    assert stream.begun["status"] == status
    assert f'"{reason}"'.encode() in stream.octets
    assert world.hub.streams == 0


async def test_what_is_refused_or_breaks_later_is_an_event(world: HttpWorld) -> None:
    stream = Listening(app_of(world), query=f"subscriber_id={ANNA}&after=99", headers=BEARER)
    await asyncio.wait_for(stream.task, 5)
    assert stream.of("refused")[0]["reason"] == "CURSOR_INVALID"

    async def broken(_account_id: str) -> None:
        raise RuntimeError("secret detail")

    world.directory.balances = broken  # type: ignore[method-assign, assignment]
    stream = Listening(app_of(world), headers=BEARER)
    await asyncio.wait_for(stream.task, 5)
    assert stream.of("refused")[0]["reason"] == "INTERNAL"
    assert b"secret" not in stream.octets
    assert stream.ended


async def test_a_look_at_its_head_opens_no_stream(world: HttpWorld) -> None:
    stream = Listening(app_of(world), headers=BEARER, method="HEAD")
    await asyncio.wait_for(stream.task, 5)
    assert (stream.begun["status"], stream.octets) == (200, b"")
