"""Loyalty: vouchers for what is used and bought, the pure part.

What counts adds up; each time it reaches what the program asks for, a voucher is issued and
that much is taken off. Refunds and corrections take off too: a voucher that was issued stays, and
progress below zero has to be made good before the next one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import Refused
from services.partner_settlement.domain import reasons
from services.partner_settlement.domain.agreements import LoyaltyProgram, RecordKind
from services.partner_settlement.domain.records import SettlementRecord, covers

MICROS = 1_000_000
MOST_VOUCHERS = 1_000
"""For one record. What is beyond stays in the progress: a mistake in a program must not fill a disk."""

_CODE_OCTETS = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """Towards the next voucher of a program, in units or minor_micros; and how many were issued."""

    counted: int = 0
    issued: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """A voucher that a record has earned; ordinals of a subscriber and program run from 1."""

    ordinal: int
    issued_at: Instant
    expires_at: Instant


class VoucherState(Enum):
    """What a voucher is at some moment."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher, and how it was redeemed: None and '' where it was not."""

    code: str
    agreement_code: str
    loyalty_program: str
    redeemed_with_party: str
    account_id: str
    subscriber_id: str
    face_minor: int
    currency_code: str
    issued_at: Instant
    expires_at: Instant
    redeemed_at: Instant | None = None
    request_id: str = ""
    partner_reference: str = ""

    def state(self, now: Instant) -> VoucherState:
        """What it is now."""
        if self.redeemed_at is not None:
            return VoucherState.REDEEMED
        return VoucherState.ISSUED if now < self.expires_at else VoucherState.EXPIRED


def needed(program: LoyaltyProgram) -> int:
    """What a voucher takes, in units or minor_micros."""
    return program.earn_units or program.earn_minor * MICROS


def counts(program: LoyaltyProgram, record: SettlementRecord) -> bool:
    """True where a record counts towards vouchers of a program. A redemption earns nothing."""
    product = record.product
    if product.kind == RecordKind.REDEMPTION.value or not covers(program.earned_by, product):
        return False
    if program.earn_units:
        return product.unit == program.earn_unit
    return product.currency_code == program.currency_code


def earn(
    progress: Progress, program: LoyaltyProgram, record: SettlementRecord
) -> tuple[Progress, tuple[Earned, ...]]:
    """Progress after a record that counts, and the vouchers that it earns, valid from when it occurred."""
    counted = progress.counted + (record.quantity if program.earn_units else record.gross_minor_micros)
    reached = min(max(counted, 0) // needed(program), MOST_VOUCHERS)
    expires_at = Instant(record.occurred_at + program.valid_days * DAY)
    earned = tuple(
        Earned(progress.issued + number, record.occurred_at, expires_at) for number in range(1, reached + 1)
    )
    return Progress(counted - reached * needed(program), progress.issued + reached), earned


def voucher_code(
    secret: bytes, agreement_code: str, loyalty_program: str, subscriber_id: str, ordinal: int
) -> str:
    """16 characters, A to Z and 2 to 7: the same each time, and not to be guessed without the secret."""
    texts = [text.encode() for text in (agreement_code, loyalty_program, subscriber_id, str(ordinal))]
    message = b"".join(struct.pack(">Q", len(text)) + text for text in texts)
    return base64.b32encode(hmac.digest(secret, message, hashlib.sha256)[:_CODE_OCTETS]).decode()


def redemption_refusal(voucher: Voucher, now: Instant) -> Refused | None:
    """Why a voucher cannot be redeemed now; None where it can."""
    state = voucher.state(now)
    if state is VoucherState.REDEEMED:
        return Refused(reasons.VOUCHER_REDEEMED, "this voucher was redeemed before", "voucher_code")
    if state is VoucherState.EXPIRED:
        return Refused(reasons.VOUCHER_EXPIRED, "this voucher has expired", "voucher_code")
    return None
