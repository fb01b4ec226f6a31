"""A published catalog reaches charging while both run; sessions that run keep the prices they began with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import nats.js.errors as nats_errors
import pytest

from services.charging.application import adopt_catalog
from services.charging.main import CATALOG_STREAM
from services.common.runtime.bus import Bus
from tests.support.live_accounts import Care
from tests.support.live_charging import (
    Node,
    catalog_node,
    charging_node,
    charging_settings,
    running,
    stored_versions,
)
from tests.support.live_element import DEBIT, ENQUIRY, MORNING, Element, refusal, usage, used, wish
from tests.support.live_prices import DATA, DEARER, EFFECTIVE_FROM, EURO, OCTET, PRICES, publish
from tests.support.nats import NatsServer, nats_server
from tests.support.waiting import eventually

NEVER_SECONDS = 3_600.0
OFTEN_SECONDS = 0.05
DEAR_OCTET = 3 * OCTET
DAY_SECONDS = 86_400


class Priced:
    """Charging beside a catalog service, with two accounts: Kate keeps her prices, Moira follows them."""

    def __init__(self, catalog: Node, charging: Node) -> None:
        self.catalog = catalog
        self.charging = charging

    @property
    def element(self) -> Element:
        """A network element of the present connection."""
        return Element(self.charging.channel)

    async def publish(self, content: str, request_id: str, effective_from: int = EFFECTIVE_FROM) -> None:
        """Publishes, and waits until charging has it."""
        version = await publish(self.catalog.channel, content, request_id, effective_from)
        database = database_of(self.charging)
        await eventually(
            lambda: version in stored_versions(database), 20, f"version {version} has reached charging"
        )

    async def open_accounts(self) -> None:
        """Kate on `prepaid`, Moira on `moving`."""
        care = Care(self.charging.channel)
        await care.open("kate", "prepaid")
        await care.open("moira", "moving")

    async def price_of(self, name: str, event: str, second: int = 0) -> int:
        """What a thousand octets cost somebody now."""
        answer = await self.element.event(
            DEBIT, f"device-{name}", event, usage(DATA, used(1_000)), second=second
        )
        return int(answer.charge_information.amount.minor_micros)


def database_of(charging: Node) -> Path:
    """Its SQLite file."""
    return Path(charging.settings.database_url.removeprefix("sqlite:///"))


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def priced(tmp_path: Path, nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Priced]:
    """Charging does not look by itself here: only an event makes it."""
    monkeypatch.setattr(adopt_catalog, "LOOK_SECONDS", NEVER_SECONDS)
    catalog = catalog_node(tmp_path, nats.url)
    async with running(catalog):
        settings = charging_settings(tmp_path, catalog_address=catalog.address, nats_url=nats.url)
        charging = charging_node(settings)
        async with running(charging):
            await _listens(nats)
            yield Priced(catalog, charging)


async def _listens(nats: NatsServer) -> None:
    """Waits until charging has asked NATS for news: what is published before is not news to it."""
    bus = await Bus.open(nats.url, "test")
    try:
        async with asyncio.timeout(20):
            await bus.wait_connected()
        await eventually(lambda: _has_consumer(bus), 20, "charging listens for catalog versions")
    finally:
        await bus.close()


async def _has_consumer(bus: Bus) -> bool:
    try:
        await bus.jetstream.consumer_info(CATALOG_STREAM, "charging-0")
    except nats_errors.NotFoundError:
        return False
    return True


async def test_nothing_can_be_opened_before_the_first_catalog_and_at_once_after_it(priced: Priced) -> None:
    care = Care(priced.charging.channel)
    assert (await refusal(care.open("kate"))).reason == "CATALOG_NOT_PUBLISHED"
    await priced.publish(PRICES, "first")
    await care.open("kate")
    assert await priced.price_of("kate", "e-1") == 1_000 * OCTET


async def test_an_event_brings_a_new_version_without_a_restart(priced: Priced) -> None:
    await priced.publish(PRICES, "first")
    await priced.open_accounts()
    await priced.publish(DEARER, "second", EFFECTIVE_FROM + DAY_SECONDS)
    await eventually(lambda: _has_adopted(priced, 2), what="the second version is in use")
    assert await priced.price_of("kate", "e-1") == 1_000 * OCTET
    assert await priced.price_of("moira", "e-2") == 1_000 * DEAR_OCTET


async def _has_adopted(priced: Priced, version: int) -> bool:
    """Asks for a price that only the version has."""
    answer = await priced.element.event(ENQUIRY, "device-moira", "ask", usage(DATA, asks=wish(1_000)))
    return list(answer.charge_information.applied_price_ids) == [f"{version}/moving/data"]


async def test_a_new_version_comes_by_asking_while_nats_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adopt_catalog, "LOOK_SECONDS", OFTEN_SECONDS)
    catalog = catalog_node(tmp_path)
    async with running(catalog):
        charging = charging_node(charging_settings(tmp_path, catalog_address=catalog.address))
        async with running(charging):
            priced = Priced(catalog, charging)
            await priced.publish(PRICES, "first")
            await priced.open_accounts()
            await priced.publish(DEARER, "second", EFFECTIVE_FROM + DAY_SECONDS)
            await eventually(lambda: _has_adopted(priced, 2), what="the second version is in use")
            assert await priced.price_of("moira", "e-1") == 1_000 * DEAR_OCTET


@pytest.mark.parametrize("restarting", [False, True])
async def test_a_running_session_keeps_its_version_to_the_end(priced: Priced, restarting: bool) -> None:
    await priced.publish(PRICES, "first")
    await priced.open_accounts()
    running_session = await priced.element.create("device-moira", "c-1", usage(DATA, asks=wish()))
    await priced.publish(DEARER, "second", EFFECTIVE_FROM + DAY_SECONDS)
    await eventually(lambda: _has_adopted(priced, 2), what="the second version is in use")
    if restarting:
        await priced.charging.restart()
    ref = running_session.charging_data_ref
    later = await priced.element.update(ref, 2, usage(DATA, used(1_000, 1), asks=wish()), second=60)
    last = await priced.element.release(ref, 3, usage(DATA, used(1_000, 2)), second=120)
    costs = [answer.charge_information.amount.minor_micros for answer in (later, last)]
    assert costs == [1_000 * OCTET, 1_000 * OCTET]
    assert list(last.charge_information.applied_price_ids) == ["1/moving/data"]
    following = await priced.element.create("device-moira", "c-2", usage(DATA, asks=wish()), second=180)
    dear = await priced.element.release(
        following.charging_data_ref, 2, usage(DATA, used(1_000, 1)), second=240
    )
    assert dear.charge_information.amount.minor_micros == 1_000 * DEAR_OCTET


async def test_who_keeps_her_prices_keeps_them_and_who_comes_new_gets_the_new_ones(priced: Priced) -> None:
    await priced.publish(PRICES, "first")
    await priced.open_accounts()
    await priced.publish(DEARER, "second", EFFECTIVE_FROM)
    await eventually(lambda: _has_adopted(priced, 2), what="the second version is in use")
    await Care(priced.charging.channel).open("nora", "prepaid")
    assert await priced.price_of("kate", "e-1") == 1_000 * OCTET
    assert await priced.price_of("nora", "e-2") == 1_000 * DEAR_OCTET
    account = await Care(priced.charging.channel).account("kate")
    assert account.subscribers[0].subscriptions[0].catalog_version == 1


async def test_a_version_for_later_prices_nothing_before_its_time(priced: Priced) -> None:
    await priced.publish(PRICES, "first")
    await priced.open_accounts()
    await priced.publish(DEARER, "second", MORNING + 3_600)
    assert await priced.price_of("moira", "e-1", second=3_599) == 1_000 * OCTET
    await eventually(lambda: _prices_dearly(priced), what="the second version is in use")
    assert await priced.price_of("moira", "e-2", second=3_599) == 1_000 * OCTET
    assert await priced.price_of("moira", "e-3", second=3_600) == 1_000 * DEAR_OCTET


async def _prices_dearly(priced: Priced) -> bool:
    answer = await priced.element.event(
        ENQUIRY, "device-moira", "ask", usage(DATA, asks=wish(1_000)), second=7_200
    )
    return bool(answer.charge_information.amount.minor_micros == 1_000 * DEAR_OCTET)


async def test_charging_restarts_and_charges_while_the_catalog_and_nats_are_away(
    priced: Priced, nats: NatsServer
) -> None:
    await priced.publish(PRICES, "first")
    await priced.open_accounts()
    opened = await priced.element.create("device-kate", "c-1", usage(DATA, asks=wish()))
    await priced.catalog.stop()
    await nats.kill()
    await priced.charging.restart()
    await priced.element.release(opened.charging_data_ref, 2, usage(DATA, used(2_000, 1)), second=60)
    await Care(priced.charging.channel).open("nora")
    assert await priced.price_of("nora", "e-1") == 1_000 * OCTET
    assert await Care(priced.charging.channel).money("kate") == (5 * EURO - 2_000 * OCTET, 0)


async def test_publishing_the_same_again_brings_no_new_version(priced: Priced) -> None:
    await priced.publish(PRICES, "first")
    assert await publish(priced.catalog.channel, PRICES, "first") == 1
    assert await publish(priced.catalog.channel, PRICES, "another") == 1
    await priced.publish(DEARER, "second", EFFECTIVE_FROM + DAY_SECONDS)
    assert stored_versions(database_of(priced.charging)) == [1, 2]
