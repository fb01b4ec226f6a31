"""The whole service while things go wrong: killed at any moment, receivers down, the bus away or confused."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.notification.v1 import notification_api_pb2 as api
from tidemark.notification.v1 import notification_pb2
from tidemark.offers.v1 import offer_events_pb2

from services.common.kernel.clock import DAY, HOUR, SECOND
from services.common.runtime.bus import Bus
from tests.support.live_accounts import Care
from tests.support.live_charging import Node, charging_node, charging_settings, price, running
from tests.support.live_element import MORNING, Element, usage, used
from tests.support.live_prices import CENT, DATA, EURO, OCTET, PRICES
from tests.support.nats import NatsServer, nats_server
from tests.support.notification_example_rules import unlimited
from tests.support.notification_listeners import Hook
from tests.support.notification_live import (
    STREAMS,
    NotificationWorld,
    notification,
    notification_settings,
    state_of,
)
from tests.support.notification_process import NotificationProcess
from tests.support.notification_statements import STUDIO, close_statement
from tests.support.offers_clock import TurnedClock, one_clock
from tests.support.offers_live import CALL_SECONDS, WAIT_SECONDS
from tests.support.waiting import eventually

LIVES = 2
ROUNDS = 4
OVER = {"DELIVERED", "DROPPED SUPERSEDED", "DROPPED NOT_TRUE_ANY_MORE"}
LOW = PRICES.replace("currency: EUR\n", 'currency: EUR\nlow_balance_threshold: {EUR: "2.00"}\n', 1)


@dataclass
class Home:
    """A customer who uses data until little money is left, tops up, and is offered things."""

    name: str
    subscriber_id: str
    hook: Hook
    top_ups: list[str] = field(default_factory=list)
    offers: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)


@dataclass
class Around:
    """What notification has around it."""

    nats: NatsServer
    bus: Bus
    charging: Node
    clock: TurnedClock

    def __post_init__(self) -> None:
        self.care, self.element = Care(self.charging.channel), Element(self.charging.channel)

    async def low_and_topped_up(self, home: Home) -> None:
        """Less than two euros are left; then more again."""
        number = len(home.top_ups) + 1
        second = self.clock.seconds - MORNING
        opened = await self.element.create(f"device-{home.name}", f"c-{number}", second=second)
        spent = 3 * EURO if number == 1 else top_up(number - 1)
        await self.element.release(
            opened.charging_data_ref, 2, usage(DATA, used(spent // OCTET)), second=second
        )
        amount = top_up(number)
        await self.care.top_up(home.name, amount)
        home.top_ups.append(f"{amount // EURO}.{amount % EURO // CENT:02} EUR")


def top_up(number: int) -> int:
    """Each is another amount, so that each can be told apart."""
    return 2 * EURO + (90 + number) * CENT


@asynccontextmanager
async def around(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Around]:
    """A bus, and charging with a price list; neither catalog nor offers."""
    clock = one_clock(patch)
    await price(folder, LOW)
    async with nats_server(folder) as nats:
        charging = charging_node(charging_settings(folder, nats_url=nats.url))
        async with running(charging):
            bus = await Bus.open(nats.url, "story", STREAMS)
            try:
                yield Around(nats, bus, charging, clock)
            finally:
                await bus.close()


async def test_killed_at_any_moment_every_cause_is_told_once_and_every_message_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - to play it again
    chance = random.Random(seed)
    async with around(tmp_path, monkeypatch) as things:
        settings = notification_settings(
            tmp_path, nats_url=things.nats.url, charging_address=things.charging.address
        )
        process = NotificationProcess(settings, things.clock, tmp_path)
        world = NotificationWorld(process, tmp_path, things.clock, things.charging)
        try:
            await process.start()
            await world.publish_rules(unlimited())
            homes = [await home_of(world, things, name) for name in ("anna", "ben", "eva")]
            for life in range(LIVES):
                if life == 1:
                    for home in homes:
                        await home.hook.receiver.down()
                playing = asyncio.ensure_future(play(things, homes, chance, life))
                until = entries(world) + chance.randrange(1, 6 * ROUNDS)
                if life:
                    await process.start()
                await eventually(lambda until=until: entries(world) >= until, WAIT_SECONDS)  # type: ignore[misc]
                await asyncio.sleep(chance.random() / 20)
                await process.kill()
                await playing
            for home in homes:
                await home.hook.receiver.up()
            # Whoever was not reached is tried again in the afternoon.
            things.clock.turn(2 * HOUR)
            await process.start()
            head = await world.head()
            await eventually(lambda: world.mirrored_to() >= head, WAIT_SECONDS, "all is mirrored")
            for home in homes:
                await eventually(lambda home=home: all_is_over(world, home), WAIT_SECONDS)  # type: ignore[misc]
                check(home, await world.inbox(home.subscriber_id))
        finally:
            await world.close()
            await process.kill()


async def home_of(world: NotificationWorld, things: Around, name: str) -> Home:
    """A customer whom offers may reach, with a webhook."""
    opened = await things.care.open(name, money=5 * EURO - 10 * CENT)
    (subscriber_id,) = opened.subscriber_ids
    await world.knows(subscriber_id)
    await world.wishes(subscriber_id, marketing_consent=True, consent_evidence="story")
    return Home(name, subscriber_id, await world.hook(subscriber_id))


async def play(things: Around, homes: Sequence[Home], chance: random.Random, life: int) -> None:
    """Usage and top-ups; events of the bus come twice and in any order, answers before offers too."""
    events: list[Message] = []
    for home in homes:
        for number in range(ROUNDS):
            decision_id = f"{home.name}-{life}-{number}"
            events += [presented(home, decision_id, things.clock)] * 2
            home.offers.add(decision_id)
            if number == 0:
                events += [accepted(home, decision_id, things.clock)] * 2
                home.answered.add(decision_id)
    chance.shuffle(events)
    await things.bus.wait_connected()
    for number in range(ROUNDS):
        for home in homes:
            await things.low_and_topped_up(home)
        # All of them: what were left out at the end could be both copies of one.
        for place in range(number * len(events) // ROUNDS, (number + 1) * len(events) // ROUNDS):
            name = events[place].DESCRIPTOR.full_name
            await things.bus.publish(name, events[place].SerializeToString(), f"e-{life}-{place}")


def check(home: Home, inbox: Sequence[notification_pb2.Notification]) -> None:
    """Every cause once and in its order; every message that stands arrived, under one id each."""
    topped_up = [one for one in inbox if one.alert_code == "topped-up"]
    assert [one.data["amount"] for one in topped_up] == home.top_ups, "each once, in their order"
    low = [one for one in inbox if one.alert_code == "balance-low"]
    assert len(low) == len(home.top_ups)
    assert [one.superseded for one in low] == [True] * (len(low) - 1) + [False]
    offered = Counter(one.data["decision_id"] for one in inbox if one.alert_code == "offer")
    assert set(offered.values()) <= {1}
    assert home.offers - home.answered <= offered.keys() <= home.offers
    assert len(inbox) == len(topped_up) + len(low) + offered.total()
    got = [(posted.webhook_id, posted.json) for posted in home.hook.receiver.got]
    bodies = dict(got)
    assert all(bodies[webhook_id] == body for webhook_id, body in got), "an id is one message"
    assert {one.notification_id for one in topped_up} <= bodies.keys()
    assert bodies.keys() <= {one.notification_id for one in inbox}
    first_seen = [bodies[key]["data"]["values"].get("amount") for key in dict.fromkeys(key for key, _ in got)]
    assert [amount for amount in first_seen if amount] == home.top_ups, "the receiver's order is theirs"


async def all_is_over(world: NotificationWorld, home: Home) -> bool:
    """Whether what has to be told is told, and nothing waits to be sent."""
    offered = {
        one.data["decision_id"] for one in await world.inbox(home.subscriber_id) if one.data["decision_id"]
    }
    request = api.ListDeliveriesRequest(subscriber_id=home.subscriber_id, page_size=500)
    listed = await world.phone().inboxes.ListDeliveries(request, timeout=CALL_SECONDS)
    return home.offers - home.answered <= offered and {state_of(one) for one in listed.deliveries} <= OVER


def entries(world: NotificationWorld) -> int:
    """How many entries all inboxes have."""
    return int(world.rows("SELECT count(*) FROM inbox")[0][0])


def presented(home: Home, decision_id: str, clock: TurnedClock) -> Message:
    """An offer that nobody asked for."""
    return offer_events_pb2.OfferPresented(
        decision_id=decision_id,
        offer_code="pass",
        subscriber_id=home.subscriber_id,
        account_id=home.name,
        outbound=True,
        at=Timestamp(seconds=clock.seconds),
        expires_at=Timestamp(seconds=clock.seconds + DAY // SECOND),
        name="Video pass",
        reasons=["You watch a lot."],
    )


def accepted(home: Home, decision_id: str, clock: TurnedClock) -> Message:
    """The answer to an offer."""
    return offer_events_pb2.OfferAccepted(
        decision_id=decision_id,
        offer_code="pass",
        subscriber_id=home.subscriber_id,
        at=Timestamp(seconds=clock.seconds),
    )


async def test_without_the_bus_usage_is_told_and_with_it_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with around(tmp_path, monkeypatch) as things:
        settings = notification_settings(
            tmp_path, nats_url=things.nats.url, charging_address=things.charging.address
        )
        async with notification(settings, things.clock, monkeypatch) as (node, _):
            world = NotificationWorld(node, tmp_path, things.clock, things.charging)
            try:
                await world.publish_rules()
                anna = await home_of(world, things, "anna")
                await things.nats.kill()
                await things.low_and_topped_up(anna)
                await world.told(anna.subscriber_id, "topped-up")
                await eventually(lambda: "topped-up" in anna.hook.alerts, WAIT_SECONDS)
                await node.restart()
                await things.low_and_topped_up(anna)
                await world.told(anna.subscriber_id, "topped-up", 2)
                await things.nats.start()
                await close_statement(things.bus, "m-1", 1)

                async def is_told() -> bool:
                    return bool(await world.inbox(party_code=STUDIO))

                await eventually(is_told, WAIT_SECONDS, "the statement is told")
            finally:
                await world.close()
