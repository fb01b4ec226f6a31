"""Story: an operator settles November from the command line, and a partner disputes a line of it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.settlement_agreements import CENT, MELODY, music
from tests.support.settlement_products import product
from tests.support.settlement_server import SettlementServer, settlement_server
from tests.support.settlement_world import SettlementWorld

NOVEMBER = "2026-11"
MINE = "melody/2026-11/1"
SAYS = ("--actor", "melody", "--text")


@pytest.fixture
def world(tmp_path: Path) -> SettlementWorld:
    """1,000.00 EUR of music in November, of which Melody gets 600.00; it is December."""
    made = SettlementWorld(f"sqlite:///{tmp_path}/settlement.sqlite")
    made.parties(MELODY)
    made.agree(music())
    for day in (3, 17):
        made.record(f"2026-11-{day:02}", product("fee", "music", "monthly"), 50_000 * CENT)
    made.until("2026-12-01")
    return made


@pytest.fixture
async def server(world: SettlementWorld) -> AsyncIterator[SettlementServer]:
    async with settlement_server(world) as running:
        yield running
    await world.database.close()


async def done(server: SettlementServer, *arguments: str, party: str = "") -> str:
    """What a command that must succeed prints, blanks as one and without the rules of tables."""
    result = await server.tidemark(*arguments, party=party)
    assert result.exit_code == 0, result.output
    return "\n".join(" ".join(line.replace("│", " ").split()) for line in result.stdout.splitlines())


async def asked(server: SettlementServer, *arguments: str, party: str = "") -> Any:
    result = await server.tidemark(*arguments, "--json", party=party)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def refused(server: SettlementServer, *arguments: str, party: str = "") -> str:
    result = await server.tidemark(*arguments, party=party)
    assert result.exit_code == 1, result.output
    return result.stderr


async def closed(server: SettlementServer) -> None:
    await done(server, "settlement", "run", NOVEMBER, "--until", "closed", "--actor", "ada")


async def test_a_run_stops_for_a_person_to_look_and_goes_on_with_a_name(server: SettlementServer) -> None:
    stopped = await done(server, "settlement", "run", NOVEMBER)
    assert "✓ frozen 2 records, 1,000.00 EUR gross" in stopped
    assert "open → frozen → [calculated] → approved → closed → paid" in stopped
    assert f"melody {MINE} 600.00 EUR 600.00 EUR" in stopped
    assert "nothing is booked yet" in await done(server, "ledger", "balance")
    went_on = await done(server, "settlement", "run", NOVEMBER, "--until", "closed", "--actor", "ada")
    assert "✓ approved by ada (finance)" in went_on
    assert "approved → [closed] → paid" in went_on
    assert "partner-payable:melody 0.00 EUR 600.00 EUR -600.00 EUR" in await done(server, "ledger", "balance")
    assert (await done(server, "ledger", "verify")).startswith("balanced: ")


async def test_a_run_said_again_finds_nothing_to_do(server: SettlementServer) -> None:
    await closed(server)
    before = await asked(server, "settlement", "show", NOVEMBER)
    assert "2026-11 is closed" in await done(server, "settlement", "run", NOVEMBER)
    assert await asked(server, "settlement", "show", NOVEMBER) == before


async def test_single_steps_a_payment_and_what_is_left_at_the_bank(server: SettlementServer) -> None:
    for step in (("freeze",), ("calculate",), ("approve", "--actor", "ada"), ("close",)):
        await done(server, "settlement", step[0], NOVEMBER, *step[1:])
    pay = ("pay", NOVEMBER, "--reference", "SEPA-1", "--actor", "ada", "--request-id", "pay-1")
    paid = await done(server, "settlement", *pay)
    assert "closed → [paid]" in paid
    assert await done(server, "settlement", *pay) == paid
    entries = await server.tidemark("ledger", "entries", "--account", "bank", "--json")
    (entry,) = [json.loads(line) for line in entries.stdout.splitlines()]
    assert entry["description"] == "payment SEPA-1"
    assert "●●●●●●" in await done(server, "settlement", "runs")
    assert "RUN_PAID" in await refused(
        server, "settlement", "reopen", NOVEMBER, "--reason", "wrong", "--actor", "ada"
    )


async def test_a_closed_run_is_taken_back_and_settled_as_its_next_revision(server: SettlementServer) -> None:
    await closed(server)
    opened = await done(
        server, "settlement", "reopen", NOVEMBER, "--reason", "a tariff was wrong", "--actor", "ada"
    )
    assert "2026-11, revision 2" in opened
    await closed(server)
    shown = await done(server, "settlement", "show", NOVEMBER)
    assert "1 closed open ada (finance) a tariff was wrong" in shown
    assert "melody melody/2026-11/2 600.00 EUR 600.00 EUR" in shown
    assert "reversal of 1 " in await done(server, "ledger", "entries")
    await done(server, "ledger", "verify")


async def test_a_partner_disputes_a_line_and_meets_the_operator_half_way(server: SettlementServer) -> None:
    await closed(server)
    raised = await done(
        server, "disputes", "raise", MINE, "1", "--claimed", "650", *SAYS, "we count more", party="melody"
    )
    assert "the line is 600.00 EUR, claimed 650.00 EUR, held back from what is paid" in raised
    (dispute,) = re.findall(r"^d-[0-9a-f]+", raised)
    assert "partner-held:melody" in await done(server, "ledger", "balance", "--party", "melody")
    await done(server, "disputes", "answer", dispute, "--actor", "ada", "--text", "ours are beyond 30 s")
    await done(server, "disputes", "escalate", dispute, *SAYS, "no progress", party="melody")
    assert "NOT_OPERATOR" in await refused(
        server, "disputes", "accept", dispute, *SAYS, "then so be it", party="melody"
    )
    accepted = await done(
        server, "disputes", "accept", dispute, "--agreed", "625.50", "--actor", "cfo", "--text", "half way"
    )
    assert "claimed 650.00 EUR, agreed 625.50 EUR" in accepted
    told = await done(server, "disputes", "show", dispute, party="melody")
    said = ["we count more", "ours are beyond 30 s", "no progress", "half way"]
    assert [line for line in told.splitlines() if line in said] == said
    assert "nothing is in dispute" in await done(server, "disputes", "list", "--open")
    assert "625.50 EUR" in await done(server, "disputes", "list", party="melody")
    assert "nothing is in dispute" in await done(server, "disputes", "list", party="cinema")
    await done(server, "ledger", "verify")


async def test_a_refusal_says_what_to_do(server: SettlementServer) -> None:
    assert "`tidemark settlement runs`" in await refused(server, "settlement", "show", NOVEMBER)
    assert "--early does so" in await refused(server, "settlement", "run", "2026-12")
    assert "2026-Q4 (a day, week, month, quarter)" in await refused(server, "settlement", "run", "november")
    assert "NOT_OPERATOR" in await refused(server, "settlement", "run", NOVEMBER, party="melody")
    assert "VOUCHER_UNKNOWN" in await refused(
        server, "vouchers", "redeem", "GEZDGNBVGY3TQOJQ", "--reference", "trip-1", party="melody"
    )


async def test_how_far_the_journal_is_followed(server: SettlementServer) -> None:
    status = await done(server, "settlement", "status")
    assert "2 settlement records" in status
    assert "it follows freely" in status
    assert "s-1 has earned no voucher yet" in await done(server, "vouchers", "list", "s-1")
