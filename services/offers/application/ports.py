"""What deciding needs from outside. Adapters fulfil it; `main` chooses which.

Each group of use cases has further ports of its own beside it (`*_ports.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Decision, Eligible, Outcome


class PoliciesInForce(Protocol):
    """The newest published policies, compiled, in memory. A look, no I/O."""

    def current(self) -> CompiledPolicies | None:
        """None before the first version is published."""


class Customers(Protocol):
    """Profiles as customers."""

    async def view(self, subscriber_id: str, policies: CompiledPolicies, now: Instant) -> CustomerView | None:
        """What is known of a subscriber, consents and fences included; None: never seen, or erased.

        Reads what was written: after `SetConsents` answered, the next view has it.
        """


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of some offers, in their order.

    `propensities`: probability that each is accepted. `win_shares`: how often each came first by
    posterior draw x weight; they add up to 1. `features` of the context, `offer_features` of each offer.
    """

    propensities: tuple[float, ...]
    win_shares: tuple[float, ...]
    features: tuple[float, ...]
    offer_features: tuple[tuple[float, ...], ...]


class Scorer(Protocol):
    """One model, or a pair of champion and challenger. Computing, no I/O; a millisecond at most."""

    def scores(
        self, view: CustomerView, eligible: Sequence[Eligible], now: Instant, draws: int, seed: int
    ) -> Scores:
        """Scores all offers in one go. May raise anything: the caller falls back to rules."""

    @property
    def version(self) -> str:
        """Of the model's parameters."""

    @property
    def feature_version(self) -> str:
        """Of the frozen transformer."""


class Scorers(Protocol):
    """Which model a subscriber gets: the champion, or in a roll-out the challenger."""

    def scorer_for(self, pseudonym: str) -> tuple[Scorer | None, str]:
        """The model and the roll-out arm (`champion`, `challenger`; '' where none runs).

        None: there is no model yet.
        """


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """The request that a decision answers: its key, and what makes another one the same.

    `expires_at`: from then on the same key asks anew.
    """

    key: str
    fingerprint: bytes
    expires_at: Instant


class DecisionLog(Protocol):
    """Decisions, durably, with their contacts and events."""

    async def append(self, decision: Decision, request: DecisionRequest | None = None) -> None:
        """Durable when it returns: decision, contacts, request and events, in one transaction with others.

        Where it raises, it is not known whether the decision was stored.
        """

    async def get(self, decision_id: str) -> tuple[Decision, Sequence[Outcome]] | None:
        """A decision and what became of it so far."""

    async def answered(self, key: str, now: Instant) -> tuple[bytes, Decision] | None:
        """The fingerprint and the decision of a request that has not expired; None: there is none."""


class ChargingUnreachableError(Exception):
    """Charging did not answer. The same call may be made again."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whom an identifier belongs to."""

    subscriber_id: str
    account_id: str


class Subscribers(Protocol):
    """Identifiers into opaque ids, by charging. Identifiers are never stored."""

    async def resolve(self, identifier: str) -> Resolved | None:
        """None: nobody has it. Raises ChargingUnreachableError."""

    async def account_of(self, subscriber_id: str) -> str | None:
        """The account of an opaque id; None: unknown. Raises ChargingUnreachableError."""
