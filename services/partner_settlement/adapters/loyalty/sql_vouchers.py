"""Vouchers in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.partner_settlement.adapters.accrual.epochs import lock_accrual
from services.partner_settlement.adapters.accrual.store import append_local_record
from services.partner_settlement.adapters.sql_agreements import agreement_book
from services.partner_settlement.adapters.tables.loyalty import ProgressTable, VoucherTable
from services.partner_settlement.domain.agreements import LoyaltyProgram
from services.partner_settlement.domain.loyalty import Progress, Voucher
from services.partner_settlement.domain.records import SettlementRecord

_MOST_LISTED = 1_000


class SqlVoucherBook:
    """The VoucherBook port over a session, whose transaction takes the lock of accrual at once."""

    def __init__(self, session: Session) -> None:
        lock_accrual(session)
        self._session = session

    def voucher(self, code: str) -> Voucher | None:
        """The voucher of a code."""
        row = self._session.get(VoucherTable, code)
        return None if row is None else _voucher(row)

    def redeemed_by(self, party_code: str, request_id: str) -> Voucher | None:
        """The voucher that a partner's request has redeemed."""
        statement = select(VoucherTable).where(
            col(VoucherTable.redeemed_with_party) == party_code, col(VoucherTable.request_id) == request_id
        )
        row = self._session.exec(statement).first()
        return None if row is None else _voucher(row)

    def redeem(self, voucher: Voucher) -> None:
        """Stores how a voucher was redeemed."""
        row = self._session.get_one(VoucherTable, voucher.code)
        row.redeemed_at = voucher.redeemed_at
        row.request_id = voucher.request_id
        row.partner_reference = voucher.partner_reference
        self._session.flush()

    def append(self, record: SettlementRecord) -> None:
        """Accrues a record of this service's own."""
        append_local_record(self._session, record)


def vouchers_of(session: Session, subscriber_id: str, loyalty_program: str = "") -> list[Voucher]:
    """A subscriber's newest thousand, of one program or all (''), oldest first."""
    statement = select(VoucherTable).where(col(VoucherTable.subscriber_id) == subscriber_id)
    if loyalty_program:
        statement = statement.where(col(VoucherTable.loyalty_program) == loyalty_program)
    newest = statement.order_by(
        col(VoucherTable.issued_at).desc(), col(VoucherTable.ordinal).desc(), col(VoucherTable.voucher_code)
    )
    return [_voucher(row) for row in reversed(session.exec(newest.limit(_MOST_LISTED)).all())]


def progress_of(
    session: Session, subscriber_id: str, loyalty_program: str = ""
) -> Sequence[tuple[LoyaltyProgram, Progress]]:
    """How far a subscriber is, with each program as its agreement's newest version has it."""
    rows = session.exec(
        select(ProgressTable)
        .where(col(ProgressTable.subscriber_id) == subscriber_id)
        .order_by(col(ProgressTable.agreement_code), col(ProgressTable.loyalty_program))
    ).all()
    newest = {agreement.code: agreement for agreement in agreement_book(session).versions} if rows else {}
    programs = {
        (agreement.code, program.code): program
        for agreement in newest.values()
        for program in agreement.loyalty_programs
        if loyalty_program in {"", program.code}
    }
    return [
        (programs[row.agreement_code, row.loyalty_program], Progress(row.counted, row.issued))
        for row in rows
        if (row.agreement_code, row.loyalty_program) in programs
    ]


def _voucher(row: VoucherTable) -> Voucher:
    return Voucher(
        code=row.voucher_code,
        agreement_code=row.agreement_code,
        loyalty_program=row.loyalty_program,
        redeemed_with_party=row.redeemed_with_party,
        account_id=row.account_id,
        subscriber_id=row.subscriber_id,
        face_minor=row.face_minor,
        currency_code=row.currency_code,
        issued_at=Instant(row.issued_at),
        expires_at=Instant(row.expires_at),
        redeemed_at=None if row.redeemed_at is None else Instant(row.redeemed_at),
        request_id=row.request_id or "",
        partner_reference=row.partner_reference,
    )
