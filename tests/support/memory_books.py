"""The Books port in memory: a fake with all of its promises, and a transaction that can be taken back."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from services.common.kernel.clock import Instant
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
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import Account, Entry
from services.partner_settlement.domain.periods import PeriodKind
from services.partner_settlement.domain.records import InputRow, merged
from services.partner_settlement.domain.runs import Run, RunState
from services.partner_settlement.domain.shares import Pool
from services.partner_settlement.domain.statements import Statement

T = TypeVar("T")

_FINISHED = (RunState.CLOSED, RunState.PAID)


@dataclass(slots=True)
class Kept:
    """A statement with what happened to it."""

    statement: Statement
    run: Run
    number: int = 0
    state: StatementState = StatementState.DRAFT
    closed_at: Instant | None = None

    @property
    def view(self) -> KeptStatement:
        """As the port shows it."""
        return KeptStatement(
            self.statement.statement_id,
            self.statement.party.code,
            self.run.run_id,
            self.run.revision,
            self.state.value,
            self.number,
            self.statement.parked_reason,
            self.run.ledger_cutoff,
            self.closed_at,
            self.statement.totals,
        )


@dataclass(slots=True)
class MemoryBooks:
    """Everything that is kept. Rows are added with `accrue`; methods are those of the port."""

    agreements: AgreementBook
    epoch: int = 1
    sequence: int = 0
    accrued: list[tuple[int, date, InputRow]] = field(default_factory=list)
    marks: dict[int, tuple[Watermark, ...]] = field(default_factory=dict)
    kept_runs: dict[str, Run] = field(default_factory=dict)
    history: list[tuple[str, Transition]] = field(default_factory=list)
    results: dict[tuple[str, int], RunResult] = field(default_factory=dict)
    counting: dict[tuple[str, int], bool] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    ledger: list[BookedEntry] = field(default_factory=list)
    found_disputes: dict[str, Dispute] = field(default_factory=dict)

    def accrue(self, home: date, row: InputRow) -> None:
        """One journal record with something in it."""
        self.sequence += 1
        self.accrued.append((self.epoch, home, row))

    def transact(self, work: Callable[[MemoryBooks], T]) -> T:
        """Runs work; what it raises leaves everything as it was."""
        before = {name: copy.copy(getattr(self, name)) for name in self.__slots__}
        kept = {key: copy.copy(item) for key, item in self.kept.items()}
        try:
            return work(self)
        except BaseException:
            for name, value in before.items():
                setattr(self, name, value)
            self.kept = kept
            raise

    def agreement_book(self) -> AgreementBook:
        return self.agreements

    def freeze(self, now: Instant) -> FrozenInput:
        marks = (Watermark(0, self.sequence, self.sequence.to_bytes(32, "big")),)
        frozen = FrozenInput(self.epoch, now, marks)
        self.marks[self.epoch] = marks
        self.epoch += 1
        return frozen

    def present_input(self) -> tuple[int, Sequence[Watermark]]:
        return self.epoch, (Watermark(0, self.sequence, b""),)

    def watermarks(self, epoch: int) -> Sequence[Watermark]:
        return self.marks.get(epoch, ())

    def rows(self, first: date, end: date, up_to_epoch: int, after_epoch: int = 0) -> Sequence[InputRow]:
        return merged(
            row
            for epoch, home, row in self.accrued
            if first <= home < end and after_epoch < epoch <= up_to_epoch
        )

    def homes(self, after_epoch: int, up_to_epoch: int) -> Sequence[date]:
        return sorted({home for epoch, home, _ in self.accrued if after_epoch < epoch <= up_to_epoch})

    def run(self, run_id: str) -> Run | None:
        return self.kept_runs.get(run_id)

    def runs(self) -> Sequence[Run]:
        return sorted(self.kept_runs.values(), key=lambda run: run.period, reverse=True)

    def is_paid(self, run_id: str) -> bool:
        return self.kept_runs[run_id].state is RunState.PAID

    def last_closed(self, kind: PeriodKind) -> Run | None:
        return next((run for run in self.runs() if run.period.kind is kind and run.state in _FINISHED), None)

    def put_run(self, run: Run) -> None:
        self.kept_runs[run.run_id] = run
        if run.state is RunState.CLOSED:
            self.counting[run.run_id, run.revision] = True

    def note(self, run_id: str, transition: Transition) -> None:
        self.history = [*self.history, (run_id, transition)]

    def recorded(self, kind: PeriodKind, home_period: str) -> tuple[Sequence[RecordedShare], Sequence[Pool]]:
        found = [
            result
            for (run_id, revision), result in sorted(self.results.items())
            if self.counting.get((run_id, revision)) and self.kept_runs[run_id].period.kind is kind
        ]
        return (
            [item for result in found for item in result.shares if item.share.key.home_period == home_period],
            [pool for result in found for pool in result.pools if pool.key.home_period == home_period],
        )

    def put_result(self, run: Run, result: RunResult) -> None:
        self.drop_result(run)
        self.results[run.run_id, run.revision] = result
        for statement in result.statements:
            self.kept[statement.statement_id] = Kept(statement, run)

    def drop_result(self, run: Run) -> None:
        dropped = self.results.pop((run.run_id, run.revision), None)
        for statement in dropped.statements if dropped else ():
            del self.kept[statement.statement_id]

    def drafted_entries(self, run: Run) -> Sequence[Entry]:
        return self.results[run.run_id, run.revision].entries

    def supersede(self, run: Run) -> None:
        self.counting[run.run_id, run.revision] = False
        for item in self._of(run):
            item.state = StatementState.SUPERSEDED

    def statements(self, run: Run) -> Sequence[KeptStatement]:
        return [item.view for item in self._of(run)]

    def statement(self, statement_id: str) -> KeptStatement | None:
        item = self.kept.get(statement_id)
        return None if item is None else item.view

    def statement_line(self, statement_id: str, line_number: int) -> KeptLine | None:
        item = self.kept.get(statement_id)
        for line in item.statement.lines if item else ():
            if line.number == line_number:
                share = line.share
                return KeptLine(
                    line.currency_code,
                    line.net_minor,
                    share.key.agreement_code if share else "",
                    share.agreement_version if share else 0,
                )
        return None

    def finals(self, party_code: str) -> Sequence[KeptStatement]:
        standing = (StatementState.FINAL, StatementState.PARKED)
        found = [
            item.view
            for item in self.kept.values()
            if item.statement.party.code == party_code and item.state in standing
        ]
        return sorted(found, key=lambda view: view.sequence_number)

    def last_number(self, party_code: str) -> int:
        return max(
            (item.number for item in self.kept.values() if item.statement.party.code == party_code),
            default=0,
        )

    def finish_statement(self, statement_id: str, sequence_number: int, closed_at: Instant) -> None:
        item = self.kept[statement_id]
        parked = bool(item.statement.parked_reason)
        item.state = StatementState.PARKED if parked else StatementState.FINAL
        item.number, item.closed_at = sequence_number, closed_at
        item.statement = replace(
            item.statement, state=item.state, sequence_number=sequence_number, closed_at=closed_at
        )

    def book(self, entry: Entry, now: Instant) -> int:
        self.ledger = [*self.ledger, BookedEntry(len(self.ledger) + 1, now, entry)]
        return len(self.ledger)

    def last_entry(self) -> int:
        return len(self.ledger)

    def entries(
        self,
        *,
        run: Run | None = None,
        account: Account | None = None,
        after: int = 0,
        up_to: int | None = None,
    ) -> Iterable[BookedEntry]:
        for booked in self.ledger[after:up_to]:
            entry = booked.entry
            of_run = run is None or (entry.run_id, entry.revision) == (run.run_id, run.revision)
            if of_run and (account is None or any(item.account == account for item in entry.postings)):
                yield booked

    def balance(self, account: Account) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for booked in self.entries(account=account):
            for posting in booked.entry.postings:
                if posting.account == account:
                    sums[posting.currency_code] += posting.amount_minor
        return dict(sums)

    def disputes(self, *, party: str = "", statement_id: str = "") -> Sequence[Dispute]:
        return [
            found
            for found in self.found_disputes.values()
            if party in ("", found.party_code) and statement_id in ("", found.statement_id)
        ]

    def dispute(self, dispute_id: str) -> Dispute | None:
        return self.found_disputes.get(dispute_id)

    def put_dispute(self, dispute: Dispute) -> None:
        self.found_disputes = {**self.found_disputes, dispute.dispute_id: dispute}

    def _of(self, run: Run) -> list[Kept]:
        found = [
            item
            for item in self.kept.values()
            if (item.run.run_id, item.run.revision) == (run.run_id, run.revision)
        ]
        return sorted(found, key=lambda item: item.statement.party.code)
