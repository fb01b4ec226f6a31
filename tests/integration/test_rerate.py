"""A wrong price was published: usage is priced anew, and every account stands where it should."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import charge_api_pb2, charge_api_pb2_grpc, journal_api_pb2, journal_api_pb2_grpc

from services.charging.application import adopt_catalog
from tests.support.live_accounts import Care
from tests.support.live_charging import (
    Node,
    catalog_node,
    charging_node,
    charging_settings,
    journal_status,
    running,
    stored_versions,
)
from tests.support.live_element import (
    DEBIT,
    MORNING,
    REFUND,
    Element,
    euros,
    pieces,
    refusal,
    usage,
    used,
    wish,
)
from tests.support.live_prices import (
    CENT,
    DATA,
    DEARER,
    EURO,
    MEGABYTE,
    OCTET,
    PRICES,
    TEXT,
    VIDEO,
    publish,
)
from tests.support.waiting import eventually

NAMES = ("kate", "moira", "ravi")
DAY_SECONDS = 86_400


@pytest.fixture
async def charging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    """Charging with the wrong prices (three times too dear) as version 1 and the right ones as version 2."""
    monkeypatch.setattr(adopt_catalog, "LOOK_SECONDS", 0.05)
    catalog = catalog_node(tmp_path)
    async with running(catalog):
        await publish(catalog.channel, DEARER, "wrong")
        settings = charging_settings(tmp_path, catalog_address=catalog.address)
        node = charging_node(settings)
        async with running(node):
            database = Path(settings.database_url.removeprefix("sqlite:///"))
            await eventually(lambda: stored_versions(database) == [1], 20, "the wrong prices are there")
            await live(node)
            await publish(catalog.channel, PRICES, "right")
            await eventually(lambda: stored_versions(database) == [1, 2], 20, "the right prices are there")
            yield node


async def live(node: Node) -> None:
    """Kate uses sessions, Moira events and a session that stays open, Ravi what his allowances cover."""
    care, element = Care(node.channel), Element(node.channel)
    await care.open("kate", "prepaid")
    await care.open("moira", "prepaid")
    await care.open("ravi", "prepaid", "video-pass")
    created = await element.create("device-kate", "k-1", usage(DATA, asks=wish()))
    await element.update(created.charging_data_ref, 2, usage(DATA, used(400_000), asks=wish()), second=60)
    await element.release(created.charging_data_ref, 3, usage(DATA, used(600_000)), second=120)
    await element.event(DEBIT, "device-moira", "m-1", usage(DATA, used(100_000)))
    await element.event(DEBIT, "device-moira", "m-2", usage(TEXT, asks=pieces(1)))
    opened = await element.create("device-moira", "m-3", usage(DATA, asks=wish()))
    await element.update(opened.charging_data_ref, 2, usage(DATA, used(200_000), asks=wish()), second=60)
    passed = await element.create("device-ravi", "r-1", usage(VIDEO, asks=wish()))
    await element.release(passed.charging_data_ref, 2, usage(VIDEO, used(6 * MEGABYTE)), second=60)


RIGHT = {
    "kate": 5 * EURO - 1_000_000 * OCTET,
    "moira": 5 * EURO - 300_000 * OCTET - 7 * CENT,
    "ravi": 5 * EURO - 1_000_000 * OCTET,
}
"""Ravi's pass covers five of six megabytes."""


def request(run_id: str, **changed: object) -> charge_api_pb2.RerateChargesRequest:
    """A run over the morning's day by version 2."""
    fields: dict[str, object] = {
        "catalog_version": 2,
        "used_from": Timestamp(seconds=MORNING - 3_600),
        "used_until": Timestamp(seconds=MORNING + DAY_SECONDS),
        "reason": "published with a wrong price",
        "actor": "pricing-desk",
    }
    return charge_api_pb2.RerateChargesRequest(request_id=run_id, **(fields | changed))  # type: ignore[arg-type]


async def rerate(
    channel: grpc.aio.Channel, asked: charge_api_pb2.RerateChargesRequest
) -> list[charge_api_pb2.RerateChargesResponse]:
    """Every answer of a run, the sum last."""
    stub = charge_api_pb2_grpc.ChargeServiceStub(channel)
    return [answer async for answer in stub.RerateCharges(asked, timeout=30)]


async def balances(channel: grpc.aio.Channel) -> dict[str, int]:
    """Money of each account."""
    care = Care(channel)
    return {name: (await care.money(name))[0] for name in NAMES}


async def test_after_a_run_every_account_stands_as_if_the_right_price_had_been_published(
    charging: Node,
) -> None:
    channel = charging.channel
    assert await balances(channel) == {
        "kate": 5 * EURO - 3_000_000 * OCTET,
        "moira": 5 * EURO - 900_000 * OCTET - 7 * CENT,
        "ravi": 5 * EURO - 3_000_000 * OCTET,
    }
    preview = await rerate(channel, request("look", preview=True, reason="", actor=""))
    head = (await journal_status(channel)).head_sequence
    found = await rerate(channel, request("run-1"))
    assert [(answer.account_id, answer.charges_seen, answer.charges_corrected) for answer in found] == [
        ("kate", 2, 2),
        ("moira", 3, 2),
        ("ravi", 1, 1),
        ("", 6, 5),
    ]
    total = 2 * 2_300_000 * OCTET
    assert list(found[-1].corrected) == list(preview[-1].corrected) == [euros(-total)]
    assert await balances(channel) == RIGHT
    assert (await journal_status(channel)).head_sequence > head


async def test_the_same_run_again_tells_the_same_and_another_finds_nothing(charging: Node) -> None:
    channel = charging.channel
    first = await rerate(channel, request("run-1"))
    before = await journal_status(channel)
    assert await rerate(channel, request("run-1")) == first
    other = await rerate(channel, request("run-2"))
    assert [answer.charges_corrected for answer in other] == [0, 0, 0, 0]
    after = await journal_status(channel)
    assert (after.head_sequence, after.state_digest) == (before.head_sequence, before.state_digest)
    differently = request("run-1", actor="somebody else")
    assert (await refusal(rerate(channel, differently))).reason == "DUPLICATE_DIFFERS"


async def test_there_and_back_again_leaves_every_account_as_it_was(charging: Node) -> None:
    channel = charging.channel
    before = await balances(channel)
    await rerate(channel, request("there"))
    back = await rerate(channel, request("back", catalog_version=1))
    assert back[-1].charges_corrected == 5
    assert await balances(channel) == before


async def test_the_journal_stays_intact_and_gives_the_same_state_back(charging: Node) -> None:
    await rerate(charging.channel, request("run-1"))
    before = await journal_status(charging.channel)
    stub = journal_api_pb2_grpc.JournalServiceStub(charging.channel)
    verified = await stub.VerifyJournal(journal_api_pb2.VerifyJournalRequest(), timeout=20)
    assert verified.intact
    await charging.restart()
    assert (await journal_status(charging.channel)).state_digest == before.state_digest
    assert await balances(charging.channel) == RIGHT


async def test_a_corrected_charge_is_refunded_by_what_is_left_of_it(charging: Node) -> None:
    """Kate's second report cost 0.18; by the right price 0.06."""
    found = await rerate(charging.channel, request("run-1", account_ids=["kate"]))
    charge = found[0].corrections[1]
    assert (charge.before, charge.after) == (euros(18 * CENT), euros(6 * CENT))
    element = Element(charging.channel)
    too_much = element.event(
        REFUND, "device-kate", "r-1", refund=charge.charge_id, amount=euros(6 * CENT + 1)
    )
    assert (await refusal(too_much)).reason == "REFUND_EXCEEDS_CHARGE"
    await element.event(REFUND, "device-kate", "r-2", refund=charge.charge_id)
    assert (await balances(charging.channel))["kate"] == RIGHT["kate"] + 6 * CENT


@pytest.mark.parametrize(
    ("changed", "reason", "field"),
    [
        ({"catalog_version": 7}, "CATALOG_NOT_PUBLISHED", "catalog_version"),
        ({"catalog_version": 0}, "FIELD_MISSING", "catalog_version"),
        ({"account_ids": ["nobody"]}, "ACCOUNT_UNKNOWN", "account_ids"),
        ({"used_until": Timestamp(seconds=1)}, "FIELD_INVALID", "used_until"),
        ({"reason": ""}, "FIELD_MISSING", "reason"),
    ],
)
async def test_a_run_that_cannot_be_is_refused(
    charging: Node, changed: dict[str, object], reason: str, field: str
) -> None:
    refused = await refusal(rerate(charging.channel, request("run-1", **changed)))
    assert (refused.reason, refused.field) == (reason, field)
