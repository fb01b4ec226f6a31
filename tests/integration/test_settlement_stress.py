"""Hundreds of runs with late usage, refunds, reversals and disputes, several callers at once.

In the manner of Formance's stress test: whatever happened, the ledger sums to zero, nothing is left in
clearing, and undoing everything concurrently undoes it once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlmodel import Session

from services.common.kernel.outcome import RefusedError
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.sql_settlement import SqlSettlement
from services.partner_settlement.application import settling
from services.partner_settlement.application.books import Books
from services.partner_settlement.application.disputing import raise_dispute, step_dispute
from services.partner_settlement.domain.agreements import PercentStep, Recipient
from services.partner_settlement.domain.disputes import DisputeStep
from services.partner_settlement.domain.periods import PeriodKind, parse_period
from services.partner_settlement.domain.records import SettlementRecord
from tests.support.postgres import new_postgres_database
from tests.support.settlement_agreements import CENT, CINEMA, MELODY, music
from tests.support.settlement_products import product
from tests.support.settlement_world import OPERATOR_NAME, ZONE, SettlementWorld

FEE = product("fee", "music", "monthly")
REFUND = replace(FEE, kind="refund")
FIRST = date(2026, 1, 1)
CALLERS = 3
DAYS = 30


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> SettlementWorld:
    url = f"sqlite:///{tmp_path}/s.sqlite" if request.param == "sqlite" else new_postgres_database()
    made = SettlementWorld(url)
    made.parties(MELODY, CINEMA)
    made.agree(
        music(
            PercentStep("music", Recipient("melody"), Fraction(3_333, 100)),
            PercentStep("video", Recipient("cinema"), Fraction(1_429, 100)),
            period=PeriodKind.DAY,
        )
    )
    return made


class Crowd:
    """Callers who all want the same thing at the same moment, each with a request id of its own."""

    def __init__(self, world: SettlementWorld) -> None:
        self._world = world
        self._settlement = SqlSettlement(world.database, ProductIds(), lambda: None)
        self._requests = 0

    async def all_do(self, work: Callable[[Books], object]) -> int:
        """How many of them were not refused."""

        def once(books: SqlBooks, _session: Session) -> bytes:
            work(books)
            return b"done"

        self._requests += CALLERS
        calls = [self._settlement.once(f"r-{self._requests - index}", b"", once) for index in range(CALLERS)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, RefusedError):
                raise answer
        return sum(answer == b"done" for answer in answers)


@pytest.mark.parametrize("seed", [1, 2])
async def test_days_settled_by_a_crowd_come_to_what_was_sold(world: SettlementWorld, seed: int) -> None:
    rolled = random.Random(seed)
    crowd = Crowd(world)
    sold: dict[str, int] = {}
    sales: list[SettlementRecord] = []
    for number in range(DAYS):
        day = (FIRST + timedelta(days=number)).isoformat()
        _trade(world, rolled, day, sold, sales)
        world.until((FIRST + timedelta(days=number + 1)).isoformat())
        await _settle(world, crowd, day)
        if rolled.random() < 0.3:
            await crowd.all_do(lambda books, day=day: settling.reopen(books, day, world.act("again")))  # type: ignore[misc]
            assert world.balances().get(("charging-clearing", "EUR"), 0) == 0
            _trade(world, rolled, day, sold, sales)
            await _settle(world, crowd, day)
        if rolled.random() < 0.3:
            _dispute(world, rolled, day)
        if rolled.random() < 0.8:
            await crowd.all_do(lambda books, day=day: settling.pay(books, day, world.act(), "bank"))  # type: ignore[misc]
    assert world.differences() == ()
    assert sum(world.balances().values()) == 0
    assert world.cleared()
    _check_shares(world, sold)
    world.database.engine.dispose()


async def test_everything_is_reversed_once_however_many_ask(world: SettlementWorld) -> None:
    crowd = Crowd(world)
    world.record("2026-01-01", FEE, 1_000_000 * CENT)
    world.until("2026-01-02")
    await _settle(world, crowd, "2026-01-01")
    booked = len(world.entries())
    await crowd.all_do(lambda books: settling.reopen(books, "2026-01-01", world.act("all of it")))
    assert world.balances() == {}
    assert len(world.entries()) == 2 * booked
    assert world.differences() == ()
    world.database.engine.dispose()


def _trade(
    world: SettlementWorld,
    rolled: random.Random,
    today: str,
    sold: dict[str, int],
    sales: list[SettlementRecord],
) -> None:
    """Sales of today and of days before, and refunds of what was sold at any time."""
    for _ in range(rolled.randrange(1, 6)):
        late = rolled.choice([0, 0, 0, 1, 5])
        home = max(date.fromisoformat(today) - timedelta(days=late), FIRST).isoformat()
        amount = rolled.randrange(1, 10**9)
        sales.append(world.record(home, FEE, amount))
        sold[home] = sold.get(home, 0) + amount
    if rolled.random() < 0.5 and sales:
        refunded = sales.pop(rolled.randrange(len(sales)))
        home = refunded.home.isoformat()
        world.record(home, REFUND, -refunded.gross_minor_micros, refers_to=refunded.record_id)
        sold[home] -= refunded.gross_minor_micros


async def _settle(world: SettlementWorld, crowd: Crowd, day: str) -> None:
    """Every step is asked for by all callers; one moves the run, the others find it moved."""
    await crowd.all_do(lambda books: settling.freeze(books, day, world.act(), early=False, time_zone=ZONE))
    await crowd.all_do(
        lambda books: settling.calculate(
            books, day, world.act(), (), operator_name=OPERATOR_NAME, time_zone=ZONE
        )
    )
    await crowd.all_do(lambda books: settling.approve(books, day, world.act()))
    assert await crowd.all_do(lambda books: settling.close(books, day, world.act())) == CALLERS


def _dispute(world: SettlementWorld, rolled: random.Random, day: str) -> None:
    statement_id = next(
        (
            item.statement_id
            for item in world.on_books(lambda books: books.finals("melody"))
            if item.run_id == day
        ),
        "",
    )
    lines = world.statement(statement_id).lines
    if not lines:
        return
    line = rolled.choice(lines)
    world.on_books(
        lambda books: raise_dispute(
            books, f"d-{day}", statement_id, line.number, line.net_minor + 50, world.act("more")
        )
    )
    step = rolled.choice([DisputeStep.REJECT, DisputeStep.WITHDRAW, None])
    if step is not None:
        world.on_books(lambda books: step_dispute(books, f"d-{day}", step, world.act("so be it")))


def _check_shares(world: SettlementWorld, sold: dict[str, int]) -> None:
    """Each party has its part of every settled day, less than a cent from the exact one.

    Its part is what it was paid, what is held and what is still payable, together.
    """
    balances = world.balances()
    settled = {run.run_id for run in world.on_books(lambda books: books.runs())}
    for party, part in (("melody", Fraction(3_333, 10_000)), ("cinema", Fraction(1_429, 10_000))):
        exact = sum((Fraction(sold.get(day, 0), CENT) * part for day in settled), Fraction(0))
        paid = sum(
            posting.amount_minor
            for booked in world.entries()
            if booked.entry.kind.value == "payment"
            for posting in booked.entry.postings
            if posting.account.party == party
        )
        standing = -sum(
            balances.get((f"{account}:{party}", "EUR"), 0) for account in ("partner-payable", "partner-held")
        )
        assert abs(paid + standing - exact) < len(settled)
        assert parse_period(min(settled)).first == FIRST
