"""Accounts over gRPC: opened once, filled, corrected, moved between; credit, and a bucket a family shares."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.charging.v1 import account_api_pb2, charging_data_pb2
from tidemark.type.v1 import quantity_pb2

from tests.support.live_accounts import Care, money_bucket, provision, quantity_bucket
from tests.support.live_charging import (
    Node,
    charging_node,
    charging_settings,
    journal_status,
    price,
    priced_charging,
    running,
)
from tests.support.live_element import DEBIT, REFUND, Element, euros, pieces, refusal, usage, used, wish
from tests.support.live_offerings import Shop
from tests.support.live_prices import CENT, DATA, EURO, INITIAL_OCTETS, MEGABYTE, MESSAGE, OCTET, TEXT, VIDEO

LIMIT_REACHED = charging_data_pb2.RESULT_CODE_QUOTA_LIMIT_REACHED


@pytest.fixture
async def charging(tmp_path: Path) -> AsyncIterator[Node]:
    async with priced_charging(tmp_path) as node:
        yield node


@pytest.fixture
def care(charging: Node) -> Care:
    return Care(charging.channel)


@pytest.fixture
def element(charging: Node) -> Element:
    return Element(charging.channel)


async def test_an_account_is_opened_once_however_often_it_is_asked_for(charging: Node, care: Care) -> None:
    answers = await asyncio.gather(*(care.open("anna", "prepaid", "video-pass") for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    await charging.restart()
    assert await Care(charging.channel).open("anna", "prepaid", "video-pass") == answers[0]
    assert (await journal_status(charging.channel)).accounts == 1


async def test_one_identifier_wanted_by_two_accounts_at_once_goes_to_one_of_them(
    charging: Node, care: Care
) -> None:
    answers = await asyncio.gather(
        *(care.open(f"rival-{n}", identifiers=["msisdn-4917012345"]) for n in range(5)),
        return_exceptions=True,
    )
    winners = [item for item in answers if isinstance(item, account_api_pb2.ProvisionAccountResponse)]
    assert len(winners) == 1
    found = await care.stub.GetAccount(
        account_api_pb2.GetAccountRequest(subscriber_identifier="msisdn-4917012345"), timeout=10
    )
    assert found.account.account_id == winners[0].account_id
    assert (await journal_status(charging.channel)).accounts == 1


async def test_an_interrupted_provision_can_be_repeated(tmp_path: Path) -> None:
    """A crash after the identifiers were bound and before the account was journalled."""
    await price(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "charging.sqlite")) as connection:
        connection.executemany(
            "INSERT INTO subscriber_identifier (identifier, subscriber_id) VALUES (?, ?)",
            [("imsi-262010000000001", "left-behind"), ("msisdn-4917012345", "left-behind")],
        )
        connection.commit()
    node = charging_node(charging_settings(tmp_path))
    async with running(node):
        care = Care(node.channel)
        request = provision("anna", identifiers=["imsi-262010000000001"])
        request.subscribers[0].identifiers.append("msisdn-4917012345")
        answer = await care.stub.ProvisionAccount(request, timeout=10)
        assert list(answer.subscriber_ids) == ["left-behind"]
        created = await Element(node.channel).create("msisdn-4917012345", "c-1", usage(DATA, asks=wish()))
        granted = created.charging_data.multiple_unit_information[0].granted_unit
        assert granted.total_volume_octets == INITIAL_OCTETS


async def test_no_personal_identifier_stands_in_the_journal(tmp_path: Path) -> None:
    async with priced_charging(tmp_path) as charging:
        care, element = Care(charging.channel), Element(charging.channel)
        await care.open("anna", identifiers=["msisdn-4917099999"])
        await element.create("msisdn-4917099999", "c-1", usage(DATA, asks=wish()))
        await element.event(DEBIT, "msisdn-4917099999", "e-1", usage(TEXT, asks=pieces(1)))
    with contextlib.closing(sqlite3.connect(tmp_path / "charging.sqlite")) as connection:
        rows = connection.execute("SELECT payload FROM journal").fetchall()
        rows += connection.execute("SELECT state FROM snapshot").fetchall()
    assert len(rows) > 3
    assert not any(b"4917099999" in octets for (octets,) in rows)


async def test_what_an_account_holds_can_be_looked_up_by_either_name(care: Care) -> None:
    await care.open("anna", "prepaid", "video-pass", identifiers=["iccid-894900000000000001"])
    by_name = await care.account("anna")
    by_identifier = await care.stub.GetAccount(
        account_api_pb2.GetAccountRequest(subscriber_identifier="iccid-894900000000000001"), timeout=10
    )
    assert by_identifier.account == by_name
    assert money_bucket(by_name).money == euros(5 * EURO)
    video = quantity_bucket(by_name)
    assert (video.quantity.unit, video.quantity.amount) == ("octets", 5 * MEGABYTE)
    assert list(video.rating_groups) == [VIDEO]
    codes = {item.offering_code for item in by_name.subscribers[0].subscriptions}
    assert codes == {"prepaid", "video-pass"}


async def test_services_that_keep_no_personal_data_name_a_subscriber_by_the_opaque_id(
    care: Care, element: Element, charging: Node
) -> None:
    """As offers do: resolved once, then known by the id that stands in the journal."""
    opened = await care.open("family", identifiers=["msisdn-4917099998", "msisdn-4917099999"])
    resolved = await care.stub.ResolveSubscriber(whose("msisdn-4917099999"), timeout=10)
    assert (resolved.subscriber_id, resolved.account_id) == (opened.subscriber_ids[1], "family")
    opaque = f"subscriber-{resolved.subscriber_id}"
    assert await care.stub.ResolveSubscriber(whose(opaque), timeout=10) == resolved
    found = await care.stub.GetAccount(
        account_api_pb2.GetAccountRequest(subscriber_identifier=opaque), timeout=10
    )
    assert found.account == await care.account("family")
    subscribed = await Shop(charging.channel).take(opaque, "video-pass")
    taken = {item.subscriber_id: len(item.subscriptions) for item in subscribed.account.subscribers}
    assert taken == {opened.subscriber_ids[0]: 1, opened.subscriber_ids[1]: 2}
    created = await element.create(opaque, "c-1", usage(DATA, asks=wish()))
    assert created.charging_data.multiple_unit_information[0].granted_unit.total_volume_octets > 0


async def test_an_opaque_id_that_nobody_has_is_an_unknown_user_everywhere(
    care: Care, element: Element, charging: Node
) -> None:
    await care.open("anna")
    nobody, shop = "subscriber-nobody", Shop(charging.channel)
    calls = (
        care.stub.ResolveSubscriber(whose(nobody), timeout=10),
        care.stub.ResolveSubscriber(whose("msisdn-4917000000"), timeout=10),
        care.stub.GetAccount(account_api_pb2.GetAccountRequest(subscriber_identifier=nobody), timeout=10),
        shop.take(nobody, "video-pass"),
        element.create(nobody, "c-1", usage(DATA, asks=wish())),
        element.event(REFUND, nobody, "e-1", refund="c-0-1-1-1"),
    )
    assert [(await refusal(call)).reason for call in calls] == ["USER_UNKNOWN"] * len(calls)
    missing = await refusal(care.stub.ResolveSubscriber(whose(""), timeout=10))
    assert (missing.reason, missing.field) == ("FIELD_MISSING", "subscriber_identifier")
    wrong = await refusal(care.stub.ResolveSubscriber(whose("anna"), timeout=10))
    assert wrong.reason == "FIELD_INVALID"


async def test_nobody_can_be_given_the_opaque_id_of_another(care: Care) -> None:
    opened = await care.open("anna")
    stolen = f"subscriber-{opened.subscriber_ids[0]}"
    refused = await refusal(care.open("mallory", identifiers=[stolen]))
    assert (refused.reason, refused.field) == ("FIELD_INVALID", "subscribers[0].identifiers[0]")


def whose(identifier: str) -> account_api_pb2.ResolveSubscriberRequest:
    return account_api_pb2.ResolveSubscriberRequest(subscriber_identifier=identifier)


async def test_an_adjustment_corrects_one_bucket_and_leaves_what_is_reserved(
    care: Care, element: Element
) -> None:
    await care.open("anna", "prepaid", "video-pass")
    await element.create("device-anna", "c-1", usage(DATA, asks=wish()))
    free = 5 * EURO - INITIAL_OCTETS * OCTET
    account = (await care.stub.AdjustBalance(adjustment("a-1", -free), timeout=10)).account
    assert money_bucket(account).money.minor_micros == INITIAL_OCTETS * OCTET
    assert (await refusal(care.stub.AdjustBalance(adjustment("a-2", -1)))).reason == "BALANCE_INSUFFICIENT"
    bucket_id = quantity_bucket(account).bucket_id
    more = quantity_pb2.Quantity(unit="octets", amount=MEGABYTE)
    request = adjustment("a-3", 0, bucket_id=bucket_id, quantity=more)
    account = (await care.stub.AdjustBalance(request, timeout=10)).account
    assert quantity_bucket(account).quantity.amount == 6 * MEGABYTE


def adjustment(
    request_id: str,
    amount: int,
    bucket_id: str = "anna/money",
    quantity: quantity_pb2.Quantity | None = None,
) -> account_api_pb2.AdjustBalanceRequest:
    return account_api_pb2.AdjustBalanceRequest(
        request_id=request_id,
        account_id="anna",
        bucket_id=bucket_id,
        money=None if quantity is not None else euros(amount),
        quantity=quantity,
        reason="correction",
        actor="care-desk",
    )


async def test_a_transfer_moves_money_whole_or_not_at_all_and_reopens_the_other_side(
    care: Care, element: Element
) -> None:
    await care.open("anna")
    await care.open("bert", money=0)
    blocked = await element.create("device-bert", "c-1", usage(DATA, asks=wish()))
    assert blocked.charging_data.multiple_unit_information[0].result_code == LIMIT_REACHED
    stream = element.notices()
    answer = await care.stub.TransferBalance(transfer("t-1", 2 * EURO), timeout=10)
    assert money_bucket(answer.from_account).money.minor_micros == 3 * EURO
    assert money_bucket(answer.to_account).money.minor_micros == 2 * EURO
    async with asyncio.timeout(10):
        assert (await anext(aiter(stream))).charging_data_ref == blocked.charging_data_ref
    assert (await refusal(care.stub.TransferBalance(transfer("t-2", 4 * EURO)))).reason == (
        "BALANCE_INSUFFICIENT"
    )
    assert (await care.money("anna"), await care.money("bert")) == ((3 * EURO, 0), (2 * EURO, 0))
    stream.cancel()


def transfer(request_id: str, amount: int) -> account_api_pb2.TransferBalanceRequest:
    return account_api_pb2.TransferBalanceRequest(
        request_id=request_id, from_account_id="anna", to_account_id="bert", amount=euros(amount)
    )


async def test_credit_is_spent_to_its_limit_and_no_further(care: Care, element: Element) -> None:
    await care.open("anna", money=0, credit=10 * CENT)
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    granted, number = 0, 1
    answer = await element.update(ref, 2, usage(DATA, asks=wish()), second=1)
    while (information := answer.multiple_unit_information[0]).result_code != LIMIT_REACHED:
        number += 1
        granted = information.granted_unit.total_volume_octets
        report = usage(DATA, used(granted, number), asks=wish())
        answer = await element.update(ref, 1 + number, report, second=number)
    assert number > 2
    assert await care.money("anna") == (-10 * CENT, 0)
    assert (await refusal(care.stub.TransferBalance(transfer("t-1", 1)))).reason == "ACCOUNT_UNKNOWN"


async def test_a_family_shares_one_bucket_and_it_is_promised_once(care: Care, element: Element) -> None:
    members = [f"device-member-{number}" for number in range(4)]
    await care.open("family", "family", money=0, credit=EURO, identifiers=members)
    created = await asyncio.gather(
        *(element.create(name, name, usage(DATA, asks=wish(4 * MEGABYTE))) for name in members)
    )
    granted = [
        item.charging_data.multiple_unit_information[0].granted_unit.total_volume_octets for item in created
    ]
    shared = quantity_bucket(await care.account("family"))
    _, money_reserved = await care.money("family")
    assert all(granted)
    assert shared.quantity_reserved.amount <= shared.quantity.amount == 10 * MEGABYTE
    assert shared.quantity_reserved.amount * OCTET + money_reserved == sum(granted) * OCTET
    for answer, octets in zip(created, granted, strict=True):
        await element.release(answer.charging_data_ref, 2, usage(DATA, used(octets)), second=60)
    left = quantity_bucket(await care.account("family"))
    balance, _ = await care.money("family")
    assert (10 * MEGABYTE - left.quantity.amount) * OCTET - balance == sum(granted) * OCTET
    assert left.quantity_reserved.amount == 0


async def test_a_refund_gives_back_a_part_then_the_rest_and_never_more(care: Care, element: Element) -> None:
    await care.open("anna")
    charged = await element.event(DEBIT, "device-anna", "e-1", usage(TEXT, asks=pieces(1)))
    (charge_id,) = charged.charge_information.charge_ids
    part = await element.event(REFUND, "device-anna", "e-2", refund=charge_id, amount=euros(CENT))
    assert part.charge_information.amount.minor_micros == -CENT
    rest = await element.event(REFUND, "device-anna", "e-3", refund=charge_id)
    assert rest.charge_information.amount.minor_micros == CENT - MESSAGE
    refused = await refusal(element.event(REFUND, "device-anna", "e-4", refund=charge_id))
    assert refused.reason == "REFUND_EXCEEDS_CHARGE"
    assert await care.money("anna") == (5 * EURO, 0)
