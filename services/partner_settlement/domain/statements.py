"""A statement: what a party is told for a period. Its lines sum to its totals."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from services.common.kernel.clock import Instant
from services.partner_settlement.domain.agreements import Party, RecipientKind
from services.partner_settlement.domain.documents import StatementState
from services.partner_settlement.domain.periods import Period
from services.partner_settlement.domain.shares import Share


class LineKind(Enum):
    """What a line is about; statements list them in this order."""

    CARRIED_FORWARD = "carried-forward"
    DISPUTE = "dispute"
    SHARE = "share"
    SPONSORED = "sponsored"
    FIXED_FEE = "fixed-fee"
    GUARANTEE = "guarantee"
    BORNE = "borne"
    ADJUSTMENT = "adjustment"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True)
class LineReference:
    """A line of another statement; line 0: all of it."""

    statement_id: str
    line_number: int = 0


@dataclass(frozen=True, slots=True)
class SettledShare:
    """A share with what its line needs beside it."""

    share: Share
    kind: LineKind
    agreement_reference: str
    refers_to: LineReference | None = None


@dataclass(frozen=True, slots=True)
class OpeningItem:
    """Something between statements: carried forward, held back, released, agreed on in a dispute."""

    kind: LineKind
    currency_code: str
    amount_minor: int
    refers_to: LineReference
    text: str


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """Major units of `to` for one of `of`, on a day."""

    of: str
    to: str
    rate: Fraction
    date: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `share` None: an opening or exchange line, which has only a net amount. Minor units."""

    number: int
    kind: LineKind
    currency_code: str
    net_minor: int
    text: str = ""
    share: Share | None = None
    agreement_reference: str = ""
    share_minor: int = 0
    partner_tax_minor: int = 0
    withholding_minor: int = 0
    refers_to: LineReference | None = None
    exchange: ExchangeRate | None = None

    @property
    def recipient_kind(self) -> RecipientKind:
        """PAY for lines that are no share."""
        return self.share.key.recipient.kind if self.share is not None else RecipientKind.PAY


@dataclass(frozen=True, slots=True)
class Total:
    """Sums of the lines of one currency, and what becomes of them. Minor units."""

    currency_code: str
    lines: int
    share_minor: int
    partner_tax_minor: int
    withholding_minor: int
    net_minor: int
    held_minor: int
    carried_forward_minor: int
    payable_minor: int
    payout_id: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all statements of a run share."""

    period: Period
    revision: int
    run_id: str
    period_from: Instant
    period_until: Instant
    frozen_at: Instant
    record_set_sha256: bytes
    record_count: int
    early: bool
    operator_name: str
    usage_batch: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`sequence_number` 0 and `closed_at` None: not final."""

    frame: Frame
    party: Party
    state: StatementState
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    parked_reason: str = ""
    sequence_number: int = 0
    closed_at: Instant | None = None

    @property
    def statement_id(self) -> str:
        """`melody/2026-11/1`."""
        return f"{self.party.code}/{self.frame.period.name}/{self.frame.revision}"
