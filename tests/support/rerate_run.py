"""Re-rating runs on a real writer with a few accounts and two price lists."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from services.charging.adapters.journal_charges import JournalCharges
from services.charging.adapters.messages import charges
from services.charging.application.partition_writer import Submission
from services.charging.application.rerate_charges import (
    AccountRerated,
    RepeatableRun,
    RerateCharges,
    RerateRun,
)
from services.charging.domain.commands import EventAction, Invocation, OneTimeEvent
from services.charging.domain.corrections.rerated_accounts import Selection
from services.common.kernel.clock import Instant
from tests.support.charging_catalog import DATA, offering, per, price, tariff
from tests.support.charging_world import NOON, later, report
from tests.support.writer_world import WriterWorld, described, provision

ACCOUNTS = ("acme", "bolt", "coil")


@contextlib.asynccontextmanager
async def two_versions() -> AsyncIterator[WriterWorld]:
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
    """A run over a day by version 2."""
    preview = changed.pop("preview", False)
    defaults: dict[str, Any] = {"catalog_version": 2, "used_from": NOON, "used_until": later(NOON, 86_400)}
    return RerateRun(Selection(run_id, **(defaults | changed)), "wrong price", "pricing-desk", preview)


def repeatable(asked: RerateRun, digest: bytes = b"content") -> RepeatableRun:
    """What makes it repeatable; another digest is another content under the same id."""
    return RepeatableRun(
        lambda account, number: f"{asked.selection.run_id}/{account}/{number}".encode(),
        digest,
        charges.corrected,
        charges.corrected_back,
    )


async def rerate(
    world: WriterWorld, asked: RerateRun, digest: bytes = b"content", most_waiting: int = 1_000
) -> list[AccountRerated]:
    """Every answer of a run."""
    use_case = RerateCharges(world.writer, world.journal, JournalCharges(), most_waiting)
    return [account async for account in use_case(asked, repeatable(asked, digest))]


def by_account(found: list[AccountRerated]) -> dict[str, list[int]]:
    """Signed corrections in cents of each account."""
    return {
        account.account_id: [(item.after - item.before) // 1_000_000 for item in account.corrections]
        for account in found
    }
