"""Receivers on loopback: HTTP of any kind, a push service that decrypts, an SMTP server."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import http_ece  # type: ignore[import-untyped]
import jwt
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def webhook_id(self) -> str:
        """Of a webhook."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The body of a webhook whose signature is right, by the library of Standard Webhooks itself."""
        return Webhook(secret).verify(self.body, dict(self.headers))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver says; `status` 0: it breaks the connection instead."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Behaviour = Callable[[Posted], Awaitable[Answer]]


class HttpReceiver:
    """Remembers what was posted and answers as it is told. `down`: it does not listen."""

    def __init__(self) -> None:
        self.got: list[Posted] = []
        self.behaviour: Behaviour | None = None
        self.answer = Answer()
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Of its root."""
        return f"http://127.0.0.1:{self.port}/"

    async def up(self) -> None:
        """Listens, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Listens no more; open connections break."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    def of(self, path: str) -> list[Posted]:
        """What was posted to a path."""
        return [one for one in self.got if one.path == path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        posted = Posted(
            first.split(" ")[1], headers, await reader.readexactly(int(headers["content-length"]))
        )
        self.got.append(posted)
        answer = self.answer if self.behaviour is None else await self.behaviour(posted)
        if not answer.status:
            writer.transport.abort()
            return False
        extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        head = f"HTTP/1.1 {answer.status} Said\r\ncontent-length: {len(answer.body)}\r\n{extra}\r\n"
        writer.write(head.encode() + answer.body)
        await writer.drain()
        return True


@asynccontextmanager
async def http_receiver() -> AsyncIterator[HttpReceiver]:
    """One that is up."""
    receiver = HttpReceiver()
    await receiver.up()
    try:
        yield receiver
    finally:
        await receiver.down()


class Browser:
    """A subscription to a push service, with the keys that decrypt what comes."""

    def __init__(self, push_url: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        point = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": _base64(point), "auth": _base64(self._auth)}
        self.subscription = json.dumps({"endpoint": push_url, "expirationTime": None, "keys": keys})

    def decrypted(self, posted: Posted) -> Any:
        """What it shows."""
        assert posted.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(
            posted.body, private_key=self._key, auth_secret=self._auth, version="aes128gcm"
        )
        return json.loads(plain)


def vapid_claims(posted: Posted, public_key: str) -> dict[str, Any]:
    """The claims of a push whose signature is right. Not its time: that is the test's."""
    scheme, _, parameters = posted.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    values = dict(one.strip().split("=", 1) for one in parameters.split(","))
    assert values["k"] == public_key
    point = base64.urlsafe_b64decode(public_key + "=" * (-len(public_key) % 4))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims: dict[str, Any] = jwt.decode(
        values["t"], key, algorithms=["ES256"], options={"verify_exp": False, "verify_aud": False}
    )
    return claims


class Mailbox:
    """An SMTP server that remembers, and refuses as it is told."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.recipient_answer = "250 OK"
        self.data_answer = "250 OK"
        self.port = 0

    @property
    def url(self) -> str:
        """As settings have it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Takes a recipient, or not."""
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Takes a message, or not."""
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = BytesParser(policy=default).parsebytes(envelope.content)
            assert isinstance(parsed, EmailMessage)
            self.got.append(parsed)
        return self.data_answer


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """One that is up."""
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
