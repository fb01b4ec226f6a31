"""What can happen to buckets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.state import Bucket
from services.common.kernel.clock import Instant


class MovementReason(Enum):
    """Why a bucket moved."""

    RESERVED = "reserved"
    DEBITED = "debited"
    RELEASED = "released"
    EXPIRED = "expired"
    TOPPED_UP = "topped up"
    ADJUSTED = "adjusted"
    TRANSFERRED = "transferred"
    REFUNDED = "refunded"
    FEE = "fee"
    CORRECTED = "corrected"
    GIFTED = "gifted"
    ROLLED_OVER = "rolled over"


@dataclass(frozen=True, slots=True)
class BucketOpened:
    """A bucket exists, nothing reserved yet; its balance is what was put in."""

    bucket: Bucket


@dataclass(frozen=True, slots=True)
class BucketMoved:
    """A bucket now holds `balance` with `reserved` of it held."""

    account_id: str
    bucket_id: str
    reason: MovementReason
    unit: str
    delta: int
    balance: int
    reserved: int
    charge_id: str = ""


@dataclass(frozen=True, slots=True)
class BucketStarted:
    """First use: from now on a bucket has an end."""

    account_id: str
    bucket_id: str
    valid_until: Instant


@dataclass(frozen=True, slots=True)
class BucketClosed:
    """A bucket is over: `forfeited` is gone, `rolled_over` went on into the next period."""

    account_id: str
    bucket_id: str
    unit: str
    forfeited: int
    rolled_over: int


@dataclass(frozen=True, slots=True)
class ThresholdCrossed:
    """A bucket passed a used percentage, or money its low-balance mark (`used_percent` 0)."""

    account_id: str
    bucket_id: str
    used_percent: int
    balance: int
