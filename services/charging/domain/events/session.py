"""What can happen to charging sessions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from services.charging.domain.rating.circumstances import Circumstances
from services.charging.domain.state import RatedUsage, Subscription
from services.common.kernel.clock import Instant


class CloseCause(Enum):
    """Why a session ended."""

    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A session runs; the versions that rate it stay to its end."""

    ref: str
    subscriber_id: str
    account_id: str
    nf_name: str
    charging_id: str
    circumstances: Circumstances
    subscriptions: tuple[Subscription, ...]
    started_at: Instant
    tariff_time_change: bool = False


@dataclass(frozen=True, slots=True)
class SessionAdvanced:
    """A session took a request. `expires_at` is by the server's clock, the rest by the element's."""

    ref: str
    sequence: int
    last_report_at: Instant
    expires_at: Instant
    circumstances: Circumstances
    reauthorisation_pending: tuple[int, ...]
    missing_sequences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RatingGroupChanged:
    """One rating group of a session after a request."""

    ref: str
    rating_group: int
    granted_units: int
    reservations: tuple[tuple[str, int], ...]
    rated: tuple[RatedUsage, ...]
    local_sequence: int | None
    last_report_at: Instant
    blocked: bool
    missing_local_sequences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """A session ended; nothing is reserved for it any more."""

    ref: str
    account_id: str
    cause: CloseCause
    nf_name: str


@dataclass(frozen=True, slots=True)
class SessionResumed:
    """A session that had expired reported after all and goes on."""

    ref: str
    account_id: str


@dataclass(frozen=True, slots=True)
class UsageRefused:
    """A known subscriber was refused a rating group. Changes nothing; others may want to know."""

    ref: str
    account_id: str
    subscriber_id: str
    rating_group: int
    result: str


@dataclass(frozen=True, slots=True)
class ReauthorisationRequested:
    """A session that had run dry should come back."""

    ref: str
    rating_groups: tuple[int, ...]
    nf_name: str


@dataclass(frozen=True, slots=True)
class AbortRequested:
    """A session must end. Changes nothing; its element is told."""

    ref: str
    nf_name: str
    detail: str
