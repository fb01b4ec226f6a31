"""What consents, erasing and looking at profiles need from outside. Adapters fulfil it; `main` chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.domain.customer import ClassUse
from services.offers.domain.policies import Purpose


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How a purpose stands, since when, and what shows it."""

    purpose: Purpose
    given: bool
    at: Instant
    evidence: str


@dataclass(frozen=True, slots=True)
class ConsentsAsked:
    """Consents to give (True) and withdraw (False), of whom, and what shows that it is wished.

    `account_id` empty: not known; then a subscriber of whom nothing was ever heard is refused.
    """

    request_id: str
    subscriber_id: str
    account_id: str
    changes: Mapping[Purpose, bool]
    evidence: str


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """Whom to forget, and why."""

    request_id: str
    subscriber_id: str
    reason: str = ""


class ConsentBook(Protocol):
    """Consents, durably, with everything that was ever given and withdrawn."""

    async def change(self, asked: ConsentsAsked, fingerprint: bytes, now: Instant) -> Sequence[ConsentState]:
        """Stores the changes; they hold for every decision from the moment that it returns.

        How all purposes stand then. The same request again changes nothing. Raises RefusedError
        USER_UNKNOWN, DUPLICATE_DIFFERS.
        """

    async def states(self, subscriber_id: str) -> Sequence[ConsentState]:
        """How every purpose stands that was ever given or withdrawn."""

    async def in_force(self, subscriber_id: str) -> frozenset[Purpose]:
        """Purposes that are given now."""


class Erasures(Protocol):
    """Forgets subscribers."""

    async def erase(self, asked: ErasureAsked, fingerprint: bytes, now: Instant) -> int:
        """Forgets everything of a subscriber at once; how many decisions lead to nobody any more.

        The same request again answers the same and forgets nothing. Raises RefusedError DUPLICATE_DIFFERS.
        """


@dataclass(frozen=True, slots=True)
class FenceStanding:
    """Where a subscriber stands to a fence: `entering`, `inside`, `leaving`."""

    fence_code: str
    state: str
    since: Instant


@dataclass(frozen=True, slots=True)
class ContactMade:
    """An offer that was presented."""

    at: Instant
    offer_code: str
    channel: str


@dataclass(frozen=True, slots=True)
class ProfileShown:
    """Everything that is kept of a subscriber, for whom it is about.

    `usage` by class of the policies; rating groups that no class has as `rating-group-<number>`.
    `currency_code`: of what was spent; empty where no account was seen yet.
    """

    pseudonym: str
    feature_seq: int
    first_seen_at: Instant
    last_used_at: Instant | None
    usage: Mapping[str, ClassUse]
    consents: Sequence[ConsentState]
    zone: str
    roaming: bool
    segment: str
    device_class: str
    customer_value: int
    offering_codes: Sequence[str]
    hour_permille: Sequence[int]
    currency_code: str
    fences: Sequence[FenceStanding] = ()
    contacts: Sequence[ContactMade] = ()
    features: Mapping[str, float] = field(default_factory=dict)


class ProfileReader(Protocol):
    """Looks at profiles for people."""

    async def shown(self, subscriber_id: str, now: Instant) -> ProfileShown | None:
        """None: nothing has been seen, or all was erased."""

    async def count(self) -> int:
        """Profiles that are kept."""
