"""A customer as policies and models see one, at one moment. No name, no number, no protected attribute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.common.kernel.clock import Instant
from services.offers.domain.policies import Purpose

WINDOW_NAMES = ("minutes", "hour", "day", "week", "month")
"""As rules name them."""
WINDOW_SECONDS = (300, 3_600, 86_400, 604_800, 2_419_200)
"""Five minutes, an hour, a day, a week, 28 days; all of them sliding."""


@dataclass(frozen=True, slots=True)
class ClassUse:
    """Usage of one class: units and money paid (minor_micros), by window in order of WINDOW_NAMES.

    `decayed_units`: with a half-life of a day. `last_used_at` None: never.
    """

    unit: str
    units: tuple[int, ...] = (0, 0, 0, 0, 0)
    spend_minor_micros: tuple[int, ...] = (0, 0, 0, 0, 0)
    decayed_units: int = 0
    last_used_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class AllowanceState:
    """What is left of the allowances that a usage class may use: units left and given, all buckets."""

    left: int = 0
    given: int = 0


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Everything that a decision may look at."""

    subscriber_id: str
    account_id: str
    pseudonym: str
    feature_seq: int
    """The last journal record of charging that was folded."""
    consents: frozenset[Purpose] = frozenset()
    barred: bool = False
    segment: str = ""
    customer_value: int = 0
    device_class: str = ""
    zone: str = ""
    roaming: bool = False
    time_zone: str = "UTC"
    currency_code: str = ""
    money_minor_micros: int = 0
    """Money that may be spent: balances above their floor."""
    offering_codes: frozenset[str] = frozenset()
    first_seen_at: Instant | None = None
    usage: Mapping[str, ClassUse] = field(default_factory=dict)
    allowances: Mapping[str, AllowanceState] = field(default_factory=dict)
    hour_permille: tuple[int, ...] = (0,) * 24
    """Share of the usage by local hour of the day."""
    refused_recently: bool = False
    """Usage was refused for want of balance within the last day."""
    fences: frozenset[str] = frozenset()
    """Codes of the fences the customer is inside; empty without consent to location."""
