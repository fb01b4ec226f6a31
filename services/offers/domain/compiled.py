"""Policies ready to decide with: every rule compiled once, every offer beside what the catalog says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from services.offers.domain.decisions import Dropped, Factors
from services.offers.domain.policies import Experiment, Offer, OfferPolicies, TriggerKind

Variables = Mapping[str, object]
"""What rules read; made by `rule_variables`."""


class Facts(Protocol):
    """Variables made ready for rules, once a decision: making them ready costs more than any rule."""

    @property
    def variables(self) -> Variables:
        """What rules read."""

    def with_offer(self, offer: Variables) -> Facts:
        """The same about one offer (`offer_variables`). Facts of one decision are used one after another."""


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """Facts as they are, for conditions that are plain functions."""

    variables: Variables

    def with_offer(self, offer: Variables) -> PlainFacts:
        """The same about one offer."""
        return PlainFacts({**self.variables, "offer": offer})


Predicate = Callable[[Facts], bool | None]
"""A compiled condition. None: it failed (an absent key, a wrong type), which counts as not holding."""

Wording = Callable[[Facts], str | None]
"""A compiled text with its figures written in. None: an expression in it failed."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A condition, the reason code where it does not hold, and its text for the trace."""

    holds: Predicate
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class CompiledWeight:
    """Per cent more, or less, where the condition holds."""

    holds: Predicate
    percent: int


@dataclass(frozen=True, slots=True)
class CompiledReason:
    """Words for the customer by language, where the condition holds.

    `otherwise`: words without a condition, for where no other can be said.
    """

    holds: Predicate
    texts: Mapping[str, Wording]
    otherwise: bool = False


@dataclass(frozen=True, slots=True)
class CompiledTrigger:
    """Raises a decision where its condition holds."""

    kind: TriggerKind
    holds: Predicate
    fence_code: str = ""
    below_percent: int = 20


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What the catalog says of an offer's action, in the newest version, for one currency.

    `price_minor_micros`: fees due at once, tax included; 0 for a trial or a reward. `regular_...`: the
    same of the offering that a discount is of. `duration_days`: how long what was paid lasts; 0: no end.
    `recurring_minor_micros`: what each further period costs, after a trial too.
    """

    sold: bool = True
    price_minor_micros: int = 0
    currency_code: str = ""
    regular_price_minor_micros: int = 0
    recurring_minor_micros: int = 0
    duration_days: int = 0
    trial_days: int = 0
    trial_ends: bool = False
    """True: the trial ends by itself; False: it goes on and costs."""
    rating_groups: frozenset[int] = frozenset()
    """Those that its prices and allowances are for."""
    allowances: Mapping[str, int] = field(default_factory=dict)
    """By unit, all that come with it together; a unit without one is priced, or without end."""


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """So many minor_micros for each `per_units` units."""

    minor_micros: int
    per_units: int


@dataclass(frozen=True, slots=True)
class CompiledOffer:
    """An offer with its rules compiled; `terms` by currency."""

    offer: Offer
    eligibility: tuple[CompiledRule, ...]
    applicability: tuple[CompiledRule, ...]
    suitability: tuple[CompiledRule, ...]
    weights: tuple[CompiledWeight, ...]
    reasons: tuple[CompiledReason, ...]
    triggers: tuple[CompiledTrigger, ...]
    terms: Mapping[str, OfferTerms] = field(default_factory=dict)


class Standing(NamedTuple):
    """An offer that is there for one kind of question. `factors`: those before any context weight."""

    compiled: CompiledOffer
    terms: OfferTerms
    factors: Factors
    best_priority: float
    """With every weight that adds and none that takes away: nobody's priority is higher."""
    too_many: Dropped
    """What becomes of it where enough better ones have passed."""


class Shelf(NamedTuple):
    """What stands for a whole kind of questions alike; made by `shelf`.

    `standing`: the highest possible priority first. `dropped`: all others, with their reasons.
    """

    standing: tuple[Standing, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True)
class CompiledPolicies:
    """A version in force. `class_of_rating_group`: usage class code by rating group."""

    version: int
    policies: OfferPolicies
    offers: tuple[CompiledOffer, ...]
    class_of_rating_group: Mapping[int, str]
    experiments: tuple[Experiment, ...] = ()
    catalog_version: int = 0
    unit_prices: Mapping[str, Mapping[tuple[int, str], UnitPrice]] = field(default_factory=dict)
    """In the policies' currency, by offering code, then (rating group, zone code; '' for every zone): its
    plainest price.

    Per unit, or the first step of a graduated one; of several that hold, the one with the fewest
    conditions. What is flat, free or otherwise has none.
    """
    home_zone: str = ""
    unit_prices_by_currency: Mapping[str, Mapping[str, Mapping[tuple[int, str], UnitPrice]]] = field(
        default_factory=dict
    )
    """The same for accounts in any currency of the catalog."""
    prepare: Callable[[Variables], Facts] = PlainFacts
    """Makes `customer_variables` ready for the rules of these policies; once a decision."""
    shelves: dict[tuple[object, ...], Shelf] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Kept by `shelf`, by kind of question. No argument: a changed copy begins with none."""
