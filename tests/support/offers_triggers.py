"""Policies with triggers, customers, and what the pusher stands between, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.common.kernel.clock import Instant
from services.offers.application.pushing import Waiting
from services.offers.domain.compiled import (
    CompiledOffer,
    CompiledPolicies,
    CompiledTrigger,
    Facts,
    OfferTerms,
)
from services.offers.domain.customer import AllowanceState, CustomerView
from services.offers.domain.decisions import Asked, Decision
from services.offers.domain.policies import (
    Action,
    ActionKind,
    ContactPolicy,
    Exploration,
    Fence,
    Offer,
    OfferPolicies,
    Purpose,
    TriggerKind,
    UsageClass,
)
from services.offers.domain.triggers import Happened

EVERYTHING = frozenset(Purpose)
VIDEO = UsageClass("video", (107,), "octets")


def always(_: Facts) -> bool | None:
    """A condition that holds."""
    return True


def triggered(
    code: str,
    *triggers: CompiledTrigger,
    channels: tuple[str, ...] = ("app", "push"),
    placements: tuple[str, ...] = ("app-home", "push"),
    personalised: bool = True,
    usage_classes: tuple[str, ...] = ("video",),
) -> CompiledOffer:
    """An offer that is raised by these."""
    offer = Offer(
        code,
        {"en": code},
        Action(ActionKind.SUBSCRIBE, code),
        placements,
        channels,
        2_000_000,
        personalised=personalised,
        usage_classes=usage_classes,
    )
    return CompiledOffer(offer, (), (), (), (), (), triggers, {"EUR": OfferTerms(currency_code="EUR")})


def on(
    kind: TriggerKind,
    holds: Callable[[Facts], bool | None] = always,
    fence: str = "",
    below: int = 20,
) -> CompiledTrigger:
    """A trigger."""
    return CompiledTrigger(kind, holds, fence, below)


def policies_with(*offers: CompiledOffer, fences: Iterable[Fence] = (), version: int = 1) -> CompiledPolicies:
    """A version with these offers and fences; `push` and `sms` are outbound."""
    policies = OfferPolicies(
        code="tests",
        name="Of tests",
        currency_code="EUR",
        time_zone="UTC",
        languages=("en",),
        placements=("app-home", "push", "care-call"),
        channels=("app", "push", "sms"),
        usage_classes=(VIDEO,),
        contact=ContactPolicy(outbound_channels=("push", "sms")),
        exploration=Exploration(),
        offers=tuple(compiled.offer for compiled in offers),
        fences=tuple(fences),
    )
    return CompiledPolicies(version, policies, offers, {107: "video"})


def customer(subscriber_id: str = "s-1", **changed: object) -> CustomerView:
    """A customer who has agreed to everything."""
    view = CustomerView(subscriber_id, f"account-of-{subscriber_id}", f"p-{subscriber_id}", 1, EVERYTHING)
    return replace(view, **changed)  # type: ignore[arg-type]


def low(left: int = 10, given: int = 100) -> Mapping[str, AllowanceState]:
    """What is left for video."""
    return {"video": AllowanceState(left, given)}


@dataclass(slots=True)
class PoliciesByHand:
    """Policies in force, as tests set them."""

    in_force: CompiledPolicies | None

    def current(self) -> CompiledPolicies | None:
        """As they were set."""
        return self.in_force


@dataclass(slots=True)
class CustomersByHand:
    """Customers by subscriber id."""

    views: dict[str, CustomerView] = field(default_factory=dict)

    async def view(self, subscriber_id: str, policies: CompiledPolicies, now: Instant) -> CustomerView | None:
        """As it was set."""
        return self.views.get(subscriber_id)


@dataclass(eq=False, slots=True)
class WaitingInMemory:
    """Happenings that survive whatever the pusher does; `forget` raises once for each of `failures`."""

    waiting: list[Waiting] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def add(self, subscriber_id: str, position: int, *happened: Happened) -> Waiting:
        """Something happened."""
        mark = f"{happened[0].kind.value}-{subscriber_id}-{position}"
        self.waiting.append(Waiting(subscriber_id, happened, mark, position))
        return self.waiting[-1]

    async def take(self, limit: int) -> Sequence[Waiting]:
        """The oldest."""
        return self.waiting[:limit]

    async def forget(self, looked_at: Sequence[Waiting]) -> None:
        """They go."""
        if self.failures:
            raise self.failures.pop(0)
        self.waiting = [one for one in self.waiting if one not in looked_at]


@dataclass(slots=True)
class NotedDecisions:
    """A decider that gives the first decision of a request id again, and fails where it is told to."""

    made: dict[str, tuple[str, Asked]] = field(default_factory=dict)
    asked: int = 0
    fails: dict[str, Exception] = field(default_factory=dict)
    """By subscriber id."""

    async def recommend(self, subscriber_id: str, asked: Asked, request_id: str = "") -> Decision:
        """Decides, or raises."""
        self.asked += 1
        if subscriber_id in self.fails:
            raise self.fails[subscriber_id]
        self.made.setdefault(request_id, (subscriber_id, asked))
        return Decision(
            decision_id=request_id,
            decided_at=Instant(0),
            subscriber_id=subscriber_id,
            account_id="a",
            pseudonym="p",
            asked=asked,
            policy_version=1,
            model_version="",
            feature_version="",
            feature_seq=0,
            candidates=(),
            dropped=(),
            seed=0,
        )

    @property
    def of(self) -> list[str]:
        """Whom the decisions are about, in their order."""
        return [subscriber_id for subscriber_id, _ in self.made.values()]
