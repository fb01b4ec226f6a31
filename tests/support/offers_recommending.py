"""A recommender among fakes: customers, models, budgets and a log in memory, with real contacts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.offers.adapters.decisions.contact_book import ContactBook
from services.offers.application.ports import (
    ChargingUnreachableError,
    DecisionLog,
    DecisionRequest,
    Resolved,
    Scorer,
    Scores,
)
from services.offers.application.recommending import DecisionPorts, Recommender
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Decision, Eligible, Outcome
from services.offers.domain.policies import Purpose
from tests.support.offers_deciding import NOW, customer

DEADLINE = 0.15


@dataclass
class SetClock:
    """Tells the time that it is set to."""

    at: Instant = NOW

    def now(self) -> Instant:
        """The time it is set to."""
        return self.at


@dataclass
class SetPolicies:
    """Policies in force."""

    policies: CompiledPolicies | None

    def current(self) -> CompiledPolicies | None:
        """What it is set to."""
        return self.policies


@dataclass
class FakeCustomers:
    """Customers by subscriber id; everybody else is as `customer()`, unless they are strangers."""

    known: dict[str, CustomerView] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    on_view: Callable[[str], None] = lambda _: None
    """Runs after a view was read and before it is given: what changes meanwhile."""

    async def view(self, subscriber_id: str, policies: CompiledPolicies, now: Instant) -> CustomerView | None:
        """As it was before `on_view`."""
        found = self.of(subscriber_id)
        self.on_view(subscriber_id)
        return found

    def of(self, subscriber_id: str) -> CustomerView | None:
        """The customer as they are."""
        if subscriber_id in self.strangers:
            return None
        found = self.known.get(subscriber_id)
        if found is None:
            found = customer(subscriber_id=subscriber_id, pseudonym=f"pseudonym of {subscriber_id}")
            self.known[subscriber_id] = found
        return found

    def consents(self, subscriber_id: str) -> frozenset[Purpose] | None:
        """Consents as they stand at this instant."""
        found = self.of(subscriber_id)
        return None if found is None else found.consents


@dataclass
class FakeScorer:
    """Likes offers the better the later their code; `fail` makes it raise, `pause` is time that passes."""

    version: str = "model-7"
    feature_version: str = "features-2"
    fail: Exception | None = None
    pause: Callable[[], None] = lambda: None
    asked: int = 0

    def scores(
        self, view: CustomerView, eligible: Sequence[Eligible], now: Instant, draws: int, seed: int
    ) -> Scores:
        """Shares of 1, 2, 3 ... by code."""
        self.asked += 1
        self.pause()
        if self.fail is not None:
            raise self.fail
        order = sorted(item.offer.code for item in eligible)
        places = [order.index(item.offer.code) + 1 for item in eligible]
        return Scores(
            tuple(place / 1_000 for place in places),
            tuple(place / sum(places) for place in places),
            (1.0, 2.0),
            tuple((float(place),) for place in places),
        )


@dataclass
class SetScorers:
    """One model for everybody, and the arm of a roll-out."""

    scorer: Scorer | None
    arm: str = ""

    def scorer_for(self, pseudonym: str) -> tuple[Scorer | None, str]:
        """What it is set to."""
        return self.scorer, self.arm


@dataclass
class MemoryLog:
    """Decisions in memory; `fail` makes the next writes raise."""

    decisions: list[Decision] = field(default_factory=list)
    requests: dict[str, tuple[DecisionRequest, Decision]] = field(default_factory=dict)
    fail: Exception | None = None

    async def append(self, decision: Decision, request: DecisionRequest | None = None) -> None:
        """Keeps it."""
        if self.fail is not None:
            raise self.fail
        self.decisions.append(decision)
        if request is not None:
            self.requests[request.key] = (request, decision)

    async def get(self, decision_id: str) -> tuple[Decision, Sequence[Outcome]] | None:
        """Without outcomes."""
        found = [one for one in self.decisions if one.decision_id == decision_id]
        return (found[0], ()) if found else None

    async def answered(self, key: str, now: Instant) -> tuple[bytes, Decision] | None:
        """Until it expires."""
        request, decision = self.requests.get(key, (None, None))
        if request is None or decision is None or request.expires_at <= now:
            return None
        return request.fingerprint, decision


@dataclass
class FakeSubscribers:
    """Charging's knowledge: accounts by subscriber id."""

    accounts: Mapping[str, str] = field(default_factory=lambda: {"stranger": "account-of-stranger"})
    identifiers: Mapping[str, Resolved] = field(default_factory=dict)
    is_away: bool = False

    async def resolve(self, identifier: str) -> Resolved | None:
        """By identifier."""
        return self.identifiers.get(identifier)

    async def account_of(self, subscriber_id: str) -> str | None:
        """By opaque id."""
        if self.is_away:
            raise ChargingUnreachableError
        return self.accounts.get(subscriber_id)


@dataclass
class SetBudgets:
    """Budget use by offer."""

    used: dict[str, BudgetUse] = field(default_factory=dict)

    def use(self) -> Mapping[str, BudgetUse]:
        """What it is set to."""
        return self.used


class Counting:
    """Ids and seeds one after another, whoever asks: worlds over one database share no id."""

    numbers = itertools.count(1)

    def decision_id(self) -> str:
        """d-1, d-2, ..."""
        return f"d-{next(self.numbers)}"

    def seed(self) -> int:
        """The next number."""
        return next(self.numbers)


@dataclass
class World:
    """Everything around one recommender."""

    database: Database
    policies: SetPolicies
    log: DecisionLog
    customers: FakeCustomers = field(default_factory=FakeCustomers)
    scorers: SetScorers = field(default_factory=lambda: SetScorers(None))
    budgets: SetBudgets = field(default_factory=SetBudgets)
    subscribers: FakeSubscribers = field(default_factory=FakeSubscribers)
    clock: SetClock = field(default_factory=SetClock)
    seconds: float = 0
    failures: list[str] = field(default_factory=list)
    book: ContactBook = field(init=False)
    recommender: Recommender = field(init=False)

    def __post_init__(self) -> None:
        """Builds the recommender."""
        self.book = ContactBook(self.database)
        ports = DecisionPorts(
            self.policies,
            self.customers,
            self.customers.consents,
            self.scorers,
            self.book,
            self.budgets,
            self.log,
            self.subscribers,
            self.clock,
            Counting(),
            lambda: self.seconds,
            lambda words, _: self.failures.append(words),
        )
        self.recommender = Recommender(ports, DEADLINE)
