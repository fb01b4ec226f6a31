"""What can happen to counters and the caps on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CounterAdvanced:
    """A counter of a subscriber (or an account) stands at a value in a period."""

    subscriber_id: str
    counter: str
    value: int
    period: str = ""


@dataclass(frozen=True, slots=True)
class SpendCapChanged:
    """A subscriber's own cap of a counter. None and not lifted: the catalog's again."""

    account_id: str
    subscriber_id: str
    counter_code: str
    cap: int | None
    lifted: bool
    actor: str


@dataclass(frozen=True, slots=True)
class CounterThresholdCrossed:
    """A counter passed a mark; once a period. `subscriber_id` '': the account counts."""

    account_id: str
    subscriber_id: str
    counter_code: str
    period: str
    mark: int
    value: int
    status: str
    cap: bool
