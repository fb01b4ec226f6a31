"""What settling needs from outside: one transaction's view of everything that is kept.

`Books` is handed to a use case inside a transaction; what the use case raises rolls all of it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.common.kernel.clock import Instant
from services.partner_settlement.domain.accrual import FrozenInput, Watermark
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.calculation import RunFinding
from services.partner_settlement.domain.disputes import Dispute
from services.partner_settlement.domain.ledger import Account, Entry
from services.partner_settlement.domain.periods import PeriodKind
from services.partner_settlement.domain.records import InputRow
from services.partner_settlement.domain.runs import Run, RunState
from services.partner_settlement.domain.shares import Pool, Share
from services.partner_settlement.domain.statements import ExchangeRate, LineReference, Statement, Total


@dataclass(frozen=True, slots=True)
class Transition:
    """Who moved a run, when and why."""

    revision: int
    from_state: RunState
    to_state: RunState
    at: Instant
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordedShare:
    """A share that a run came to, and the line that it stands on (None: the operator's own)."""

    share: Share
    line: LineReference | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What calculating a run came to; replaces what an earlier calculation did."""

    shares: tuple[RecordedShare, ...]
    pools: tuple[Pool, ...]
    findings: tuple[RunFinding, ...]
    statements: tuple[Statement, ...]
    entries: tuple[Entry, ...]
    rates: tuple[ExchangeRate, ...]


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement as it is kept: what later steps need of it. Amounts by currency, in totals."""

    statement_id: str
    party_code: str
    run_id: str
    revision: int
    state: str
    sequence_number: int
    parked_reason: str
    ledger_cutoff: int
    closed_at: Instant | None
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line of a kept statement: what a dispute needs of it."""

    currency_code: str
    net_minor: int
    agreement_code: str
    agreement_version: int


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry with its number and when it was booked."""

    number: int
    booked_at: Instant
    entry: Entry


class Books(Protocol):
    """Everything that settlement reads and writes, in one transaction."""

    def agreement_book(self) -> AgreementBook:
        """Agreements and parties as published by now."""

    def freeze(self, now: Instant) -> FrozenInput:
        """Ends the running accrual epoch; what is accrued from now on is in the next."""

    def present_input(self) -> tuple[int, Sequence[Watermark]]:
        """The running epoch, and how far the journal is in."""

    def watermarks(self, epoch: int) -> Sequence[Watermark]:
        """Where each partition stood when an epoch ended; empty for epoch 0."""

    def rows(self, first: date, end: date, up_to_epoch: int, after_epoch: int = 0) -> Sequence[InputRow]:
        """Sums of what has its home in some days and was accrued in some epochs."""

    def homes(self, after_epoch: int, up_to_epoch: int) -> Sequence[date]:
        """Days that something was accrued for in some epochs."""

    def run(self, run_id: str) -> Run | None:
        """A run that somebody has touched, locked until the transaction ends."""

    def runs(self) -> Sequence[Run]:
        """All of them, the newest period first."""

    def is_paid(self, run_id: str) -> bool:
        """True once a run's payouts were made."""

    def last_closed(self, kind: PeriodKind) -> Run | None:
        """The latest closed or paid run of a kind of period."""

    def put_run(self, run: Run) -> None:
        """Stores a run as it is now."""

    def note(self, run_id: str, transition: Transition) -> None:
        """Adds to a run's history."""

    def recorded(self, kind: PeriodKind, home_period: str) -> tuple[Sequence[RecordedShare], Sequence[Pool]]:
        """What closed runs of a kind have settled for a home period so far."""

    def put_result(self, run: Run, result: RunResult) -> None:
        """Stores what a run came to, in place of an earlier calculation."""

    def drop_result(self, run: Run) -> None:
        """Forgets the result of a run that was not closed."""

    def drafted_entries(self, run: Run) -> Sequence[Entry]:
        """What a calculated run will book."""

    def supersede(self, run: Run) -> None:
        """Statements of a closed run are replaced, and its shares no longer count."""

    def statements(self, run: Run) -> Sequence[KeptStatement]:
        """Statements of a run's revision, in order of party."""

    def statement(self, statement_id: str) -> KeptStatement | None:
        """One statement."""

    def statement_line(self, statement_id: str, line_number: int) -> KeptLine | None:
        """One line of a kept statement."""

    def finals(self, party_code: str) -> Sequence[KeptStatement]:
        """A party's closed statements that stand (final or parked), oldest first."""

    def last_number(self, party_code: str) -> int:
        """The sequence number that a party's last closed statement has, superseded ones included; 0: none."""

    def finish_statement(self, statement_id: str, sequence_number: int, closed_at: Instant) -> None:
        """Makes a draft final (or parked), and publishes that."""

    def book(self, entry: Entry, now: Instant) -> int:
        """Adds an entry to the ledger; its number."""

    def last_entry(self) -> int:
        """Number of the last entry; 0: none."""

    def entries(
        self,
        *,
        run: Run | None = None,
        account: Account | None = None,
        after: int = 0,
        up_to: int | None = None,
    ) -> Iterable[BookedEntry]:
        """Entries in their order: of a run's revision, or that touch an account, within some numbers."""

    def balance(self, account: Account) -> dict[str, int]:
        """What stands on an account, by currency; debit above zero."""

    def disputes(self, *, party: str = "", statement_id: str = "") -> Sequence[Dispute]:
        """Disputes of a party or a statement, or all, in the order in which they were raised."""

    def dispute(self, dispute_id: str) -> Dispute | None:
        """One dispute, locked until the transaction ends."""

    def put_dispute(self, dispute: Dispute) -> None:
        """Stores a dispute with its trail."""
