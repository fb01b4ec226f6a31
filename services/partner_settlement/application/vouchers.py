"""Redeeming a voucher: by the partner of its program, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.agreements import RecordKind
from services.partner_settlement.domain.loyalty import MICROS, Voucher, redemption_refusal
from services.partner_settlement.domain.records import Product, SettlementRecord


class VoucherBook(Protocol):
    """Vouchers within one transaction, in which nobody else redeems or accrues."""

    def voucher(self, code: str) -> Voucher | None:
        """The voucher of a code."""

    def redeemed_by(self, party_code: str, request_id: str) -> Voucher | None:
        """The voucher that a partner's request has redeemed."""

    def redeem(self, voucher: Voucher) -> None:
        """Stores how a voucher was redeemed."""

    def append(self, record: SettlementRecord) -> None:
        """Accrues a record of this service's own; its place is given there."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """What a partner asks for; `partner_reference` is its own, of the sale."""

    request_id: str
    voucher_code: str
    partner_reference: str


def redeem_voucher(
    book: VoucherBook,
    asked: Redemption,
    is_allowed: Callable[[str], bool],
    now: Instant,
    day_of: Callable[[Instant], date],
) -> Voucher:
    """Redeems a voucher and accrues its face value; the same request again gives the first answer.

    `is_allowed` tells of a party whether the caller may act for it. Raises RefusedError: VOUCHER_UNKNOWN,
    also for one of another partner; DUPLICATE_DIFFERS; VOUCHER_REDEEMED; VOUCHER_EXPIRED.
    """
    voucher = book.voucher(asked.voucher_code)
    if voucher is None or not is_allowed(voucher.redeemed_with_party):
        raise RefusedError(Refused(reasons.VOUCHER_UNKNOWN, "there is no such voucher", "voucher_code"))
    first = book.redeemed_by(voucher.redeemed_with_party, asked.request_id)
    if first is not None:
        if (first.code, first.partner_reference) == (asked.voucher_code, asked.partner_reference):
            return first
        words = f"request {asked.request_id} has redeemed another voucher, or with another reference"
        raise RefusedError(Refused(reasons.DUPLICATE_DIFFERS, words, "request_id"))
    refused = redemption_refusal(voucher, now)
    if refused is not None:
        raise RefusedError(refused)
    redeemed = replace(
        voucher,
        redeemed_at=now,
        request_id=asked.request_id,
        partner_reference=asked.partner_reference,
    )
    book.redeem(redeemed)
    book.append(redemption_record(redeemed, now, day_of(now)))
    return redeemed


def redemption_record(voucher: Voucher, now: Instant, home: date) -> SettlementRecord:
    """What a redeemed voucher costs, as a record of the day of its redemption; no tax is in it."""
    kind = RecordKind.REDEMPTION.value
    program, currency = voucher.loyalty_program, voucher.currency_code
    return SettlementRecord(
        record_id=f"v-{voucher.code}",
        place=(0, 0, 0, 0),
        home=home,
        product=Product(kind, kind, "", "", 0, 0, "", "", "", program, "", currency),
        quantity=0,
        gross_minor_micros=voucher.face_minor * MICROS,
        tax_minor_micros=0,
        account_id=voucher.account_id,
        subscriber_id=voucher.subscriber_id,
        occurred_at=now,
    )
