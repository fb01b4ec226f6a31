"""A re-rating run on a real writer: previews, repetition, bounds, and one entry for an account."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tidemark.charging.v1 import charge_api_pb2

from services.charging.adapters.journal_charges import JournalCharges
from services.charging.adapters.messages import charges
from services.charging.application.partition_writer import Submission
from services.charging.application.rerate_charges import (
    AccountRerated,
    RerateCharges,
)
from services.charging.domain.commands import EventAction, Invocation, OneTimeEvent
from services.charging.domain.corrections.rerated_accounts import Selection
from services.charging.domain.events import Event
from services.common.kernel.outcome import RefusedError
from tests.support.charging_catalog import DATA, offering, per, price, tariff
from tests.support.charging_world import NOON, eur, later, report
from tests.support.rerate_run import ACCOUNTS, by_account, repeatable, rerate, run, two_versions, use
from tests.support.waiting import eventually
from tests.support.writer_world import WriterWorld, described


@pytest.fixture
async def world() -> AsyncIterator[WriterWorld]:
    async with two_versions() as running:
        yield running


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


class HeldReader(JournalCharges):
    """Decodes only once it is let go."""

    def __init__(self) -> None:
        self.decoding = threading.Event()
        self.go_on = threading.Event()

    def concerned(self, payload: bytes, selection: Selection) -> list[Event]:
        self.decoding.set()
        assert self.go_on.wait(20), "nobody let it go"
        return super().concerned(payload, selection)


async def test_charging_goes_on_while_a_run_reads_the_journal(world: WriterWorld) -> None:
    await use(world, "acme", 100)
    reader = HeldReader()
    use_case = RerateCharges(world.writer, world.journal, reader)

    async def answers() -> list[AccountRerated]:
        return [account async for account in use_case(run(), repeatable(run()))]

    running = asyncio.create_task(answers())
    try:
        await eventually(reader.decoding.is_set, what="the run reads")
        await use(world, "acme", 300)
        assert not running.done()
        assert world.money() == eur("6.00")
    finally:
        reader.go_on.set()
    assert by_account(await running) == {"acme": [-50]}
    assert world.money() == eur("6.50")


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


def test_a_record_that_is_none_is_not_read_as_empty() -> None:
    with pytest.raises(ValueError, match="not a JournalRecord"):
        JournalCharges().concerned(b"\xff", run().selection)


async def test_an_account_that_cannot_hold_its_corrections_is_left_as_it_is(world: WriterWorld) -> None:
    """Each correction of 2 x 10^18 can be held, the three together can't."""
    world.writer.tariffs = world.writer.tariffs.with_version(
        [tariff(offering("basic", price("data", DATA, per("20000000000"))), version=3)]
    )
    for _ in range(3):
        await use(world, "acme", 1)
    (found,) = await rerate(world, run(catalog_version=3))
    assert found.corrections == ()
    assert {item.detail for item in found.uncorrected} == {"the balance would be beyond what it can hold"}
    (previewed,) = await rerate(world, run("run-2", catalog_version=3, preview=True))
    assert previewed.uncorrected == found.uncorrected
    assert world.money() == eur("9.97")
