"""What records earn, in the transaction that stores them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, text
from sqlmodel import Session

from services.partner_settlement.adapters.accrual.products import chunked_rows
from services.partner_settlement.adapters.loyalty.programs import ProgramBook, ProgramInForce
from services.partner_settlement.adapters.tables.loyalty import (
    LoyaltySecretTable,
    ProgressTable,
    VoucherTable,
)
from services.partner_settlement.domain.loyalty import Earned, Progress, counts, earn, voucher_code
from services.partner_settlement.domain.records import Product, SettlementRecord

_PROGRESS = ProgressTable.metadata.tables["loyalty_progress"]
_SECRET = LoyaltySecretTable.metadata.tables["loyalty_secret"]
_ISSUE = insert(VoucherTable.metadata.tables["voucher"])
_STANDING = select(_PROGRESS).where(_PROGRESS.c.subscriber_id.in_(bindparam("subscribers", expanding=True)))
_SET_PROGRESS = text(
    "INSERT INTO loyalty_progress (agreement_code, loyalty_program, subscriber_id, counted, issued)"
    " VALUES (:agreement_code, :loyalty_program, :subscriber_id, :counted, :issued)"
    " ON CONFLICT (agreement_code, loyalty_program, subscriber_id)"
    " DO UPDATE SET counted = excluded.counted, issued = excluded.issued"
)
_SECRET_OCTETS = 32
_MOST_CACHED = 100_000

_Key = tuple[str, str, str]
"""Agreement, program, subscriber."""


class LoyaltyEarning:
    """An effect of accrual: counts what programs in force cover, and issues vouchers.

    A program counts what is accrued while it is published; what was accrued before earns nothing.
    """

    def __init__(self) -> None:
        self._programs = ProgramBook()
        self._matching: dict[tuple[date, Product], tuple[ProgramInForce, ...]] = {}

    def __call__(self, session: Session, records: Sequence[SettlementRecord]) -> None:
        """Counts records in their order. The session's transaction holds the lock of accrual."""
        if self._programs.refresh(session):
            self._matching.clear()
        if not self._programs.has_programs:
            return
        counting = list(self._counting(records))
        if not counting:
            return
        progress = _standing(session, {record.subscriber_id for record, _ in counting})
        touched: dict[_Key, Progress] = {}
        vouchers: list[dict[str, Any]] = []
        secret = _secret(session)
        for record, of in counting:
            key = (of.agreement_code, of.program.code, record.subscriber_id)
            after, earned = earn(touched.get(key) or progress.get(key) or Progress(), of.program, record)
            touched[key] = after
            vouchers.extend(_voucher(secret, record, of, one) for one in earned)
        _store(session, touched, vouchers)

    def _counting(
        self, records: Sequence[SettlementRecord]
    ) -> Iterator[tuple[SettlementRecord, ProgramInForce]]:
        """Records with each program that they count for; what no subscriber did counts for none."""
        for record in records:
            if record.subscriber_id:
                for of in self._programs_of(record):
                    yield record, of

    def _programs_of(self, record: SettlementRecord) -> tuple[ProgramInForce, ...]:
        key = (record.home, record.product)
        matching = self._matching.get(key)
        if matching is None:
            if len(self._matching) >= _MOST_CACHED:
                self._matching.clear()
            matching = self._matching[key] = tuple(
                of for of in self._programs.on(record.home) if counts(of.program, record)
            )
        return matching


def _standing(session: Session, subscribers: set[str]) -> dict[_Key, Progress]:
    return {
        (row.agreement_code, row.loyalty_program, row.subscriber_id): Progress(row.counted, row.issued)
        for row in chunked_rows(session, _STANDING, "subscribers", sorted(subscribers))
    }


def _store(session: Session, touched: dict[_Key, Progress], vouchers: list[dict[str, Any]]) -> None:
    connection = session.connection()
    connection.execute(
        _SET_PROGRESS,
        [
            {
                "agreement_code": agreement_code,
                "loyalty_program": program,
                "subscriber_id": subscriber_id,
                "counted": progress.counted,
                "issued": progress.issued,
            }
            for (agreement_code, program, subscriber_id), progress in sorted(touched.items())
        ],
    )
    if vouchers:
        connection.execute(_ISSUE, vouchers)


def _voucher(secret: bytes, record: SettlementRecord, of: ProgramInForce, earned: Earned) -> dict[str, Any]:
    code = voucher_code(secret, of.agreement_code, of.program.code, record.subscriber_id, earned.ordinal)
    return {
        "voucher_code": code,
        "agreement_code": of.agreement_code,
        "agreement_version": of.agreement_version,
        "loyalty_program": of.program.code,
        "redeemed_with_party": of.program.redeemed_with_party,
        "account_id": record.account_id,
        "subscriber_id": record.subscriber_id,
        "ordinal": earned.ordinal,
        "record_id": record.record_id,
        "face_minor": of.program.face_minor,
        "currency_code": of.program.currency_code,
        "issued_at": earned.issued_at,
        "expires_at": earned.expires_at,
        "redeemed_at": None,
        "request_id": None,
        "partner_reference": "",
    }


def _secret(session: Session) -> bytes:
    """The secret of voucher codes, made the first time. Under the lock of accrual, so once."""
    stored = session.connection().execute(select(_SECRET.c.secret).where(_SECRET.c.id == 1)).scalar()
    if stored is not None:
        return bytes(stored)
    made = secrets.token_bytes(_SECRET_OCTETS)
    session.connection().execute(insert(_SECRET), {"id": 1, "secret": made})
    return made
