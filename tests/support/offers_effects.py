"""Everything around accepting and declining offers, in memory: charging, answers, consents, policies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.application.accepting import Accepting
from services.offers.application.declining import Declining
from services.offers.application.effect_ports import (
    Answers,
    Charging,
    Presentation,
)
from services.offers.application.effects import OfferEffects
from services.offers.application.feedback import GivingFeedback
from services.offers.application.giving import Giving, PendingAcceptances
from services.offers.application.ports import ChargingUnreachableError
from services.offers.domain.acceptance import (
    AcceptRequest,
    Answer,
    ChargingRefusal,
    DeclineRequest,
    Given,
)
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, OfferTerms
from services.offers.domain.decisions import PresentedOffer
from services.offers.domain.policies import (
    Action,
    ActionKind,
    ContactPolicy,
    Exploration,
    Offer,
    OfferPolicies,
    Purpose,
)
from tests.support.charging_world import ManualClock
from tests.support.offers_memory_answers import MemoryAnswers

EURO = 100_000_000
CENT = 1_000_000
QUIET_DAYS = 30

PASS = Action(ActionKind.SUBSCRIBE, "video-pass")
CHEAPER = Action(ActionKind.DISCOUNT, "video-cheaper", "video-regular")
TRIAL = Action(ActionKind.TRIAL, "video-trial")
REWARD = Action(ActionKind.REWARD, amount_minor_micros=5 * EURO, currency_code="EUR")


def offer(code: str = "video-pass", action: Action = PASS, **changed: object) -> Offer:
    """An offer of a campaign."""
    made = Offer(code, {"en": code}, action, ("app-home",), ("app",), 2 * EURO)
    return replace(made, **changed)  # type: ignore[arg-type]


def compiled_offer(wanted: Offer, terms: OfferTerms | None = None) -> CompiledOffer:
    """Without rules, on terms in euros."""
    found = OfferTerms(currency_code="EUR") if terms is None else terms
    return CompiledOffer(wanted, (), (), (), (), (), (), {"EUR": found})


def compiled_policies(offers: Iterable[CompiledOffer], quiet_days: int = QUIET_DAYS) -> CompiledPolicies:
    """A version with these offers."""
    chosen = tuple(offers)
    policies = OfferPolicies(
        code="tests",
        name="Of tests",
        currency_code="EUR",
        time_zone="UTC",
        languages=("en",),
        placements=("app-home",),
        channels=("app",),
        usage_classes=(),
        contact=ContactPolicy(decline_quiet_days=quiet_days),
        exploration=Exploration(),
        offers=tuple(item.offer for item in chosen),
    )
    return CompiledPolicies(1, policies, chosen, {})


def presented_offer(
    decision_id: str, offer_code: str, subscriber_id: str, account_id: str, at: Instant
) -> PresentedOffer:
    """Presented at a moment, for a day, for nothing."""
    return PresentedOffer(
        decision_id=decision_id,
        offer_code=offer_code,
        rank=1,
        policy_version=1,
        channel="app",
        outbound=False,
        presented_at=at,
        expires_at=Instant(at + DAY),
        reward_window_ends=Instant(at + DAY),
        price_minor_micros=0,
        currency_code="EUR",
        value_minor_micros=2 * EURO,
        subscriber_id=subscriber_id,
        account_id=account_id,
    )


class FixedPolicies:
    """Policies that tests change by hand."""

    def __init__(self, in_force: CompiledPolicies | None) -> None:
        self.in_force = in_force

    def current(self) -> CompiledPolicies | None:
        """As it was set."""
        return self.in_force


class KnownPresentations:
    """Presentations by decision."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, PresentedOffer]] = {}

    def add(self, presented: PresentedOffer) -> None:
        """Presents."""
        self.offers.setdefault(presented.decision_id, {})[presented.offer_code] = presented

    async def find(self, decision_id: str, offer_code: str) -> Presentation | None:
        """As it was added."""
        offers = self.offers.get(decision_id)
        if offers is None:
            return None
        first = next(iter(offers.values()))
        return Presentation(first.subscriber_id, first.account_id, offers.get(offer_code))


class GivenConsents:
    """Consents by subscriber."""

    def __init__(self) -> None:
        self.given: set[tuple[str, Purpose]] = set()
        self.evidence: list[str] = []

    async def has(self, subscriber_id: str, purpose: Purpose) -> bool:
        """As it stands."""
        return (subscriber_id, purpose) in self.given

    async def withdraw(self, subscriber_id: str, purpose: Purpose, evidence: str) -> None:
        """Ends it."""
        self.given.discard((subscriber_id, purpose))
        self.evidence.append(evidence)


class QuietOffers:
    """Until when offers keep quiet."""

    def __init__(self) -> None:
        self.until: dict[tuple[str, str], Instant] = {}

    async def suppress(self, subscriber_id: str, offer_code: str, until: Instant) -> None:
        """The later end holds."""
        key = (subscriber_id, offer_code)
        self.until[key] = max(until, self.until.get(key, until))


class NotedBudgets:
    """The mirror, as it was told."""

    def __init__(self) -> None:
        self.use: dict[str, BudgetUse] = {}

    def note(self, offer_code: str, use: BudgetUse) -> None:
        """Remembers."""
        self.use[offer_code] = use


class ChargingStandIn:
    """Charging as offers see it: money, effects by key, refusals that are not remembered."""

    def __init__(self, money: int = 100 * EURO, price: int = 0) -> None:
        self.money = money
        self.price = price
        self.effects: dict[str, Given] = {}
        self.asked = 0
        self.is_away = False
        self.refusal: ChargingRefusal | None = None

    async def give(self, answer: Answer) -> Given | ChargingRefusal:
        """At most one effect for each key."""
        self.asked += 1
        if self.is_away:
            raise ChargingUnreachableError("away")
        known = self.effects.get(answer.charging_key)
        if known is not None:
            return known
        if self.refusal is not None:
            return self.refusal
        if self.price > self.money:
            return ChargingRefusal("BALANCE_INSUFFICIENT", "the money does not cover it")
        self.money -= self.price
        given = Given((f"c-{len(self.effects)}",), self.price, "EUR")
        self.effects[answer.charging_key] = given
        return given


class EffectsWorld:
    """Use cases on stand-ins. `answers` and `charging` may be wrapped; `restart` makes use cases anew."""

    def __init__(self, *offers: CompiledOffer) -> None:
        chosen = offers or (compiled_offer(offer()),)
        self.clock = ManualClock()
        self.policies = FixedPolicies(compiled_policies(chosen))
        self.presentations = KnownPresentations()
        self.consents = GivenConsents()
        self.quiet = QuietOffers()
        self.budgets = NotedBudgets()
        self.stored = MemoryAnswers()
        self.charging = ChargingStandIn()
        self.restart(self.stored, self.charging)

    def restart(self, answers: Answers, charging: Charging) -> None:
        """Use cases that know nothing but what is stored."""
        giving = Giving(answers, charging, self.budgets, self.clock)
        accepting = Accepting(
            self.presentations, answers, self.policies, self.consents, giving, self.budgets, self.clock
        )
        declining = Declining(
            self.presentations, answers, self.policies, self.quiet, self.consents, self.clock
        )
        feedback = GivingFeedback(self.presentations, answers, self.clock)
        self.effects = OfferEffects(accepting, declining, feedback)
        self.pending = PendingAcceptances(answers, giving, self.clock)

    def present(
        self, decision_id: str = "d-1", offer_code: str = "video-pass", subscriber_id: str = "s-1"
    ) -> PresentedOffer:
        """Presents an offer to a subscriber who has consented."""
        account_id = subscriber_id.replace("s-", "acme-")
        presented = presented_offer(decision_id, offer_code, subscriber_id, account_id, self.clock.now())
        self.presentations.add(presented)
        self.consents.given |= {(subscriber_id, purpose) for purpose in Purpose}
        return presented

    def answer(self, decision_id: str = "d-1", offer_code: str = "video-pass") -> Answer:
        """As it is stored."""
        return self.stored.answers[decision_id, offer_code]

    def hours_later(self, hours: int) -> None:
        """Moves the clock."""
        self.clock.advance(hours * (HOUR // 1_000_000))


def yes(
    request_id: str = "r-1", decision_id: str = "d-1", offer_code: str = "video-pass", account_id: str = ""
) -> AcceptRequest:
    """A customer's yes."""
    return AcceptRequest(request_id, decision_id, offer_code, "app", account_id)


def no(
    request_id: str = "r-1",
    decision_id: str = "d-1",
    offer_code: str = "video-pass",
    *,
    never_again: bool = False,
) -> DeclineRequest:
    """A customer's no."""
    return DeclineRequest(request_id, decision_id, offer_code, "app", "not-interested", never_again)
