"""A settlement database with a clock that is told the time: what stories and properties act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from sqlmodel import Session
from tidemark.partner_settlement.v1 import statement_pb2

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.runtime.database import Database
from services.partner_settlement.adapters.accrual.epochs import lock_accrual, set_watermark
from services.partner_settlement.adapters.accrual.products import ProductIds
from services.partner_settlement.adapters.accrual.store import store_records
from services.partner_settlement.adapters.agreement_messages import agreement_message, party_message
from services.partner_settlement.adapters.books.ledger import read_entries
from services.partner_settlement.adapters.books.sql_books import SqlBooks
from services.partner_settlement.adapters.books.statements import content_of
from services.partner_settlement.adapters.books.verify import verify_ledger
from services.partner_settlement.adapters.tables.agreements import AgreementVersionTable, PartyVersionTable
from services.partner_settlement.application import settling
from services.partner_settlement.application.books import BookedEntry
from services.partner_settlement.application.settling import Act
from services.partner_settlement.domain.accrual import Watermark
from services.partner_settlement.domain.agreements import Agreement, Party
from services.partner_settlement.domain.ledger import AccountKind
from services.partner_settlement.domain.periods import begins_at, parse_period
from services.partner_settlement.domain.records import Product, SettlementRecord
from services.partner_settlement.domain.runs import Run
from services.partner_settlement.domain.statements import ExchangeRate
from tests.support.settlement_accrual import open_settlement

T = TypeVar("T")

ZONE = "UTC"
OPERATOR_NAME = "Tidemark Mobile"


class SettlementWorld:
    """Agreements, records and runs on one database, without a server."""

    def __init__(self, url: str = "sqlite://") -> None:
        self.database: Database = open_settlement(url)
        self.now = begins_at(date(2026, 11, 2), ZONE)
        self._sequence = 0

    def parties(self, *parties: Party) -> None:
        """Publishes parties, or new versions of them."""

        def publish(session: Session) -> None:
            for party in parties:
                session.merge(
                    PartyVersionTable(
                        party_code=party.code,
                        version=1,
                        publication=1,
                        content_sha256="",
                        content=party_message(party).SerializeToString(),
                    )
                )

        self.database.run_sync(publish)

    def agree(self, *agreements: Agreement) -> None:
        """Publishes versions of agreements."""

        def publish(session: Session) -> None:
            for agreement in agreements:
                session.add(
                    AgreementVersionTable(
                        agreement_code=agreement.code,
                        version=agreement.version,
                        publication=1,
                        effective_from=agreement.effective_from.isoformat(),
                        content_sha256="",
                        content=agreement_message(agreement).SerializeToString(),
                        source="",
                    )
                )

        self.database.run_sync(publish)

    def record(
        self,
        home: str,
        of: Product,
        gross_minor_micros: int,
        *,
        tax: int = 0,
        quantity: int = 0,
        refers_to: str = "",
        record_id: str = "",
    ) -> SettlementRecord:
        """A record as one journal record would bring it: stored, added up, watermark moved."""
        self._sequence += 1
        made = SettlementRecord(
            record_id=record_id or f"c-{self._sequence}",
            place=(0, self._sequence, 0, 0),
            home=date.fromisoformat(home),
            product=of,
            quantity=quantity,
            gross_minor_micros=gross_minor_micros,
            tax_minor_micros=tax,
            account_id="account",
            subscriber_id="subscriber",
            occurred_at=self.now,
            refers_to=refers_to,
        )
        self.accrue([made])
        return made

    def accrue(self, records: Sequence[SettlementRecord]) -> None:
        """Stores records in one transaction."""

        def store(session: Session) -> None:
            store_records(session, ProductIds(), lock_accrual(session), records)
            sequence = max(record.place[1] for record in records)
            set_watermark(session, Watermark(0, sequence, sequence.to_bytes(32, "big")))

        self.database.run_sync(store)

    def until(self, day: str) -> None:
        """Lets time pass up to noon of a day."""
        self.now = Instant(begins_at(date.fromisoformat(day), ZONE) + 12 * HOUR)

    def days(self, days: int) -> None:
        """Lets days pass."""
        self.now = Instant(self.now + days * DAY)

    def on_books(self, work: Callable[[SqlBooks], T]) -> T:
        """Runs work on the books in one transaction."""
        return self.database.run_sync(lambda session: work(SqlBooks(session, ProductIds())))

    def act(self, reason: str = "") -> Act:
        """By somebody, now."""
        return Act("finance", self.now, reason)

    def freeze(self, period: str, *, early: bool = False) -> Run:
        """Freezes a run."""
        return self.on_books(
            lambda books: settling.freeze(books, period, self.act(), early=early, time_zone=ZONE)
        )

    def calculate(self, period: str, rates: Iterable[ExchangeRate] = ()) -> Run:
        """Calculates a frozen run."""
        return self.on_books(
            lambda books: settling.calculate(
                books, period, self.act(), tuple(rates), operator_name=OPERATOR_NAME, time_zone=ZONE
            )
        )

    def close(self, period: str) -> Run:
        """Approves and closes a calculated run."""
        self.on_books(lambda books: settling.approve(books, period, self.act()))
        return self.on_books(lambda books: settling.close(books, period, self.act()))

    def settle(self, period: str, rates: Iterable[ExchangeRate] = (), *, early: bool = False) -> Run:
        """A run from freezing to closed."""
        if not early:
            end = begins_at(parse_period(period).end, ZONE)
            self.now = max(self.now, Instant(end + HOUR))
        self.freeze(period, early=early)
        self.calculate(period, rates)
        return self.close(period)

    def pay(self, period: str) -> Run:
        """Pays a closed run."""
        return self.on_books(lambda books: settling.pay(books, period, self.act(), "bank-1"))

    def reopen(self, period: str, reason: str = "a mistake") -> Run:
        """Opens a run again."""
        return self.on_books(lambda books: settling.reopen(books, period, self.act(reason)))

    def statement(self, statement_id: str) -> statement_pb2.Statement:
        """A kept statement."""
        found = self.database.run_sync(lambda session: content_of(session, statement_id))
        assert found is not None, statement_id
        return found

    def nets(self, statement_id: str) -> dict[str, int]:
        """What a statement comes to, by currency."""
        return {total.currency_code: total.net_minor for total in self.statement(statement_id).totals}

    def payable(self, statement_id: str) -> dict[str, int]:
        """What is paid by a statement, by currency."""
        return {total.currency_code: total.payable_minor for total in self.statement(statement_id).totals}

    def entries(self) -> list[BookedEntry]:
        """The whole ledger."""
        return self.database.run_sync(lambda session: list(read_entries(session)))

    def balances(self) -> dict[tuple[str, str], int]:
        """Account and currency to what stands there, without what is at zero."""
        sums: Counter[tuple[str, str]] = Counter()
        for booked in self.entries():
            for posting in booked.entry.postings:
                sums[posting.account.code, posting.currency_code] += posting.amount_minor
        return {key: amount for key, amount in sums.items() if amount}

    def differences(self) -> Sequence[str]:
        """What the ledger's own check finds."""
        return self.database.run_sync(verify_ledger).differences

    def cleared(self) -> bool:
        """True where nothing is left in clearing."""
        return not any(code == AccountKind.CHARGING_CLEARING.value for code, _ in self.balances())


def with_version(agreement: Agreement, version: int, effective_from: date) -> Agreement:
    """The next version of an agreement."""
    return replace(agreement, version=version, effective_from=effective_from)
