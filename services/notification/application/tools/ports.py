"""What the tools need of charging, offers, the catalog, and of their own store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.common.kernel.clock import Instant
from services.common.kernel.money import Money
from services.notification.application.tools.wording import Sentence
from services.notification.domain.confirming import Proposal
from services.notification.domain.facts import Units


class PeerUnreachableError(Exception):
    """A service gave no answer: what came of the request is not known. The same may be sent again."""


@dataclass(frozen=True, slots=True)
class PeerRefusal:
    """A service said no, and nothing happened. `reason`: its own, UPPER_SNAKE."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class AccountNow:
    """A subscriber as charging has it at this moment. `offerings` in the order in which they began."""

    account_id: str
    available: Money
    """Own money with credit, less what is reserved."""
    offerings: tuple[str, ...]
    barred: bool


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What an offering cost at once, tax included."""

    amount: Money
    charge_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpendCounter:
    """A counter in its running period; in minor_micros where it counts money. `cap` None: none."""

    code: str
    name: str
    is_money: bool
    value: int
    cap: int | None
    period: str


@dataclass(frozen=True, slots=True)
class ExplanationStep:
    """One step of the arithmetic: `increments`, `allowance`, `price`, `tax`, `money`, ..."""

    kind: str
    units: Units | None
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a charge is what it is. `kind`: `usage`, `fee`, `refund`, `correction`; amounts are signed."""

    charge_id: str
    account_id: str
    subscriber_id: str
    kind: str
    at: Instant
    amount: Money
    offering_code: str
    price_name: str
    rating_group: int
    zone: str
    used: Units | None
    steps: tuple[ExplanationStep, ...]
    sentences: tuple[str, ...]
    """Charging's own words, exact to the last digit, in English."""
    changed_since: Money
    refers_to: str = ""
    """The charge that was refunded or corrected."""


class ChargingPeer(Protocol):
    """Charging. `key`: idempotency key. All raise PeerUnreachableError."""

    async def account(self, subscriber_id: str) -> AccountNow | None:
        """None: it knows nobody of that id."""

    async def subscribe(
        self, key: str, subscriber_id: str, offering_code: str, chosen: Sequence[str]
    ) -> Subscribed | PeerRefusal:
        """Takes an offering, and charges its first fees."""

    async def cancel(self, key: str, subscriber_id: str, offering_code: str) -> PeerRefusal | None:
        """Ends a subscription at once."""

    async def bar(self, key: str, subscriber_id: str, barred: bool, reason: str) -> PeerRefusal | None:
        """Bars a subscriber, or lifts the bar."""

    async def counters(self, subscriber_id: str) -> Sequence[SpendCounter]:
        """All counters; none of somebody unknown."""

    async def set_cap(
        self, key: str, subscriber_id: str, counter_code: str, cap: int | None, reset: bool
    ) -> SpendCounter | PeerRefusal:
        """Sets a cap; None lifts it, `reset` takes the catalog's."""

    async def explain(self, charge_id: str) -> Explanation | PeerRefusal | None:
        """None: there is no such charge."""


@dataclass(frozen=True, slots=True)
class OfferShown:
    """An offer of a decision. `price` None: it costs nothing."""

    offer_code: str
    name: str
    description: str
    reasons: tuple[str, ...]
    price: Money | None
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class Recommended:
    """A decision. `reason`: why there is nothing at all."""

    decision_id: str
    offers: tuple[OfferShown, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DecidedOffer:
    """One presented offer of a decision, looked up again. `name` empty: it is not at hand any more."""

    subscriber_id: str
    offer_code: str
    name: str
    price: Money | None
    expires_at: Instant


class OffersPeer(Protocol):
    """Offers. All raise PeerUnreachableError."""

    async def recommend(self, subscriber_id: str, language: str, limit: int) -> Recommended | PeerRefusal:
        """What fits now, in the assistant's placement."""

    async def decided(self, decision_id: str, offer_code: str) -> DecidedOffer | None:
        """None: there is no such decision, or it did not present that offer."""

    async def accept(self, key: str, decision_id: str, offer_code: str) -> Subscribed | PeerRefusal:
        """Gives effect, once. Never dearer than it was presented."""

    async def decline(
        self, key: str, decision_id: str, offer_code: str, reason: str, never_again: bool
    ) -> Instant | PeerRefusal:
        """Returns until when the offer keeps quiet."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an offering costs in one currency, tax included.

    `at_once`: first fees, of which a running period's part may be less (`prorated`); `each_period` from
    then on. `period` in months and days, both 0: none.
    """

    at_once: Money
    each_period: Money
    prorated: bool
    months: int
    days: int
    trial_days: int
    trial_ends: bool

    @property
    def costs(self) -> bool:
        """False for what is given away."""
        paid_later = self.each_period.minor_micros > 0 and not self.trial_ends
        return self.at_once.minor_micros > 0 or paid_later


@dataclass(frozen=True, slots=True)
class Offering:
    """Something of the catalog. `kind`: `plan`, `add-on`, `bundle`. `terms` by currency, where it is sold.

    `choose`: at least and at most so many of `choices`.
    """

    code: str
    name: str
    description: str
    kind: str
    postpaid: bool
    terms: Mapping[str, Terms]
    choose: tuple[int, int] = (0, 0)
    choices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CounterTerms:
    """A counter as the catalog has it. `zones` empty: every zone. `cap` by currency, or by the empty text."""

    code: str
    name: str
    liftable: bool
    is_money: bool
    zones: frozenset[str]
    cap: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Assortment:
    """The catalog in force, as far as tools look at it."""

    version: int
    offerings: Mapping[str, Offering] = field(default_factory=dict)
    counters: Mapping[str, CounterTerms] = field(default_factory=dict)
    rating_groups: Mapping[int, str] = field(default_factory=dict)
    """Names."""
    zones: Mapping[str, str] = field(default_factory=dict)
    home_zone: str = ""

    def name_of(self, offering_code: str) -> str:
        """As people call it; the code where the catalog has it no more."""
        found = self.offerings.get(offering_code)
        return found.name if found is not None else offering_code


class Shop(Protocol):
    """The catalog."""

    async def newest(self) -> Assortment:
        """Empty where nothing is published. Raises PeerUnreachableError."""


class Proposals(Protocol):
    """Actions that wait for a yes."""

    async def add(self, proposal: Proposal) -> None:
        """A new one."""

    async def find(self, key: str) -> Proposal | None:
        """By the digest of its token."""

    async def begin(self, key: str, at: Instant) -> None:
        """From PROPOSED to BEGUN."""

    async def finish(self, key: str, outcome_json: str) -> str:
        """DONE. Returns the outcome that stands: the first one."""

    async def begun_before(self, at: Instant, limit: int) -> Sequence[Proposal]:
        """Those that were begun and are not done, oldest first."""

    async def forget(self, proposed_before: Instant) -> int:
        """Deletes old ones that are not in the middle of it; returns how many."""


class Suspensions(Protocol):
    """Lines that were suspended because their holders wished so: only these may they resume."""

    async def put(self, subscriber_id: str, since: Instant) -> None:
        """Suspended, from now on or still."""

    async def since(self, subscriber_id: str) -> Instant | None:
        """None: it was not this service that suspended it."""

    async def remove(self, subscriber_id: str) -> None:
        """Not any more."""


class Words(Protocol):
    """Sentences in languages."""

    def language(self, wished: str) -> str:
        """The best one that there are words in."""

    def say(self, sentences: Sequence[Sentence], language: str) -> str:
        """One after the other."""
