"""Whom an alert is about, as far as alert rules may know: from charging's journal, nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money
from services.notification.domain.facts import Units

ASSISTANT = "assistant"
"""Who acts when this service does something for a customer, in charging's audit trail."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A subscriber as it is now."""

    subscriber_id: str
    account_id: str
    currency_code: str
    time_zone: str
    segment: str = ""
    device_class: str = ""
    customer_value: int = 0
    zone: str = ""
    barred: bool = False
    offering_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A balance of an account. `given`: what it began with, 0 for money. No `subscriber_ids`: for all."""

    bucket_id: str
    account_id: str
    name: str
    is_money: bool
    unit: str
    balance: int
    given: int = 0
    valid_until: Instant | None = None
    offering_code: str = ""
    subscriber_ids: frozenset[str] = frozenset()

    @property
    def left_percent(self) -> int:
        """Of what was given, rounded down; 100 where nothing is known to have been given."""
        return 100 if self.given <= 0 else max(0, self.balance) * 100 // self.given


@dataclass(frozen=True, slots=True)
class Present:
    """What is so now of that which a fact was about; what is gone is absent."""

    money: Money | None = None
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    """By `<counter>/<period>`."""
    answered_offers: frozenset[str] = frozenset()
    """`<decision_id>/<offer_code>` of offers that were taken or refused."""
    left: Mapping[str, Units] = field(default_factory=dict)
