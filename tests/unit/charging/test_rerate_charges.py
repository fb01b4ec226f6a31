"""A re-rating run on a real writer: previews, repetition, bounds, and one entry for an account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tidemark.charging.v1 import charge_api_pb2

from services.charging.adapters.journal_charges import JournalCharges
from services.charging.adapters.messages import charges
from services.charging.application.charge_usage import Repeatable
from services.charging.application.explain_charge import ExplainCharge
from services.charging.application.find_charge import FindCharge
from services.charging.application.partition_writer import Submission
from services.charging.application.refund_charge import RefundCharge
from services.charging.application.rerate_charges import (
    AccountRerated,
    RepeatableRun,
    RerateCharges,
    RerateRun,
)
from services.charging.domain.commands import EventAction, Invocation, OneTimeEvent
from services.charging.domain.rerated_accounts import Selection
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA, offering, per, price, tariff
from tests.support.charging_world import NOON, eur, later, report
from tests.support.memory_identities import MemoryIdentities
from tests.support.writer_world import PARTITION, WriterWorld, described, provision

ACCOUNTS = ("acme", "bolt", "coil")


@pytest.fixture
async def world() -> AsyncIterator[WriterWorld]:
    """Three accounts; version 1 charges a cent for an octet, version 2 half a cent."""
    running = WriterWorld()
    async with running.running():
        for account in ACCOUNTS:
            await running.writer.execute(provision(account))
        cheaper = tariff(offering("basic", price("data", DATA, per("0.005"))), version=2)
        running.writer.tariffs = running.writer.tariffs.with_version([cheaper])
        yield running


async def use(world: WriterWorld, account: str, units: int, when: Instant = NOON) -> None:
    """One event that debits so many octets."""
    invocation = Invocation(1, when, (report(DATA, units, want=None),))
    command = OneTimeEvent(EventAction.DIRECT_DEBITING, f"{account}-1", "smsf-1", "1", invocation)
    await world.writer.execute(Submission(command, b"", b"", described))


def run(run_id: str = "run-1", **changed: Any) -> RerateRun:
    preview = changed.pop("preview", False)
    defaults: dict[str, Any] = {"catalog_version": 2, "used_from": NOON, "used_until": later(NOON, 86_400)}
    return RerateRun(Selection(run_id, **(defaults | changed)), "wrong price", "pricing-desk", preview)


def repeatable(asked: RerateRun, digest: bytes = b"content") -> RepeatableRun:
    return RepeatableRun(
        lambda account, number: f"{asked.selection.run_id}/{account}/{number}".encode(),
        digest,
        charges.corrected,
        charges.corrected_back,
    )


async def rerate(
    world: WriterWorld, asked: RerateRun, digest: bytes = b"content", most_waiting: int = 1_000
) -> list[AccountRerated]:
    use_case = RerateCharges(world.writer, world.journal, JournalCharges(), most_waiting)
    return [account async for account in use_case(asked, repeatable(asked, digest))]


def by_account(found: list[AccountRerated]) -> dict[str, list[int]]:
    """Signed corrections in cents of each account."""
    return {
        account.account_id: [(item.after - item.before) // 1_000_000 for item in account.corrections]
        for account in found
    }


async def test_each_account_is_corrected_in_one_entry_and_replay_agrees(world: WriterWorld) -> None:
    for account in ACCOUNTS:
        await use(world, account, 100)
        await use(world, account, 300)
    found = await rerate(world, run())
    assert by_account(found) == {account: [-50, -150] for account in ACCOUNTS}
    assert [account.charges_seen for account in found] == [2, 2, 2]
    assert [world.money(account) for account in ACCOUNTS] == [eur("8.00")] * 3
    corrected = [entry for told in world.told for entry in told.entries if entry.operation.name == "CORRECT"]
    assert len(corrected) == 3
    assert await world.replayed_digest() == world.live_digest()


async def test_a_preview_tells_the_same_and_writes_nothing(world: WriterWorld) -> None:
    await use(world, "acme", 100)
    rows, digest = len(world.journal.rows), world.live_digest()
    found = await rerate(world, run(preview=True))
    assert by_account(found) == {"acme": [-50]}
    assert (len(world.journal.rows), world.live_digest()) == (rows, digest)
    shown = next(charges.rerated(found[0], preview=True))
    assert shown.corrections[0].correction_id == ""
    assert by_account(await rerate(world, run())) == {"acme": [-50]}


async def test_the_same_run_again_tells_what_it_did_and_does_nothing(world: WriterWorld) -> None:
    await use(world, "acme", 100)
    first = await rerate(world, run())
    rows = len(world.journal.rows)
    await use(world, "acme", 50)
    again = await rerate(world, run())
    assert by_account(again) == by_account(first) == {"acme": [-50]}
    assert again[0].corrections == first[0].corrections
    assert len(world.journal.rows) == rows + 1
    assert by_account(await rerate(world, run("run-2"))) == {"acme": [-25]}
    assert by_account(await rerate(world, run("run-3"))) == {"acme": []}


async def test_runs_at_the_same_time_correct_a_charge_once(world: WriterWorld) -> None:
    """Also while it is used on: what comes after a run began is left to the next one."""
    for account in ACCOUNTS:
        await use(world, account, 100)
    same, twin, other, _ = await asyncio.gather(
        rerate(world, run("run-1")),
        rerate(world, run("run-1")),
        rerate(world, run("run-2")),
        use(world, "acme", 200),
    )
    assert by_account(same) == by_account(twin)
    for account in ACCOUNTS:
        assert by_account(same)[account] + by_account(other)[account] == [-50], "whichever came first"
    assert {account: world.money(account) for account in ACCOUNTS} == {
        "acme": eur("7.50"),
        "bolt": eur("9.50"),
        "coil": eur("9.50"),
    }
    assert by_account(await rerate(world, run("run-3")))["acme"] == [-100]
    assert await world.replayed_digest() == world.live_digest()


async def test_the_same_id_with_another_content_is_refused(world: WriterWorld) -> None:
    await use(world, "acme", 100)
    await rerate(world, run())
    with pytest.raises(RefusedError) as refused:
        await rerate(world, run(), digest=b"another")
    assert refused.value.refused.reason.name == "DUPLICATE_DIFFERS"


async def test_only_the_period_the_accounts_and_the_offerings_that_are_named(world: WriterWorld) -> None:
    for account in ACCOUNTS:
        await use(world, account, 100, NOON)
        await use(world, account, 200, later(NOON, 86_400))
    assert by_account(await rerate(world, run("run-1", account_ids=frozenset({"bolt"})))) == {"bolt": [-50]}
    assert await rerate(world, run("run-2", offering_codes=frozenset({"other"}))) == []
    late = run("run-3", used_from=later(NOON, 86_400), used_until=later(NOON, 86_401))
    assert by_account(await rerate(world, late)) == {account: [-100] for account in ACCOUNTS}


async def test_what_waits_is_bounded_and_the_rest_is_walked_for_again(world: WriterWorld) -> None:
    for account in (*ACCOUNTS, *ACCOUNTS):
        await use(world, account, 100)
    found = await rerate(world, run(), most_waiting=2)
    assert by_account(found) == {account: [-50, -50] for account in ACCOUNTS}


async def test_more_than_a_thousand_corrections_take_several_entries(world: WriterWorld) -> None:
    invocation = Invocation(1, NOON, (report(DATA, *[2] * 1_001, want=None),))
    command = OneTimeEvent(EventAction.DIRECT_DEBITING, "acme-1", "smsf-1", "1", invocation, True)
    await world.writer.execute(Submission(command, b"", b"", described))
    found = await rerate(world, run())
    assert by_account(found) == {"acme": [-1] * 1_001}
    assert [len(piece.corrections) for piece in charges.rerated(found[0], False)] == [1_001]
    sizes = [
        sum(type(event).__name__ == "ChargeCorrected" for event in entry.events)
        for told in world.told
        for entry in told.entries
        if entry.operation.name == "CORRECT"
    ]
    assert sizes == [1_000, 1]
    assert await world.replayed_digest() == world.live_digest()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"account_ids": frozenset({"nobody"})}, "ACCOUNT_UNKNOWN"),
        ({"catalog_version": 9}, "CATALOG_NOT_PUBLISHED"),
    ],
)
async def test_an_unknown_account_or_version_is_refused(
    world: WriterWorld, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        await rerate(world, run(**changed))
    assert refused.value.refused.reason.name == reason


async def test_charges_refunds_and_corrections_are_found_and_explained_by_their_ids(
    world: WriterWorld,
) -> None:
    await use(world, "acme", 100)
    (found,) = await rerate(world, run())
    (correction,) = found.corrections
    refunds = RefundCharge(world.writer, MemoryIdentities({"imsi-1": "acme-1"}), world.journal, world.codec)
    repeatable_refund = Repeatable(b"refund", b"", described)
    await refunds("imsi-1", correction.charge_id, eur("0.20"), "EUR", 1, NOON, repeatable_refund)
    explain = ExplainCharge(world.writer, world.journal, world.codec)
    charge = await explain(correction.charge_id)
    assert "100 octets x 0.01 EUR = 1.00 EUR." in charge.explanation.sentences
    assert charge.explanation.sentences[-1] == "It comes to 0.30 EUR now."
    assert charge.explanation.changed_since == -eur("0.70")
    told = (await explain(correction.correction_id)).explanation.sentences
    assert told[1] == (
        "By the price 2/basic/data of catalog version 2 it costs 0.50 EUR; 1.00 EUR had been charged."
    )
    refund_id = f"r-{PARTITION}-{world.writer.head_sequence}-1"
    assert (await explain(refund_id)).explanation.sentences[0] == (
        f"Refund of the charge {correction.charge_id}."
    )
    with pytest.raises(RefusedError) as refused:
        await refunds("imsi-1", refund_id, None, "", 2, NOON, Repeatable(b"again", b"", described))
    assert refused.value.refused.reason.name == "CHARGE_UNKNOWN"


@pytest.mark.parametrize(
    "charge_id",
    ["", "c-", "c-3-1-1-1", "c-3-99-1-1", "c-4-2-1-1", "x-3-2-1-1", "c-3-2-9-1", f"c-3-{2**63}-1-1", "r-3-2"],
)
async def test_what_is_no_charge_is_not_found(world: WriterWorld, charge_id: str) -> None:
    assert await FindCharge(world.journal, world.codec, PARTITION)(charge_id) is None
    with pytest.raises(RefusedError) as refused:
        await ExplainCharge(world.writer, world.journal, world.codec)(charge_id)
    assert refused.value.refused.reason.name == "CHARGE_UNKNOWN"


async def test_a_charge_whose_version_has_gone_cannot_be_explained(world: WriterWorld) -> None:
    await use(world, "acme", 100)
    (found,) = await rerate(world, run(preview=True))
    charge_id = found.corrections[0].charge_id
    world.writer.tariffs = Tariffs()
    with pytest.raises(RefusedError) as refused:
        await ExplainCharge(world.writer, world.journal, world.codec)(charge_id)
    assert refused.value.refused.reason.name == "CATALOG_NOT_PUBLISHED"


def test_a_run_is_checked_field_by_field() -> None:
    request = charge_api_pb2.RerateChargesRequest(request_id="run-1", catalog_version=2)
    request.used_from.seconds, request.used_until.seconds = 100, 200
    request.reason, request.actor = "wrong price", "pricing-desk"
    asked = charges.rerate_run(request)
    assert asked.selection.used_from == 100_000_000
    for field, value in (
        ("request_id", ""),
        ("catalog_version", 0),
        ("reason", ""),
        ("actor", "\n"),
        ("account_ids", ["no blanks allowed"]),
        ("offering_codes", ["Not a code"]),
        ("account_ids", ["acme"] * 1_001),
        ("used_from", None),
        ("used_until", None),
    ):
        broken = charge_api_pb2.RerateChargesRequest()
        broken.CopyFrom(request)
        broken.ClearField(field)  # type: ignore[arg-type]
        if isinstance(value, list):
            broken.account_ids.extend(value) if field == "account_ids" else broken.offering_codes.extend(
                value
            )
        elif isinstance(value, str):
            setattr(broken, field, value)
        with pytest.raises(RefusedError) as refused:
            charges.rerate_run(broken)
        assert refused.value.refused.field.partition("[")[0] == field
    request.used_until.seconds = 100
    with pytest.raises(RefusedError):
        charges.rerate_run(request)
