"""What charging answers, before it becomes a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.corrections.commands import CorrectionAnswer
from services.charging.domain.rating.tariff import FinalUnitAction, VolumeDirection
from services.charging.domain.sessions.spending import CounterView
from services.charging.domain.state import Account, Bucket, Subscriber
from services.common.kernel.clock import Instant


class ResultCode(Enum):
    """Result of one rating group (TS 32.291 clause 6.1.6.3.14), in the order of decision."""

    SUCCESS = 1
    RATING_FAILED = 2
    QUOTA_MANAGEMENT_NOT_APPLICABLE = 3
    END_USER_SERVICE_DENIED = 4
    QUOTA_LIMIT_REACHED = 5
    END_USER_SERVICE_REJECTED = 6


@dataclass(frozen=True, slots=True)
class Grant:
    """Units the element may let through, and when it must come back."""

    units: int
    unit: str
    threshold_units: int
    validity_seconds: int
    holding_seconds: int
    final: FinalUnitAction | None
    redirect_address: str = ""
    tariff_time_change: Instant | None = None
    direction: VolumeDirection = VolumeDirection.TOTAL


@dataclass(frozen=True, slots=True)
class Cost:
    """What was charged: money in minor_micros, the tax in it, and allowance units by unit."""

    amount: int = 0
    from_allowances: tuple[tuple[str, int], ...] = ()
    price_ids: tuple[str, ...] = ()
    charge_ids: tuple[str, ...] = ()
    tax: int = 0


NO_COST = Cost()


def add_costs(left: Cost, right: Cost) -> Cost:
    """Both costs together; prices named once."""
    if left is NO_COST:
        return right
    units = dict(left.from_allowances)
    for unit, amount in right.from_allowances:
        units[unit] = units.get(unit, 0) + amount
    return Cost(
        left.amount + right.amount,
        tuple(sorted(units.items())),
        tuple(dict.fromkeys((*left.price_ids, *right.price_ids))),
        (*left.charge_ids, *right.charge_ids),
        left.tax + right.tax,
    )


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """The answer for one rating group."""

    rating_group: int
    result: ResultCode
    cost: Cost
    grant: Grant | None = None
    final_action: FinalUnitAction | None = None
    redirect_address: str = ""
    retry_seconds: int = 0
    """Without a grant: when to ask again."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ChargingAnswer:
    """The answer to a charging request. `ref` only from Create."""

    sequence: int
    at: Instant
    groups: tuple[GroupAnswer, ...]
    currency_code: str
    cost: Cost
    remaining: tuple[Bucket, ...]
    low_balance: bool
    ref: str = ""


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account with all it holds, at one moment."""

    account: Account
    subscribers: tuple[Subscriber, ...]
    buckets: tuple[Bucket, ...]
    open_sessions: int


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """The accounts a request touched, as they stand after it, and what else it did.

    `charge_ids` are those of fees, `fees` their sum with tax in minor_micros;
    `bucket_id` is the bucket that a gift opened.
    """

    views: tuple[AccountView, ...]
    reauthorised_sessions: int = 0
    aborted_sessions: int = 0
    charge_ids: tuple[str, ...] = ()
    fees: int = 0
    bucket_id: str = ""


@dataclass(frozen=True, slots=True)
class CounterAnswer:
    """A counter as it stands after a request."""

    view: CounterView
    reauthorised_sessions: int = 0


@dataclass(frozen=True, slots=True)
class OutcomeAnswer:
    """How an outcome was settled, and what of its charge was given back, in minor_micros."""

    charge_id: str
    confirmed: bool
    refunded: int
    currency_code: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nobody waits for one."""


Answer = ChargingAnswer | AccountAnswer | CounterAnswer | OutcomeAnswer | CorrectionAnswer | NoAnswer
