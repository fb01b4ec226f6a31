"""Delivering through real channels while things go wrong: receivers down or slow, processes killed."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.common.kernel.clock import HOUR, MINUTE, SECOND
from services.common.runtime.system_clock import SystemClock
from services.notification.adapters.channels.email import EmailChannel, smtp_server
from services.notification.adapters.channels.guarded_http import guarded_client
from services.notification.adapters.channels.operator import OperatorChannel
from services.notification.adapters.channels.sms import SmsChannel
from services.notification.adapters.channels.vapid_keys import vapid_key
from services.notification.adapters.channels.web_push import WebPushChannel
from services.notification.adapters.channels.webhook import WebhookChannel
from services.notification.application.delivery.ports import ChannelPort
from services.notification.domain.channels import Endpoint, Outgoing, Rejected, SendOutcome, Sent, TryLater
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel
from services.notification.domain.rules import RateLimit
from tests.support.notification_delivery import ANNA, OPERATOR, alert_rules, draft, topped_up
from tests.support.notification_delivery_receivers import (
    Answer,
    Browser,
    HttpReceiver,
    Posted,
    http_receiver,
    mailbox,
)
from tests.support.notification_delivery_world import DeliveryWorld, delivery_world
from tests.support.postgres import new_postgres_database
from tests.support.waiting import eventually

HOOK, PUSH, SMS = Channel.WEBHOOK, Channel.WEB_PUSH, Channel.SMS
PHONE = "+491701234567"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A guarded client that may go to loopback."""
    async with guarded_client(allow_private=True) as one:
        yield one


@pytest.fixture
async def receiver() -> AsyncIterator[HttpReceiver]:
    """An HTTP receiver that is up."""
    async with http_receiver() as one:
        yield one


async def test_a_receiver_that_was_down_gets_every_cause_once_in_order(
    receiver: HttpReceiver, client: httpx.AsyncClient
) -> None:
    channel = WebhookChannel(client, SystemClock())
    async with delivery_world("sqlite://", {HOOK: channel}) as world:
        registered = await world.endpoints.register(ANNA, HOOK, receiver.url)
        ids = await world.tell(*(draft(topped_up(f"c-{number}"), HOOK) for number in range(3)))
        await world.over(3)
        await receiver.down()
        for number in range(3, 8):
            ids += await world.tell(draft(topped_up(f"c-{number}"), HOOK))
            await world.at_rest()
            world.alarm.turn(3 * MINUTE)
        await world.at_rest()
        await receiver.up()
        await world.turn_until_over(8, 10 * MINUTE)
        assert [one.webhook_id for one in receiver.got] == ids
        for posted in receiver.got:
            posted.verified(registered.signing_secret)
        assert await world.states() == {"delivered": 8}


async def test_a_slow_receiver_holds_nobody_up(client: httpx.AsyncClient) -> None:
    answering = asyncio.Event()

    async def slow(_: Posted) -> Answer:
        await answering.wait()
        return Answer(204)

    channel = WebhookChannel(client, SystemClock())
    async with http_receiver() as hanging, http_receiver() as quick:
        hanging.behaviour = slow
        async with delivery_world("sqlite://", {HOOK: channel}) as world:
            patient = [Recipient(f"slow-{number}", "acme-1") for number in range(40)]
            for whom in patient:
                await world.endpoints.register(whom, HOOK, hanging.url)
                await world.tell(draft(topped_up("c-1", whom), HOOK))
            await world.endpoints.register(ANNA, HOOK, quick.url)
            ids = await world.tell(*(draft(topped_up(f"c-{number}"), HOOK) for number in range(20)))
            await eventually(lambda: len(quick.got) == len(ids))
            assert [one.webhook_id for one in quick.got] == ids
            assert len(hanging.got) == 8, "a bound of its own for each host"
            answering.set()
            await world.over(60)


async def test_from_push_to_text_message_when_the_subscription_is_gone(
    receiver: HttpReceiver, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    push = WebPushChannel(client, vapid_key(tmp_path / "v.pem"), "mailto:ops@example.com", SystemClock())
    sms = SmsChannel(client, f"{receiver.url}sms", "", SystemClock())

    async def behave(posted: Posted) -> Answer:
        return Answer(410 if posted.path == "/push" else 202)

    receiver.behaviour = behave
    async with delivery_world("sqlite://", {PUSH: push, SMS: sms}) as world:
        registered = await world.endpoints.register(ANNA, PUSH, Browser(f"{receiver.url}push").subscription)
        await world.endpoints.register(ANNA, SMS, PHONE)
        ids = await world.tell(*(draft(topped_up(f"c-{number}"), PUSH, SMS) for number in range(3)))
        await world.over(6)
        assert len(receiver.of("/push")) == 1
        assert [one.json["id"] for one in receiver.of("/sms")] == ids
        endpoint = await world.endpoints.get(registered.endpoint.endpoint_id)
        assert endpoint is not None
        assert endpoint.removed_at is not None


async def test_everywhere_through_all_five(
    receiver: HttpReceiver, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    operator = OperatorChannel()
    async with mailbox() as box:
        channels: dict[Channel, ChannelPort] = {
            HOOK: WebhookChannel(client, SystemClock()),
            PUSH: WebPushChannel(client, vapid_key(tmp_path / "v"), "mailto:ops@example.com", SystemClock()),
            SMS: SmsChannel(client, f"{receiver.url}sms", "", SystemClock()),
            Channel.EMAIL: EmailChannel(smtp_server(box.url), "alerts@tidemark.example", SystemClock()),
            Channel.OPERATOR: operator,
        }
        async with delivery_world("sqlite://", channels) as world:
            addresses = {
                HOOK: f"{receiver.url}hook",
                PUSH: Browser(f"{receiver.url}push").subscription,
                SMS: PHONE,
                Channel.EMAIL: "noc@tidemark.example",
            }
            for channel, address in addresses.items():
                await world.endpoints.register(OPERATOR, channel, address)
            await world.endpoint_rows.configure_operator(
                [f"json://127.0.0.1:{receiver.port}/room"], world.alarm.now()
            )
            told = draft(topped_up("c-1"), *Channel, everywhere=True)
            await world.tell(told, recipient=OPERATOR)
            await world.over(5)
            assert await world.states() == {"delivered": 5}
            assert Counter(one.path.split("/")[1] for one in receiver.got) == {
                "hook": 1,
                "push": 1,
                "sms": 1,
                "room": 1,
            }
            assert [message["to"] for message in box.got] == ["noc@tidemark.example"]
    operator.close()


async def test_the_operators_configured_channels_come_and_go() -> None:
    async with delivery_world("sqlite://", {}) as world:
        rows, at = world.endpoint_rows, world.alarm.now()
        await rows.configure_operator(["json://a.example", "json://b.example"], at)
        await rows.configure_operator(["json://b.example"], at)
        found = {one.address: one.removed_at for one in await rows.of(OPERATOR)}
        assert found == {"json://a.example": at, "json://b.example": None}
        await rows.configure_operator(["json://a.example", "json://b.example"], at)
        assert {one.removed_at for one in await rows.of(OPERATOR)} == {None}


class _Watched:
    """Counts who is under way, and when each was taken."""

    def __init__(self, world: list[DeliveryWorld], seed: int) -> None:
        self._world = world
        self._chance = random.Random(seed)
        self.taken: list[tuple[int, str]] = []

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """Takes it after others had their turn, as often as chance says."""
        for _ in range(self._chance.randrange(5)):
            await asyncio.sleep(0)
        self.taken.append((self._world[0].alarm.now(), endpoint.recipient.key))
        return Sent()


async def test_caps_hold_with_many_at_once() -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - to play it again
    chance, worlds = random.Random(seed), list[DeliveryWorld]()
    channel = _Watched(worlds, seed)
    rules = alert_rules((RateLimit("tenant", 7, 10), RateLimit("subscriber", 2, 60, SMS)))
    async with delivery_world("sqlite://", {SMS: channel}, rules) as world:
        worlds.append(world)
        people = [Recipient(f"s-{number}", "acme-1") for number in range(12)]
        for number, whom in enumerate(people):
            await world.endpoints.register(whom, SMS, f"+4917012345{number:02}")
        for number in range(3):
            await world.tell(*(draft(topped_up(f"c-{number}", whom), SMS) for whom in people))
        for _ in range(60):
            await world.at_rest()
            if chance.random() < 0.2:
                await world.stop()
                world.start()
            world.alarm.turn(chance.randrange(1, 9 * MINUTE))
        await world.turn_until_over(36, 10 * MINUTE)
    instants = [at for at, _ in channel.taken]
    assert len(instants) == 36
    assert all(instants[place + 7] - instants[place] >= 10 * MINUTE for place in range(len(instants) - 7))
    for whom in people:
        own = [at for at, key in channel.taken if key == whom.key]
        assert own[2] - own[0] >= HOUR


async def test_killed_between_sending_and_storing_it_is_sent_again_under_the_same_id(
    receiver: HttpReceiver, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'notification.sqlite'}"
    ids = await _planned(url, receiver, 3)
    process = await _process(url, 2, 0)
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
    assert [one.webhook_id for one in receiver.got] == ids[:2]
    async with guarded_client(allow_private=True) as client:
        channel = WebhookChannel(client, SystemClock())
        async with delivery_world(url, {HOOK: channel}) as world:
            world.alarm.turn(HOUR)
            await world.over(3)
            assert [one.webhook_id for one in receiver.got] == [*ids[:2], *ids[1:]]
            outcomes = [(one.message_id, one.number, one.outcome) for one in await world.attempts()]
    assert outcomes == [
        (ids[0], 1, "delivered"),
        (ids[1], 1, ""),
        (ids[1], 2, "delivered"),
        (ids[2], 1, "delivered"),
    ]


async def test_killed_again_and_again_at_any_moment_everything_arrives_in_order(
    receiver: HttpReceiver, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - to play it again
    chance = random.Random(seed)

    async def moody(_: Posted) -> Answer:
        return Answer(chance.choice((204, 204, 204, 204, 503)))

    receiver.behaviour = moody
    url = f"sqlite:///{tmp_path / 'notification.sqlite'}"
    ids = await _planned(url, receiver, 40)
    for hours in range(1, 3):
        process = await _process(url, 0, hours)
        seen = len(receiver.got) + chance.randrange(1, 10)
        await eventually(lambda seen=seen: len(receiver.got) >= seen, 30)  # type: ignore[misc]
        process.kill()
        await process.wait()
    receiver.behaviour = None
    async with (
        guarded_client(allow_private=True) as client,
        delivery_world(url, {HOOK: WebhookChannel(client, SystemClock())}) as world,
    ):
        world.alarm.turn(3 * HOUR)
        await world.turn_until_over(40, 10 * SECOND)
        assert await world.states() == {"delivered": 40}
    assert list(dict.fromkeys(one.webhook_id for one in receiver.got)) == ids


async def _planned(url: str, receiver: HttpReceiver, count: int) -> list[str]:
    async with delivery_world(url, {HOOK: _Watched([], 0)}) as world:
        await world.stop()
        await world.endpoints.register(ANNA, HOOK, receiver.url)
        return await world.tell(*(draft(topped_up(f"c-{number}"), HOOK) for number in range(count)))


async def _process(url: str, answers: int, hours: int) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.notification_delivery_dying",
        url,
        str(answers),
        str(hours),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"delivering\n"
    return process


class _Moody:
    """Takes, refuses, is down or loses its answer, as chance says; remembers what it took, by endpoint."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.taken: dict[str, list[str]] = {}
        self.is_calm = False

    async def send(self, endpoint: Endpoint, outgoing: Outgoing) -> SendOutcome:
        """After others had their turn."""
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)
        mood = 0 if self.is_calm else self._chance.randrange(10)
        if mood < 7:
            self.taken.setdefault(endpoint.endpoint_id, []).append(outgoing.message_id)
        moods: dict[int, SendOutcome] = {
            6: TryLater("answer lost", in_doubt=True),
            7: TryLater("down"),
            8: TryLater("busy", after_seconds=90),
            9: Rejected("no"),
        }
        return moods.get(mood, Sent())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_whatever_happens_nothing_is_lost_and_order_is_kept(kind: str) -> None:
    """Plans come in several at once while the dispatcher runs, stops at any step and starts again."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - to play it again
    chance = random.Random(seed)
    hook, sms = _Moody(chance), _Moody(chance)
    url = "sqlite://" if kind == "sqlite" else new_postgres_database()
    async with delivery_world(url, {HOOK: hook, SMS: sms}) as world:
        people = [Recipient(f"s-{number}", "acme-1") for number in range(4)]
        lanes: dict[str, list[str]] = {}
        for number, whom in enumerate(people):
            for channel, address in ((HOOK, f"https://h{number}.example/"), (SMS, f"+4917012345{number:02}")):
                await world.endpoints.register(whom, channel, address)
        for cause in range(12):
            drafts = [draft(topped_up(f"c-{cause}", whom), HOOK, SMS) for whom in people]
            planned = await asyncio.gather(*(world.tell(one) for one in drafts))
            for whom, ids in zip(people, planned, strict=True):
                lanes.setdefault(whom.key, []).extend(ids)
            if chance.random() < 0.4:
                await world.stop()
                world.start()
            world.alarm.turn(chance.randrange(30 * SECOND))
        hook.is_calm = sms.is_calm = True
        await eventually(lambda: _turned(world), 30)
        rows = await world.rows()
        for whom in people:
            mine = [row for row in rows if row.recipient_key == whom.key]
            got = {row.notification_id for row in mine if row.state == "delivered"}
            refused = {row.notification_id for row in mine if row.channel == "sms" and row.state == "failed"}
            assert got | refused == set(lanes[whom.key])
            for endpoint in await world.endpoints.of(whom):
                taken = (hook if endpoint.channel is HOOK else sms).taken.get(endpoint.endpoint_id, [])
                once = list(dict.fromkeys(taken))
                if endpoint.channel is HOOK:
                    assert once == [one for one in lanes[whom.key] if one in once]


async def _turned(world: DeliveryWorld) -> bool:
    """Lets time pass; True once everything is over."""
    await world.at_rest()
    world.alarm.turn(20 * MINUTE)
    return all(row.due_at is None for row in await world.rows())
