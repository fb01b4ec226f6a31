"""Each channel really sends, to a real receiver on loopback, and understands what it answers."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from standardwebhooks import WebhookVerificationError

from services.common.kernel.clock import HOUR, SECOND
from services.common.runtime.startup import SettingsError, StartupRefusedError
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.channels import http_posts
from services.notification.adapters.channels.addresses import AddressReader
from services.notification.adapters.channels.email import EmailChannel, smtp_server
from services.notification.adapters.channels.guarded_http import guarded_client
from services.notification.adapters.channels.operator import OperatorChannel
from services.notification.adapters.channels.sms import SmsChannel
from services.notification.adapters.channels.vapid_keys import public_key_text, vapid_key
from services.notification.adapters.channels.web_push import WebPushChannel
from services.notification.adapters.channels.webhook import WebhookChannel, new_secret
from services.notification.application.delivery.ports import Address
from services.notification.domain.channels import Endpoint, Gone, Outgoing, Rejected, Sent, TryLater
from services.notification.domain.notifications import AlertSeverity, Channel
from tests.support.notification_delivery import ANNA, OPERATOR
from tests.support.notification_delivery_clock import NOON, ManualAlarm
from tests.support.notification_delivery_receivers import (
    Answer,
    Browser,
    HttpReceiver,
    Posted,
    http_receiver,
    mailbox,
    vapid_claims,
)

CLOCK = SystemClock()
MESSAGE = Outgoing(
    message_id="n-1",
    alert_code="balance-low",
    severity=AlertSeverity.WARNING,
    language="de",
    title="Guthaben fast leer",
    body="Noch 1,50 \u20ac.\nLade auf <bald>.",
    text="Noch 1,50 \u20ac.",
    occurred_at=NOON,
    data={"bucket_id": "b-1"},
)


@pytest.fixture
async def receiver() -> AsyncIterator[HttpReceiver]:
    """An HTTP receiver that is up."""
    async with http_receiver() as one:
        yield one


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A guarded client that may go to loopback."""
    async with guarded_client(allow_private=True) as one:
        yield one


def endpoint(channel: Channel, address: str, secret: str = "") -> Endpoint:
    """Of Anna, or of the operator."""
    whom = OPERATOR if channel is Channel.OPERATOR else ANNA
    return Endpoint("e-1", whom, channel, address, NOON, secret)


async def test_a_webhook_is_signed_and_keeps_its_id(
    receiver: HttpReceiver, client: httpx.AsyncClient
) -> None:
    channel, secret = WebhookChannel(client, CLOCK), new_secret()
    hook = endpoint(Channel.WEBHOOK, f"{receiver.url}hook?x=1", secret)
    assert await channel.send(hook, MESSAGE) == Sent()
    assert await channel.send(hook, MESSAGE) == Sent()
    first, second = receiver.got
    assert first.path == "/hook?x=1"
    assert first.webhook_id == second.webhook_id == "n-1"
    assert first.verified(secret) == {
        "type": "notification.balance-low",
        "timestamp": "2026-11-25T11:00:00Z",
        "data": {
            "message_id": "n-1",
            "alert_code": "balance-low",
            "severity": "warning",
            "language": "de",
            "title": MESSAGE.title,
            "body": MESSAGE.body,
            "values": {"bucket_id": "b-1"},
        },
    }
    with pytest.raises(WebhookVerificationError):
        first.verified(new_secret())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200), Sent()),
        (Answer(410), Gone("HTTP 410")),
        (Answer(422), Rejected("HTTP 422")),
        (Answer(404), TryLater("HTTP 404")),
        (Answer(500), TryLater("HTTP 500")),
        (Answer(302, {"location": "http://127.0.0.1:1/"}), TryLater("HTTP 302")),
        (Answer(429, {"retry-after": "17"}), TryLater("HTTP 429", 17)),
        (Answer(503, {"retry-after": "soon"}), TryLater("HTTP 503")),
    ],
)
async def test_what_a_webhook_receiver_can_say(
    receiver: HttpReceiver, client: httpx.AsyncClient, answer: Answer, outcome: object
) -> None:
    receiver.answer = answer
    hook = endpoint(Channel.WEBHOOK, receiver.url, new_secret())
    assert await WebhookChannel(client, CLOCK).send(hook, MESSAGE) == outcome
    assert len(receiver.got) == 1, "no redirect is followed"


async def test_a_receiver_that_does_not_answer_leaves_it_in_doubt(
    receiver: HttpReceiver, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, hook = WebhookChannel(client, CLOCK), endpoint(Channel.WEBHOOK, receiver.url, new_secret())
    receiver.answer = Answer(0)
    outcome = await channel.send(hook, MESSAGE)
    assert isinstance(outcome, TryLater)
    assert outcome.in_doubt
    monkeypatch.setattr(http_posts, "_WHOLE_SECONDS", 0.1)
    receiver.behaviour = lambda _: asyncio.Future()
    assert await channel.send(hook, MESSAGE) == TryLater("no answer in time", in_doubt=True)


async def test_a_receiver_that_is_down_did_not_get_it(
    receiver: HttpReceiver, client: httpx.AsyncClient
) -> None:
    await receiver.down()
    hook = endpoint(Channel.WEBHOOK, receiver.url, new_secret())
    outcome = await WebhookChannel(client, CLOCK).send(hook, MESSAGE)
    assert isinstance(outcome, TryLater)
    assert not outcome.in_doubt


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nothing_is_sent_into_private_networks(receiver: HttpReceiver, host: str) -> None:
    async with guarded_client(allow_private=False) as guarded:
        hook = endpoint(Channel.WEBHOOK, f"http://{host}:{receiver.port}/", new_secret())
        outcome = await WebhookChannel(guarded, CLOCK).send(hook, MESSAGE)
    assert isinstance(outcome, Rejected)
    assert "public" in outcome.detail
    assert receiver.got == []


async def test_a_push_is_encrypted_for_the_browser_and_signed_by_this_service(
    receiver: HttpReceiver, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "keys" / "vapid.pem"
    key = vapid_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    alarm = ManualAlarm()
    channel = WebPushChannel(client, key, "mailto:ops@example.com", alarm)
    browser = Browser(f"{receiver.url}push/1")
    address = AddressReader(allow_private=True).read(Channel.WEB_PUSH, browser.subscription)
    assert isinstance(address, Address)
    receiver.answer = Answer(201)
    assert await channel.send(endpoint(Channel.WEB_PUSH, address.text), MESSAGE) == Sent()
    (posted,) = receiver.got
    assert browser.decrypted(posted)["data"]["title"] == MESSAGE.title
    assert (posted.headers["ttl"], posted.headers["urgency"]) == ("86400", "high")
    assert vapid_claims(posted, public_key_text(vapid_key(file))) == {
        "sub": "mailto:ops@example.com",
        "aud": receiver.url.rstrip("/"),
        "exp": (NOON + 12 * HOUR) // SECOND,
    }


async def test_a_long_push_is_shortened_to_what_push_services_take(
    receiver: HttpReceiver, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    channel = WebPushChannel(client, vapid_key(tmp_path / "v.pem"), "mailto:ops@example.com", CLOCK)
    browser = Browser(receiver.url)
    long = dataclasses.replace(MESSAGE, title="\u00e4" * 2_000, body="\u20ac" * 5_000)
    await channel.send(endpoint(Channel.WEB_PUSH, browser.subscription), long)
    (posted,) = receiver.got
    assert len(posted.body) <= 4_096
    assert browser.decrypted(posted)["data"]["body"].endswith("\u20ac\u2026")


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_gone(
    receiver: HttpReceiver, client: httpx.AsyncClient, tmp_path: Path, status: int
) -> None:
    receiver.answer = Answer(status)
    channel = WebPushChannel(client, vapid_key(tmp_path / "v.pem"), "mailto:ops@example.com", CLOCK)
    push = endpoint(Channel.WEB_PUSH, Browser(receiver.url).subscription)
    assert await channel.send(push, MESSAGE) == Gone(f"HTTP {status}")


def test_a_push_key_that_a_cluster_mounts_is_read_by_the_pods_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "v.pem"
    made = vapid_key(file)
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    file.chmod(0o440)
    assert public_key_text(vapid_key(file)) == public_key_text(made)
    file.chmod(0o444)
    with pytest.raises(StartupRefusedError, match="others can read"):
        vapid_key(file)


def test_a_push_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "v.pem"
    vapid_key(file)
    file.chmod(0o644)
    with pytest.raises(StartupRefusedError, match="chmod 600"):
        vapid_key(file)
    file.chmod(0o640)
    with pytest.raises(StartupRefusedError, match="chmod 600"):
        vapid_key(file)
    file.chmod(0o600)
    file.write_text("no key")
    with pytest.raises(StartupRefusedError, match="PEM"):
        vapid_key(file)


async def test_an_email_has_text_and_html_and_one_id_for_all_attempts() -> None:
    async with mailbox() as box:
        channel = EmailChannel(smtp_server(box.url), "alerts@tidemark.example", CLOCK)
        anna = endpoint(Channel.EMAIL, "anna@example.com")
        assert [await channel.send(anna, MESSAGE) for _ in range(2)] == [Sent(), Sent()]
    first, second = box.got
    assert first["message-id"] == second["message-id"] == "<n-1@tidemark.example>"
    assert (first["from"], first["to"], first["subject"]) == (
        "alerts@tidemark.example",
        "anna@example.com",
        "Guthaben fast leer",
    )
    assert first["content-language"] == "de"
    text, page = first.get_body(("plain",)), first.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().strip().splitlines() == MESSAGE.body.splitlines()
    assert "Lade auf &lt;bald&gt;." in page.get_content()


async def test_no_text_becomes_a_header() -> None:
    evil = dataclasses.replace(
        MESSAGE,
        message_id="n-1>\r\nBcc: x@evil.example",
        title="Hi\r\nBcc: y@evil.example\r\n\r\nbody\u2028Cc: z@evil.example",
        language="de\r\nX-Evil: 1",
    )
    async with mailbox() as box:
        channel = EmailChannel(smtp_server(box.url), "alerts@tidemark.example", CLOCK)
        assert await channel.send(endpoint(Channel.EMAIL, "anna@example.com"), evil) == Sent()
    (message,) = box.got
    assert {"bcc", "cc", "x-evil"} & {name.lower() for name in message.keys()} == set()  # noqa: SIM118
    assert message["subject"] == "Hi Bcc: y@evil.example body Cc: z@evil.example"


@pytest.mark.parametrize(
    ("recipient_answer", "data_answer", "outcome"),
    [
        ("550 5.1.1 no such user", "250 OK", Gone),
        ("550 5.7.1 not from you", "250 OK", Rejected),
        ("451 4.7.1 greylisted", "250 OK", TryLater),
        ("250 OK", "554 5.6.0 no", Rejected),
        ("250 OK", "452 4.3.1 full", TryLater),
    ],
)
async def test_what_an_smtp_server_can_say(recipient_answer: str, data_answer: str, outcome: type) -> None:
    async with mailbox() as box:
        box.recipient_answer, box.data_answer = recipient_answer, data_answer
        channel = EmailChannel(smtp_server(box.url), "alerts@tidemark.example", CLOCK)
        assert isinstance(await channel.send(endpoint(Channel.EMAIL, "anna@example.com"), MESSAGE), outcome)
    channel = EmailChannel(smtp_server(box.url), "alerts@tidemark.example", CLOCK)
    down = await channel.send(endpoint(Channel.EMAIL, "anna@example.com"), MESSAGE)
    assert isinstance(down, TryLater)
    assert not down.in_doubt


def test_smtp_settings() -> None:
    server = smtp_server("smtps://me:p%40ss@mail.example.com")
    assert (server.host, server.port, server.tls, server.user, server.password) == (
        "mail.example.com",
        465,
        True,
        "me",
        "p@ss",
    )
    for url in ("http://mail.example.com", "smtp://", "smtp://mail:many"):
        with pytest.raises(SettingsError):
            smtp_server(url)
    with pytest.raises(SettingsError):
        EmailChannel(server, "nobody", CLOCK)


async def test_a_text_message_goes_to_the_gateway_with_a_key_of_its_own_for_each_number(
    receiver: HttpReceiver, client: httpx.AsyncClient
) -> None:
    channel = SmsChannel(client, f"{receiver.url}send", "t0ken", CLOCK)
    one = endpoint(Channel.SMS, "+491701234567")
    other = dataclasses.replace(one, endpoint_id="e-2")
    assert [await channel.send(each, MESSAGE) for each in (one, one, other)] == [Sent()] * 3
    assert receiver.got[0].json == {
        "id": "n-1",
        "to": "+491701234567",
        "text": MESSAGE.text,
        "encoding": "GSM-7",
        "parts": 1,
    }
    assert receiver.got[0].headers["authorization"] == "Bearer t0ken"
    assert [one.headers["idempotency-key"] for one in receiver.got] == ["n-1:e-1", "n-1:e-1", "n-1:e-2"]
    receiver.answer = Answer(400)
    assert await channel.send(one, MESSAGE) == Rejected("HTTP 400")


async def test_the_operator_is_told_through_apprise(receiver: HttpReceiver) -> None:
    channel = OperatorChannel()
    room = endpoint(Channel.OPERATOR, f"json://127.0.0.1:{receiver.port}/room")
    assert await channel.send(room, MESSAGE) == Sent()
    (posted,) = receiver.got
    assert posted.path.startswith("/room")
    assert (posted.json["title"], posted.json["message"], posted.json["type"]) == (
        MESSAGE.title,
        MESSAGE.body,
        "warning",
    )
    receiver.answer = Answer(500)
    assert await channel.send(room, MESSAGE) == TryLater("the service did not take it")
    assert isinstance(await channel.send(endpoint(Channel.OPERATOR, "nonsense"), MESSAGE), Rejected)
    channel.close()


async def test_a_slow_name_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(http_posts, "_TIMEOUT", httpx.Timeout(0.2))

    def slow(*_: object, **__: object) -> list[object]:
        stopped.wait(10)
        return []

    async with guarded_client(allow_private=True) as guarded:
        monkeypatch.setattr("services.notification.adapters.channels.guarded_http.socket.getaddrinfo", slow)
        hook = endpoint(Channel.WEBHOOK, "http://slow.example/", new_secret())
        outcome = await WebhookChannel(guarded, CLOCK).send(hook, MESSAGE)
        stopped.set()
    assert isinstance(outcome, TryLater)
    assert not outcome.in_doubt


async def test_one_of_several_addresses_that_answers_is_enough(
    receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolved(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", ("::1", receiver.port)), (0, 0, 0, "", ("127.0.0.1", receiver.port))]

    async with guarded_client(allow_private=True) as guarded:
        monkeypatch.setattr(
            "services.notification.adapters.channels.guarded_http.socket.getaddrinfo", resolved
        )
        hook = endpoint(Channel.WEBHOOK, f"http://two.example:{receiver.port}/", new_secret())
        assert await WebhookChannel(guarded, CLOCK).send(hook, MESSAGE) == Sent()


async def test_a_receiver_that_answers_at_length_is_read_only_so_far(
    receiver: HttpReceiver, client: httpx.AsyncClient
) -> None:
    async def long(_: Posted) -> Answer:
        return Answer(200, body=b"x" * 300_000)

    receiver.behaviour = long
    hook = endpoint(Channel.WEBHOOK, receiver.url, new_secret())
    channel = WebhookChannel(client, CLOCK)
    assert [await channel.send(hook, MESSAGE) for _ in range(2)] == [Sent(), Sent()]
