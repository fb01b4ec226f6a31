"""Budgets: reserved in the transaction of the acceptance, and mirrored in memory for whoever decides."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlmodel import Session, select

from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.offers.adapters.effects.rows import insert_if_absent
from services.offers.adapters.tables.acceptances import BudgetUseTable
from services.offers.domain.budgets import BudgetUse, fits
from services.offers.domain.policies import Budget
from services.offers.domain.reasons import BUDGET_SPENT


def reserve(session: Session, offer_code: str, bound: Budget, given_minor_micros: int) -> BudgetUse:
    """Takes one acceptance out of a budget. Others wait until this transaction has ended.

    Raises RefusedError BUDGET_SPENT.
    """
    row = _locked(session, offer_code)
    if not fits(_use(row), bound, given_minor_micros):
        raise RefusedError(Refused(BUDGET_SPENT, f"the budget of {offer_code} is spent", "offer_code"))
    return _moved(session, row, 1, given_minor_micros)


def give_back(session: Session, offer_code: str, given_minor_micros: int) -> BudgetUse:
    """Puts one acceptance back."""
    return _moved(session, _locked(session, offer_code), -1, -given_minor_micros)


def add_what_happened(session: Session, offer_code: str, given_minor_micros: int) -> BudgetUse:
    """Counts an acceptance that took effect though its budget had been given back. No bound undoes that."""
    return _moved(session, _locked(session, offer_code), 1, given_minor_micros)


def use_of(session: Session, offer_code: str) -> BudgetUse:
    """What an offer has used."""
    row = session.get(BudgetUseTable, offer_code)
    return BudgetUse() if row is None else _use(row)


class Budgets:
    """What offers have used of their budgets, in memory. The database is the judge."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._use: dict[str, BudgetUse] = {}

    def use(self) -> Mapping[str, BudgetUse]:
        """By offer code; what is not there has used nothing. A view that moves with every acceptance."""
        return self._use

    def note(self, offer_code: str, use: BudgetUse) -> None:
        """As it was after a transaction. Of overlapping ones the last to tell is believed until `load`."""
        self._use[offer_code] = use

    async def load(self) -> None:
        """Reads every budget anew: at start, and now and then, for what other processes accepted."""
        self._use = await self._database.run(_all)

    async def run(self, every_seconds: float = 10) -> None:
        """Loads now and then, until cancelled."""
        while True:
            await self.load()
            await asyncio.sleep(every_seconds)


def _all(session: Session) -> dict[str, BudgetUse]:
    return {row.offer_code: _use(row) for row in session.exec(select(BudgetUseTable))}


def _locked(session: Session, offer_code: str) -> BudgetUseTable:
    fresh = BudgetUseTable(offer_code=offer_code, acceptances=0, amount_minor_micros=0)
    insert_if_absent(session, BudgetUseTable, fresh)
    row = session.get(BudgetUseTable, offer_code, with_for_update=True, populate_existing=True)
    assert row is not None, "it was written a moment ago"
    return row


def _moved(session: Session, row: BudgetUseTable, acceptances: int, minor_micros: int) -> BudgetUse:
    row.acceptances += acceptances
    row.amount_minor_micros += minor_micros
    session.add(row)
    session.flush()
    return _use(row)


def _use(row: BudgetUseTable) -> BudgetUse:
    return BudgetUse(row.acceptances, row.amount_minor_micros)
