"""S1 to S15 over any order of events: sales, refunds, runs step by step, reversals, payments, disputes.

A life is drawn by Hypothesis and lived on books in memory; after every step each guarantee must hold.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.common.kernel.clock import HOUR, Instant
from services.common.kernel.outcome import RefusedError
from services.partner_settlement.application import settling
from services.partner_settlement.application.books import BookedEntry
from services.partner_settlement.application.disputing import raise_dispute, step_dispute
from services.partner_settlement.application.settling import Act
from services.partner_settlement.domain.accrual import input_digest
from services.partner_settlement.domain.agreements import Agreement, Party, RecipientKind
from services.partner_settlement.domain.book import AgreementBook
from services.partner_settlement.domain.calculation import calculate
from services.partner_settlement.domain.disputes import DisputeStep
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.ledger import Account, AccountKind, EntryKind
from services.partner_settlement.domain.periods import Period, PeriodKind, begins_at, period_of
from services.partner_settlement.domain.records import InputRow
from services.partner_settlement.domain.runs import Run, RunState
from services.partner_settlement.domain.statements import Line, LineKind, Statement
from tests.support.memory_books import MemoryBooks
from tests.support.settlement_strategies import PARTIES, agreements, rows

START = date(2026, 1, 5)
ZONE = "UTC"
MINIMUM = {"EUR": 1_000}
EXPECTED_REFUSALS = {
    "NOTHING_TO_SETTLE",
    "EARLIER_PERIOD_OPEN",
    "PERIOD_PASSED",
    "RUN_STATE_DIFFERS",
    "RUN_PAID",
    "LATER_RUN_CLOSED",
    "LATER_STATEMENT_EXISTS",
    "DISPUTES_EXIST",
    "BELOW_THRESHOLD",
    "ALREADY_DISPUTED",
    "DISPUTE_DECIDED",
    "NOT_PARKED",
}
UNDER_WAY = (RunState.FROZEN, RunState.CALCULATED, RunState.APPROVED)
_OWN = (
    AccountKind.PARTNER_PAYABLE,
    AccountKind.PARTNER_HELD,
    AccountKind.PARTNER_SUSPENSE,
    AccountKind.PARTNER_RECEIVABLE,
)


class Life(RuleBasedStateMachine):
    """Weeks of one agreement."""

    @initialize(agreement=agreements())
    def begin(self, agreement: Agreement) -> None:
        parties = {code: Party(code, code, payout_minimums=MINIMUM) for code in PARTIES}
        self.books = MemoryBooks(AgreementBook(parties, (agreement,)))
        self.today = START
        self.sold: list[tuple[date, InputRow]] = []
        self.final: dict[str, tuple[tuple[Line, ...], int]] = {}
        self.disputes = 0

    @rule(some=st.lists(rows(), min_size=1, max_size=4), weeks_late=st.sampled_from([0, 0, 0, 1, 2]))
    def sell(self, some: list[InputRow], weeks_late: int) -> None:
        home = max(self.today - timedelta(weeks=weeks_late), START)
        for row in some:
            if row.product.kind != "refund":
                self.sold.append((home, row))
                self.books.accrue(home, row)

    @rule(row=rows())
    def sell_in_a_currency_that_nobody_agreed_on(self, row: InputRow) -> None:
        product = replace(row.product, kind="usage", origin="usage", currency_code="USD")
        self.books.accrue(self.today, replace(row, product=product))

    @precondition(lambda self: self.sold)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        home, row = self.sold.pop(data.draw(st.integers(0, len(self.sold) - 1)))
        product = replace(row.product, kind="refund", origin=row.product.kind)
        back = InputRow(product, 1, -row.quantity, -row.gross_minor_micros, -row.tax_minor_micros)
        self.books.accrue(home, back)

    @rule()
    def let_a_week_pass(self) -> None:
        self.today += timedelta(weeks=1)

    @precondition(lambda self: self._state() not in UNDER_WAY)
    @rule(
        weeks=st.lists(st.lists(rows(), min_size=1, max_size=2), min_size=1, max_size=3),
        early=st.booleans(),
        paid=st.booleans(),
    )
    def settle_some_weeks(self, weeks: list[list[InputRow]], early: bool, paid: bool) -> None:
        """All steps, as somebody does who has nothing to look at."""
        for some in weeks:
            self.sell(some, 0)
            if not early:
                self.let_a_week_pass()
            self._freeze(early)
            for step in (self._calculate, self._approve, self._close, *((self._pay,) if paid else ())):
                step()

    @precondition(lambda self: self._state() not in UNDER_WAY)
    @rule(early=st.booleans())
    def freeze(self, early: bool) -> None:
        self._freeze(early)

    @precondition(lambda self: self._state() in (RunState.FROZEN, RunState.CALCULATED))
    @rule()
    def calculate(self) -> None:
        self._calculate()

    @precondition(lambda self: self._state() is RunState.CALCULATED)
    @rule()
    def approve_and_close(self) -> None:
        self._approve()
        self._close()

    @precondition(lambda self: self._state() is RunState.CLOSED)
    @rule()
    def pay(self) -> None:
        self._pay()

    @precondition(lambda self: self._state() in (*UNDER_WAY, RunState.CLOSED))
    @rule(really=st.sampled_from([True, False, False]))
    def reopen(self, really: bool) -> None:
        if really:
            self._reopen()

    @rule(which=st.integers(0, 4))
    def out_of_turn(self, which: int) -> None:
        """Somebody presses a button that is not for now."""
        (self._calculate, self._approve, self._close, self._pay, self._reopen)[which]()

    @rule()
    def close_again(self) -> None:
        """S6, S7: what was done is not done again."""
        for run in self.books.runs():
            if run.state in (RunState.CLOSED, RunState.PAID):
                before = self.books.last_entry()
                assert settling.close(self.books, run.run_id, self._act()) == run
                again = settling.freeze(self.books, run.run_id, self._act(), early=True, time_zone=ZONE)
                assert (again, self.books.last_entry()) == (run, before)

    @precondition(lambda self: self._final_lines())
    @rule(data=st.data(), more=st.integers(-500, 500))
    def dispute(self, data: st.DataObject, more: int) -> None:
        statement, line = data.draw(st.sampled_from(self._final_lines()))
        self.disputes += 1
        self._try(
            lambda books: raise_dispute(
                books,
                f"d-{self.disputes}",
                statement.statement_id,
                line.number,
                line.net_minor + more,
                self._act("other"),
            )
        )

    @precondition(lambda self: self._state() is RunState.CLOSED and self._final_lines())
    @rule(more=st.integers(1, 500))
    def dispute_what_is_about_to_be_paid(self, more: int) -> None:
        statement, line = max(self._final_lines(), key=lambda item: (item[0].frame.period, item[1].net_minor))
        self.disputes += 1
        number, claimed = line.number, line.net_minor + more
        self._try(
            lambda books: raise_dispute(
                books, f"d-{self.disputes}", statement.statement_id, number, claimed, self._act("more")
            )
        )
        self._pay()

    @precondition(lambda self: self.books.found_disputes)
    @rule(data=st.data(), what=st.sampled_from(DisputeStep))
    def decide(self, data: st.DataObject, what: DisputeStep) -> None:
        dispute_id = data.draw(st.sampled_from(sorted(self.books.found_disputes)))
        self._try(lambda books: step_dispute(books, dispute_id, what, self._act("because")))

    @precondition(lambda self: self.books.kept)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        statement_id = data.draw(st.sampled_from(sorted(self.books.kept)))
        self._try(lambda books: settling.release_parked(books, statement_id, self._act("looked at")))

    @invariant()
    def s1_and_s10_everything_sums_to_zero_and_clearing_is_empty(self) -> None:
        sums: Counter[str] = Counter()
        clearing: Counter[tuple[str, int, str]] = Counter()
        for booked in self.books.ledger:
            for posting in booked.entry.postings:
                sums[posting.currency_code] += posting.amount_minor
                if posting.account.kind is AccountKind.CHARGING_CLEARING:
                    entry = booked.entry
                    clearing[entry.run_id, entry.revision, posting.currency_code] += posting.amount_minor
        assert not any(sums.values())
        assert not any(clearing.values())

    @invariant()
    def s6_a_final_statement_never_changes(self) -> None:
        for statement_id, item in self.books.kept.items():
            if item.number:
                told = (item.statement.lines, item.number)
                assert self.final.setdefault(statement_id, told) == told

    @invariant()
    def s8_statements_ledger_and_consumption_go_together(self) -> None:
        for run in self.books.runs():
            closed = run.state in (RunState.CLOSED, RunState.PAID)
            assert self.books.counting.get((run.run_id, run.revision), False) == closed
            for view in self.books.statements(run):
                assert bool(view.sequence_number) == closed

    @invariant()
    def s11_only_who_is_named_by_a_finding_is_parked(self) -> None:
        for result in self.books.results.values():
            named = {party for finding in result.findings for party in finding.parties}
            for statement in result.statements:
                parked = statement.party.code in named
                assert bool(statement.parked_reason) == parked
                if parked:
                    assert not any(total.payable_minor for total in statement.totals)

    @invariant()
    def s12_what_is_not_paid_goes_on(self) -> None:
        """Paid, held and still owed together are the shares that stand, and what disputes came to."""
        shares: Counter[tuple[str, str]] = Counter()
        for (run_id, revision), result in self.books.results.items():
            if self.books.counting.get((run_id, revision)):
                for item in result.shares:
                    key = item.share.key
                    if key.recipient.kind in (RecipientKind.PAY, RecipientKind.OWE):
                        shares[key.recipient.party, key.currency_code] += item.share.share_minor
        told: Counter[tuple[str, str]] = Counter()
        for booked in self.books.ledger:
            for posting in booked.entry.postings:
                place = (posting.account.party, posting.currency_code)
                if booked.entry.kind is EntryKind.DISPUTE_OUTCOME and posting.account.party:
                    shares[place] -= posting.amount_minor
                if booked.entry.kind is not EntryKind.PAYMENT and posting.account.kind in _OWN:
                    told[place] -= posting.amount_minor
        assert +told == +shares
        assert -told == -shares

    @invariant()
    def s12_totals_say_where_every_cent_goes(self) -> None:
        for item in self.books.kept.values():
            for total in item.statement.totals:
                lines = [line for line in item.statement.lines if line.currency_code == total.currency_code]
                assert total.net_minor == sum(line.net_minor for line in lines)
                if not item.statement.parked_reason:
                    assert total.payable_minor + total.carried_forward_minor == total.net_minor
                    assert total.payable_minor <= 0 or total.payable_minor >= MINIMUM.get(
                        total.currency_code, 0
                    )

    @invariant()
    def s12_a_balance_is_carried_to_the_next_statement_once(self) -> None:
        """Where nothing happened between two statements, one begins with what the other ended with."""
        moved = {
            booked.entry.statement_id.partition("/")[0] for booked in self.books.ledger if _is_move(booked)
        }
        for party in set(PARTIES) - moved:
            finals = [self.books.kept[view.statement_id].statement for view in self.books.finals(party)]
            for before, after in pairwise(finals):
                assert _carried_into(after) == {
                    total.currency_code: total.carried_forward_minor
                    for total in before.totals
                    if total.carried_forward_minor
                }

    @invariant()
    def disputed_amounts_are_held_and_debts_stand_apart(self) -> None:
        held: Counter[tuple[str, str]] = Counter()
        for found in self.books.found_disputes.values():
            if found.is_open:
                held[found.party_code, found.currency_code] += found.held_minor
        owed: Counter[tuple[str, str]] = Counter()
        for item in self.books.kept.values():
            if item.state is StatementState.FINAL and not self.books.is_paid(item.run.run_id):
                for total in item.statement.totals:
                    owed[item.statement.party.code, total.currency_code] += max(-total.payable_minor, 0)
        for party in PARTIES:
            for kind, expected, sign in (
                (AccountKind.PARTNER_HELD, held, -1),
                (AccountKind.PARTNER_RECEIVABLE, owed, 1),
            ):
                for code, amount in self.books.balance(Account(kind, party)).items():
                    assert amount == sign * expected[party, code]

    @invariant()
    def numbers_of_statements_have_no_gap(self) -> None:
        for party in PARTIES:
            numbers = sorted(
                item.number
                for item in self.books.kept.values()
                if item.number and item.statement.party.code == party
            )
            assert numbers == list(range(1, len(numbers) + 1))

    def _freeze(self, early: bool) -> None:
        week = self._next_week()
        if early or week.end <= self.today:
            self._try(
                lambda books: settling.freeze(books, week.name, self._act(), early=early, time_zone=ZONE)
            )

    def _calculate(self) -> None:
        self._step(
            lambda books, run: settling.calculate(
                books, run.run_id, self._act(), (), operator_name="Tidemark", time_zone=ZONE
            )
        )

    def _approve(self) -> None:
        self._step(lambda books, run: settling.approve(books, run.run_id, self._act()))

    def _close(self) -> None:
        closed = self._step(lambda books, run: settling.close(books, run.run_id, self._act()))
        if closed is not None and closed.state is RunState.CLOSED:
            self._check_recomputed(closed)

    def _pay(self) -> None:
        """What is paid is what the statements say, less what is in dispute at that moment."""
        paid: Counter[tuple[str, str]] = Counter()
        newest = next(iter(self.books.runs()), None)
        for view in self.books.statements(newest) if newest and newest.state is RunState.CLOSED else ():
            for total in view.totals if view.state == StatementState.FINAL.value else ():
                held = sum(
                    found.held_minor
                    for found in self.books.disputes(statement_id=view.statement_id)
                    if found.is_open and found.currency_code == total.currency_code
                )
                amount = total.payable_minor
                paid[view.party_code, total.currency_code] += max(amount - held, 0) if amount > 0 else amount
        before = self.books.last_entry()
        self._step(lambda books, run: settling.pay(books, run.run_id, self._act(), "bank-1"))
        for booked in self.books.entries(after=before):
            for posting in booked.entry.postings:
                paid[posting.account.party, posting.currency_code] -= posting.amount_minor
        assert not any(amount for (party, _), amount in paid.items() if party)

    def _reopen(self) -> None:
        self._step(lambda books, run: settling.reopen(books, run.run_id, self._act("a mistake")))

    def _state(self) -> RunState | None:
        """Of the newest run; None: there is none yet."""
        return next((run.state for run in self.books.runs()), None)

    def _check_recomputed(self, run: Run) -> None:
        """S5, S9, S15: what was frozen, settled anew as a whole, is what counts for every period."""
        assert run.input is not None
        earlier = [
            other.input.epoch for other in self.books.runs() if other.period < run.period and other.input
        ]
        assert run.input.after_epoch == max(earlier, default=0)
        homes = {home for epoch, home, _ in self.books.accrued if epoch <= run.input.epoch}
        weeks = sorted({period_of(home, PeriodKind.WEEK) for home in homes} | {run.period})
        for week in weeks:
            if week > run.period:
                continue
            seen = self.books.rows(week.first, week.end, run.input.epoch)
            whole = calculate(week, self.books.agreements.in_force(week), seen)
            recorded, _ = self.books.recorded(PeriodKind.WEEK, week.name)
            assert _sums([item.share for item in recorded]) == _sums(whole.shares)
        digest = hashlib.sha256()
        late = {
            period_of(home, PeriodKind.WEEK)
            for epoch, home, _ in self.books.accrued
            if run.input.after_epoch < epoch <= run.input.epoch and home < run.period.first
        }
        for week in (*sorted(late), run.period):
            seen = self.books.rows(week.first, week.end, run.input.epoch)
            digest.update(input_digest(week.name, self.books.watermarks(run.input.epoch), seen))
        assert run.input.sha256 == digest.digest()

    def _next_week(self) -> Period:
        """The week after the last closed one, else the first."""
        last = self.books.last_closed(PeriodKind.WEEK)
        return last.period.next() if last else period_of(START, PeriodKind.WEEK)

    def _final_lines(self) -> list[tuple[Statement, Line]]:
        return [
            (item.statement, line)
            for item in self.books.kept.values()
            if item.state is StatementState.FINAL
            for line in item.statement.lines
        ]

    def _step(self, step: Callable[[MemoryBooks, Run], Run]) -> Run | None:
        """Takes a step with the newest run there is."""
        newest = next(iter(self.books.runs()), None)
        return None if newest is None else self._try(lambda books: step(books, newest))

    def _try(self, work: Callable[[MemoryBooks], object]) -> Run | None:
        """Runs work; a refusal must be an expected one, and leaves no trace."""
        before = (len(self.books.ledger), len(self.books.history), self.books.epoch)
        try:
            result = self.books.transact(work)
        except RefusedError as error:
            assert error.refused.reason.name in EXPECTED_REFUSALS, error
            assert before == (len(self.books.ledger), len(self.books.history), self.books.epoch)
            return None
        return result if isinstance(result, Run) else None

    def _act(self, reason: str = "") -> Act:
        return Act("finance", Instant(begins_at(self.today, ZONE) + HOUR), reason)


def _is_move(booked: BookedEntry) -> bool:
    """True for what disputes and releases book between statements."""
    return booked.entry.kind in (EntryKind.HOLD, EntryKind.RELEASE, EntryKind.DISPUTE_OUTCOME)


def _carried_into(statement: Statement) -> dict[str, int]:
    return {
        line.currency_code: line.net_minor
        for line in statement.lines
        if line.kind is LineKind.CARRIED_FORWARD
    }


def _sums(shares: object) -> dict[object, tuple[int, Fraction]]:
    """Rounded and exact shares by key."""
    found: dict[object, tuple[int, Fraction]] = {}
    for share in shares:  # type: ignore[attr-defined]
        rounded, exact = found.get(share.key, (0, Fraction(0)))
        found[share.key] = (rounded + share.share_minor, exact + share.exact)
    return {key: sums for key, sums in found.items() if any(sums)}


TestLives = Life.TestCase
# A life that fails is read as it was drawn: making it smaller takes minutes.
TestLives.settings = settings(
    max_examples=100, stateful_step_count=50, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
