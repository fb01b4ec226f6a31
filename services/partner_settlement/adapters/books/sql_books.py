"""The Books port over one session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import delete, insert, select
from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.accrual import epochs
from services.partner_settlement.adapters.accrual.input import homes_since, input_rows
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.books import disputes, ledger, runs, shares, statements
from services.partner_settlement.adapters.sql_agreements import agreement_book
from services.partner_settlement.adapters.tables.runs import DraftedEntryTable, RunTable
from services.partner_settlement.application.books import (
    BookedEntry,
    KeptLine,
    KeptStatement,
    RecordedShare,
    RunResult,
    Transition,
)
from services.partner_settlement.domain.accrual import FrozenInput, Watermark
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.disputes import Dispute
from services.partner_settlement.domain.ledger import Account, Entry
from services.partner_settlement.domain.periods import PeriodKind
from services.partner_settlement.domain.records import InputRow
from services.partner_settlement.domain.runs import Run, RunState
from services.partner_settlement.domain.shares import Pool

_DRAFTED = DraftedEntryTable.metadata.tables["drafted_entry"]


class SqlBooks:
    """What one transaction sees and writes. Methods are those of the port, and documented there."""

    def __init__(self, session: Session, products: ProductIds) -> None:
        self._session = session
        self._products = products
        self._last_entry: int | None = None
        self._book: AgreementBook | None = None

    def agreement_book(self) -> AgreementBook:
        if self._book is None:
            self._book = agreement_book(self._session)
        return self._book

    def freeze(self, now: Instant) -> FrozenInput:
        return epochs.freeze_input(self._session, now)

    def present_input(self) -> tuple[int, Sequence[Watermark]]:
        return epochs.current_epoch(self._session), epochs.watermarks(self._session)

    def watermarks(self, epoch: int) -> Sequence[Watermark]:
        return epochs.frozen_input(self._session, epoch).watermarks if epoch else ()

    def rows(self, first: date, end: date, up_to_epoch: int, after_epoch: int = 0) -> Sequence[InputRow]:
        return input_rows(self._session, first, end, up_to_epoch, after_epoch)

    def homes(self, after_epoch: int, up_to_epoch: int) -> Sequence[date]:
        return homes_since(self._session, after_epoch, up_to_epoch)

    def run(self, run_id: str) -> Run | None:
        return runs.find_run(self._session, run_id, locked=True)

    def runs(self) -> Sequence[Run]:
        return runs.all_runs(self._session)

    def is_paid(self, run_id: str) -> bool:
        run = runs.find_run(self._session, run_id)
        return run is not None and run.state is RunState.PAID

    def last_closed(self, kind: PeriodKind) -> Run | None:
        return runs.last_closed_run(self._session, kind)

    def put_run(self, run: Run) -> None:
        runs.put_run(self._session, run)
        if run.state is RunState.CLOSED:
            shares.let_count(self._session, run, counts=True)

    def note(self, run_id: str, transition: Transition) -> None:
        runs.note_transition(self._session, run_id, transition)

    def recorded(self, kind: PeriodKind, home_period: str) -> tuple[Sequence[RecordedShare], Sequence[Pool]]:
        return shares.recorded_shares(self._session, kind, home_period)

    def put_result(self, run: Run, result: RunResult) -> None:
        self.drop_result(run)
        shares.put_shares(self._session, self._products, run, result.shares, result.pools)
        statements.put_statements(self._session, run, result.statements)
        drafted = [
            {
                "run_id": run.run_id,
                "revision": run.revision,
                "position": position,
                "content": ledger.entry_text(entry),
            }
            for position, entry in enumerate(result.entries)
        ]
        if drafted:
            self._session.connection().execute(insert(_DRAFTED), drafted)
        row = self._session.get_one(RunTable, run.run_id)
        row.findings = json.dumps(
            [[found.reason, found.message, found.agreement_code, found.records] for found in result.findings]
        )
        row.rates = json.dumps([[rate.of, rate.to, str(rate.rate), rate.date] for rate in result.rates])

    def drop_result(self, run: Run) -> None:
        shares.drop_shares(self._session, run)
        statements.drop_statements(self._session, run)
        self._session.connection().execute(
            delete(_DRAFTED).where(_DRAFTED.c.run_id == run.run_id, _DRAFTED.c.revision == run.revision)
        )
        row = self._session.get(RunTable, run.run_id)
        if row is not None:
            row.findings, row.rates = "[]", "[]"

    def drafted_entries(self, run: Run) -> Sequence[Entry]:
        statement = (
            select(_DRAFTED.c.content)
            .where(_DRAFTED.c.run_id == run.run_id, _DRAFTED.c.revision == run.revision)
            .order_by(_DRAFTED.c.position)
        )
        found = self._session.connection().execute(statement).scalars()
        return [ledger.entry_of_text(text) for text in found]

    def supersede(self, run: Run) -> None:
        shares.let_count(self._session, run, counts=False)
        statements.supersede_statements(self._session, run)

    def statements(self, run: Run) -> Sequence[KeptStatement]:
        return statements.statements_of(self._session, run)

    def statement(self, statement_id: str) -> KeptStatement | None:
        return statements.find_statement(self._session, statement_id)

    def statement_line(self, statement_id: str, line_number: int) -> KeptLine | None:
        return statements.find_line(self._session, statement_id, line_number)

    def finals(self, party_code: str) -> Sequence[KeptStatement]:
        return statements.standing_statements(self._session, party_code)

    def last_number(self, party_code: str) -> int:
        return statements.last_number(self._session, party_code)

    def finish_statement(self, statement_id: str, sequence_number: int, closed_at: Instant) -> None:
        statements.finish_statement(self._session, statement_id, sequence_number, closed_at)

    def book(self, entry: Entry, now: Instant) -> int:
        number = self.last_entry() + 1
        ledger.book_entry(self._session, entry, now, number)
        self._last_entry = number
        return number

    def last_entry(self) -> int:
        if self._last_entry is None:
            self._last_entry = ledger.last_number(self._session)
        return self._last_entry

    def entries(
        self,
        *,
        run: Run | None = None,
        account: Account | None = None,
        after: int = 0,
        up_to: int | None = None,
    ) -> Iterable[BookedEntry]:
        return ledger.read_entries(
            self._session,
            run=None if run is None else (run.run_id, run.revision),
            account_code="" if account is None else account.code,
            after=after,
            up_to=up_to,
        )

    def balance(self, account: Account) -> dict[str, int]:
        return ledger.balance_of(self._session, account)

    def disputes(self, *, party: str = "", statement_id: str = "") -> Sequence[Dispute]:
        return disputes.find_disputes(self._session, party, statement_id)

    def dispute(self, dispute_id: str) -> Dispute | None:
        return disputes.find_dispute(self._session, dispute_id)

    def put_dispute(self, dispute: Dispute) -> None:
        disputes.put_dispute(self._session, dispute)
