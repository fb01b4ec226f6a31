"""What happened, as alert rules see it: a kind, a cause, whom it concerns, and values in units and currency.

A fact is made from an event of another service, or by the clock. Its `cause_id` names the cause, not the
message that told of it: told again, told late or told twice it is the same, and nobody hears of it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money


class FactKind(Enum):
    """What can be told. The values are what rules name in `on`; fields stand in `FACT_FIELDS`."""

    BALANCE_LOW = "balance-low"
    ALLOWANCE_USED = "allowance-used"
    EXPIRES_SOON = "expires-soon"
    SPEND_MARK = "spend-mark"
    SPEND_CAP = "spend-cap"
    SESSION_REFUSED = "session-refused"
    TOPPED_UP = "topped-up"
    SUBSCRIPTION_CHANGED = "subscription-changed"
    UNUSUAL_USAGE = "unusual-usage"
    BILL_READY = "bill-ready"
    OFFER = "offer"
    SETTLEMENT_CLOSED = "settlement-closed"
    CASE_ANSWERED = "case-answered"
    CASE_OPENED = "case-opened"


@dataclass(frozen=True, slots=True)
class Units:
    """So many units of something: octets, seconds, service-specific units."""

    count: int
    unit: str


Value = str | int | bool | Instant | Money | Units
"""Instants are plain int at run time: `FACT_FIELDS` says which field is one."""


class FieldKind(Enum):
    """How a value of a fact is read by rules and written in words."""

    TEXT = "text"
    CODE = "code"
    COUNT = "count"
    PERCENT = "percent"
    MONEY = "money"
    UNITS = "units"
    INSTANT = "instant"
    FLAG = "flag"


_T, _C, _N, _P = FieldKind.TEXT, FieldKind.CODE, FieldKind.COUNT, FieldKind.PERCENT
_M, _U, _I, _F = FieldKind.MONEY, FieldKind.UNITS, FieldKind.INSTANT, FieldKind.FLAG
FACT_FIELDS: Mapping[FactKind, Mapping[str, FieldKind]] = {
    FactKind.BALANCE_LOW: {"balance": _M, "threshold": _M, "bucket_id": _C},
    FactKind.ALLOWANCE_USED: {
        "percent": _P,
        "left": _U,
        "given": _U,
        "allowance": _T,
        "bucket_id": _C,
        "offering": _C,
        "shared": _F,
    },
    FactKind.EXPIRES_SOON: {
        "expires_at": _I,
        "hours": _N,
        "is_money": _F,
        "amount": _M,
        "left": _U,
        "allowance": _T,
        "bucket_id": _C,
        "offering": _C,
    },
    FactKind.SPEND_MARK: {"counter": _C, "percent": _P, "value": _N, "mark": _N, "period": _C},
    FactKind.SPEND_CAP: {"counter": _C, "value": _N, "mark": _N, "period": _C},
    FactKind.SESSION_REFUSED: {"result": _C, "rating_group": _N},
    FactKind.TOPPED_UP: {"amount": _M, "balance": _M},
    FactKind.SUBSCRIPTION_CHANGED: {"change": _C, "offering": _C, "until": _I},
    FactKind.UNUSUAL_USAGE: {"spent": _M, "usual": _M, "factor": _N, "day": _C},
    FactKind.BILL_READY: {"month": _C, "total": _M, "charges": _N},
    FactKind.OFFER: {
        "name": _T,
        "reason": _T,
        "price": _M,
        "expires_at": _I,
        "decision_id": _C,
        "offer_code": _C,
    },
    FactKind.SETTLEMENT_CLOSED: {
        "statement_id": _C,
        "period": _C,
        "revision": _N,
        "payable": _M,
        "parked": _F,
        "payables": _T,
    },
    FactKind.CASE_ANSWERED: {"case_id": _C, "text": _T, "agent": _T, "resolved": _F},
    FactKind.CASE_OPENED: {"case_id": _C, "topic": _C, "priority": _C, "summary": _T},
}
"""Every field of every kind. A fact may lack one (an offer without a price); rules that read it fail."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Exactly one of three: a subscriber (with its account), a partner of settlement, or the operator."""

    subscriber_id: str = ""
    account_id: str = ""
    party_code: str = ""
    operator: bool = False

    @property
    def key(self) -> str:
        """By which inboxes, endpoints and limits go: `subscriber-...`, `party-...`, `operator`."""
        if self.operator:
            return "operator"
        return f"party-{self.party_code}" if self.party_code else f"subscriber-{self.subscriber_id}"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened and concerns somebody. One for each recipient.

    `about` names the thing that it is about (a bucket, a counter and its period, a session), for collapsing
    and for looking whether it still holds.
    """

    kind: FactKind
    cause_id: str
    recipient: Recipient
    at: Instant
    values: Mapping[str, Value]
    about: str = ""
