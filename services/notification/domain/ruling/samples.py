"""Facts as they may be, on which conditions and words are tried before anybody is told anything.

The first of each kind has every field that can stand together, the second the longest values; the others
lack what facts of the kind may lack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.common.kernel.clock import DAY, HOUR, Instant
from services.common.kernel.money import MICROS_PER_MINOR_UNIT, Money, currency
from services.common.kernel.quantity import OCTETS, SECONDS
from services.notification.domain.customers import Customer
from services.notification.domain.facts import FACT_FIELDS, Fact, FactKind, FieldKind, Recipient, Units, Value

_NOW = Instant(20_000 * DAY + 12 * HOUR)
_LONG_TEXT = "Wonderful " * 100
_LONG_CODE = "a-code-that-is-as-long-as-codes-may-well-be"


def _money(minor: int) -> Money:
    return Money(minor * MICROS_PER_MINOR_UNIT, currency("EUR"))


def _at(hours: int) -> Instant:
    return Instant(_NOW + hours * HOUR)


_TYPICAL: Mapping[FactKind, Mapping[str, Value]] = {
    FactKind.BALANCE_LOW: {"balance": _money(150), "threshold": _money(200), "bucket_id": "main"},
    FactKind.ALLOWANCE_USED: {
        "percent": 80,
        "left": Units(1_000_000_000, OCTETS),
        "given": Units(5_000_000_000, OCTETS),
        "allowance": "Data",
        "bucket_id": "data",
        "offering": "prepaid-data",
        "shared": False,
    },
    FactKind.EXPIRES_SOON: {
        "expires_at": _at(24),
        "hours": 24,
        "is_money": False,
        "left": Units(1_000_000_000, OCTETS),
        "allowance": "Data",
        "bucket_id": "data",
        "offering": "prepaid-data",
    },
    FactKind.SPEND_MARK: {
        "counter": "roaming-data-cap",
        "percent": 80,
        "value": 4_000,
        "mark": 5_000,
        "period": "2026-11",
    },
    FactKind.SPEND_CAP: {"counter": "roaming-data-cap", "value": 5_000, "mark": 5_000, "period": "2026-11"},
    FactKind.SESSION_REFUSED: {"result": "QUOTA_LIMIT_REACHED", "rating_group": 100},
    FactKind.TOPPED_UP: {"amount": _money(1_000), "balance": _money(1_150)},
    FactKind.SUBSCRIPTION_CHANGED: {"change": "started", "offering": "video-pass", "until": _at(720)},
    FactKind.UNUSUAL_USAGE: {
        "spent": _money(2_400),
        "usual": _money(300),
        "factor": 8,
        "day": "2026-11-27",
    },
    FactKind.BILL_READY: {"month": "2026-11", "total": _money(3_499), "charges": 42},
    FactKind.OFFER: {
        "name": "Video Pass",
        "reason": "You like video.",
        "price": _money(499),
        "expires_at": _at(24),
        "decision_id": "decision",
        "offer_code": "video-pass",
    },
    FactKind.SETTLEMENT_CLOSED: {
        "statement_id": "statement",
        "period": "2026-11",
        "revision": 1,
        "payable": _money(123_456),
        "parked": False,
        "payables": "1234.56 EUR",
    },
    FactKind.CASE_ANSWERED: {
        "case_id": "case",
        "text": "We have given you the money back.",
        "agent": "Kim",
        "resolved": False,
    },
    FactKind.CASE_OPENED: {
        "case_id": "case",
        "topic": "dispute",
        "priority": "high",
        "summary": "Doubts a charge.",
    },
}
_LACKING: Mapping[FactKind, Sequence[tuple[Mapping[str, Value], frozenset[str]]]] = {
    FactKind.ALLOWANCE_USED: (({}, frozenset({"offering"})),),
    FactKind.EXPIRES_SOON: (
        ({}, frozenset({"offering"})),
        ({"is_money": True, "amount": _money(150)}, frozenset({"left", "allowance", "offering"})),
    ),
    FactKind.SPEND_MARK: (({}, frozenset({"percent"})),),
    FactKind.SUBSCRIPTION_CHANGED: (({"change": "ended"}, frozenset({"until"})),),
    FactKind.OFFER: (
        ({}, frozenset({"price"})),
        ({}, frozenset({"reason"})),
        ({}, frozenset({"expires_at"})),
    ),
    FactKind.SETTLEMENT_CLOSED: (({"payables": ""}, frozenset({"payable"})),),
    FactKind.CASE_ANSWERED: (({"resolved": True}, frozenset({"agent"})),),
}
"""What a sample has otherwise, and what it lacks."""
_OTHERS: Mapping[FactKind, Sequence[Mapping[str, Value]]] = {
    FactKind.ALLOWANCE_USED: (
        {"left": Units(1, "events"), "given": Units(100, "events"), "percent": 99, "shared": True},
        {"left": Units(0, SECONDS), "given": Units(6_000, SECONDS), "percent": 100},
    ),
    FactKind.SETTLEMENT_CLOSED: ({"parked": True, "payable": _money(0), "revision": 2},),
    FactKind.UNUSUAL_USAGE: ({"usual": _money(0), "factor": 0},),
}
_LONGEST: Mapping[FieldKind, Value] = {
    FieldKind.TEXT: _LONG_TEXT,
    FieldKind.CODE: _LONG_CODE,
    FieldKind.COUNT: 1_234_567,
    FieldKind.PERCENT: 100,
    FieldKind.MONEY: _money(1_234_567_890),
    FieldKind.UNITS: Units(359_999, SECONDS),
    FieldKind.FLAG: True,
}

IMAGINED = Customer(
    subscriber_id="sample",
    account_id="sample",
    currency_code="EUR",
    time_zone="",
    segment="consumer",
    device_class="handset",
    customer_value=2,
    zone="home",
    offering_codes=frozenset({"prepaid-data"}),
)
"""Somebody, wherever the rules' own zone is."""


def recipient_of(kind: FactKind) -> Recipient:
    """Whom a fact of a kind concerns."""
    if kind is FactKind.SETTLEMENT_CLOSED:
        return Recipient(party_code="sample")
    if kind is FactKind.CASE_OPENED:
        return Recipient(operator=True)
    return Recipient(subscriber_id="sample", account_id="sample")


def customer_of(kind: FactKind) -> Customer | None:
    """An imagined customer; None for kinds that concern no subscriber."""
    return IMAGINED if recipient_of(kind).subscriber_id else None


def sample_facts(kind: FactKind) -> tuple[Fact, ...]:
    """The samples of a kind, in the order that is said above."""
    typical = Fact(kind, "sample", recipient_of(kind), _NOW, _TYPICAL[kind], "sample")
    found = [typical, replace(typical, values=_longest(kind))]
    found += [replace(typical, values={**typical.values, **other}) for other in _OTHERS.get(kind, ())]
    for other, lacking in _LACKING.get(kind, ()):
        whole = {**typical.values, **other}
        found.append(replace(typical, values={k: v for k, v in whole.items() if k not in lacking}))
    return tuple(found)


def _longest(kind: FactKind) -> dict[str, Value]:
    """Fields that cannot stand together too: what is chosen among them is at most as long."""
    fields = FACT_FIELDS[kind]
    typical = _TYPICAL[kind]
    return {name: _LONGEST.get(field, typical.get(name, _at(24))) for name, field in fields.items()}
