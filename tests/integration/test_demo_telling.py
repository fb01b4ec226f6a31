"""The demo's receiver of webhooks and its reader of pages, over real connections on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from standardwebhooks import Webhook

from services.cli.demo.audit.witnesses import WitnessSilentError
from services.cli.demo.telling.page_stream import PageStream, followed
from services.cli.demo.telling.receiver import webhook_receiver
from services.cli.instants import present
from services.common.kernel.clock import utc

SECRET = "whsec_" + "c2VjcmV0" * 5
PATH = "/alerts/acme"
_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
_HELLO = "retry: 2000\nevent: hello\ndata: {}\n\n"


def test_a_signed_message_is_taken_over_http_and_a_forged_one_is_not() -> None:
    body = json.dumps({"data": {"alert_code": "topped-up", "title": "10,00 € aufgeladen"}}).encode()
    with webhook_receiver() as receiver, httpx.Client(trust_env=False) as client:
        receiver.trust(PATH, SECRET)
        url = receiver.url(PATH)
        # On one connection, as the channel sends them.
        codes = [
            client.post(url, content=body, headers=signed("m-1", body)).status_code,
            client.post(url, content=body, headers=signed("m-2", body)).status_code,
            client.post(url, content=b"{}", headers=signed("m-3", body)).status_code,
            client.post(url, content=b"[]", headers=signed("m-4", b"[]")).status_code,
            client.post(url, content=b"x" * 70_000, headers=signed("m-5", body)).status_code,
        ]
        assert codes == [204, 204, 401, 400, 413]
        assert [one.title for one in receiver.arrived.values()] == ["10,00 € aufgeladen"] * 2
    with pytest.raises(httpx.ConnectError):
        httpx.post(url, content=body, trust_env=False)


async def test_entries_of_a_page_are_known_by_their_ids_and_awaited() -> None:
    told = 'event: notification\nid: 7\ndata: {"notification_id": "n-7"}\n\n'
    async with page(_HEAD + _HELLO + told, stays=True) as url:
        stream = PageStream(url, "a-token")
        async with followed([stream]):
            await stream.all_of(["n-7"])
    assert list(stream.arrived) == ["n-7"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope", "did not open: 403 nope"),
        (_HEAD + 'event: refused\ndata: {"reason": "X"}\n\n', "did not open"),
        ("", "did not open"),
    ],
    ids=["refused", "refused within", "broken off"],
)
async def test_a_page_that_does_not_open_fails_loudly(answer: str, says: str) -> None:
    async with page(answer) as url:
        with pytest.raises(WitnessSilentError, match=says):
            async with followed([PageStream(url, "a-token")]):
                raise AssertionError("it has opened")


async def test_a_page_that_ends_before_all_is_there_fails_loudly() -> None:
    async with page(_HEAD + _HELLO + 'event: bye\ndata: {"reason": "stopping"}\n\n') as url:
        stream = PageStream(url, "a-token")
        with pytest.raises(WitnessSilentError, match=r"did not bring all of 1 alerts: .*stopping"):
            async with followed([stream]):
                await stream.all_of(["n-1"])


def signed(webhook_id: str, body: bytes) -> dict[str, str]:
    """Headers of a message as the channel signs it."""
    now = utc(present())
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(webhook_id, now, body.decode()),
    }


@asynccontextmanager
async def page(answer: str, *, stays: bool = False) -> AsyncIterator[str]:
    """A server that answers every request so, and then hangs up unless it `stays`."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert request.startswith("GET /events?after=0")
        assert "Bearer a-token" in request
        writer.write(answer.encode())
        await writer.drain()
        if stays:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()
