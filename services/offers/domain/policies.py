"""Offer policies: what may be offered to whom, when, where and how often. Values of one published version.

Rules are texts of the Common Expression Language that give true or false; what they may read is in
`rule_variables`. Money is whole minor units in rules and minor_micros everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Purpose(Enum):
    """What a consent is for. Each is its own; none follows from another."""

    PERSONALISED_OFFERS = "personalised-offers"
    OUTBOUND = "outbound"
    LOCATION = "location"


class ActionKind(Enum):
    """What accepting does."""

    SUBSCRIBE = "subscribe"
    DISCOUNT = "discount"
    TRIAL = "trial"
    REWARD = "reward"


class TriggerKind(Enum):
    """What raises a decision by itself."""

    USAGE = "usage"
    ALLOWANCE_LOW = "allowance-low"
    ROAMING = "roaming"
    FENCE_ENTERED = "fence-entered"


class Ranking(Enum):
    """Who orders the candidates."""

    MODEL = "model"
    RULES = "rules"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, and the reason code with which an offer is dropped where it does not hold.

    `reason` is UPPER_SNAKE; empty: the stage's own (NOT_ELIGIBLE, NOT_APPLICABLE, NOT_SUITABLE).
    """

    when: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WeightRule:
    """A context weight: so many per cent more (or, below zero, less) where it holds."""

    when: str
    percent: int


@dataclass(frozen=True, slots=True)
class ReasonText:
    """Words for the customer, by language; the first that holds come first.

    `when` empty: where no other holds.

    `{...}` in a text holds a CEL expression whose value is written there.
    """

    texts: Mapping[str, str]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What accepting does.

    subscribe, trial: `offering_code` of the catalog. discount: that too, and `regular_offering_code`,
    which costs more. reward: `amount_minor_micros` of `currency_code` on the account's money.
    """

    kind: ActionKind
    offering_code: str = ""
    regular_offering_code: str = ""
    chosen_offerings: tuple[str, ...] = ()
    amount_minor_micros: int = 0
    currency_code: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Raises a decision by itself. `when` empty: always. `fence_code` with FENCE_ENTERED only."""

    kind: TriggerKind
    when: str = ""
    fence_code: str = ""
    below_percent: int = 20
    """With ALLOWANCE_LOW: so much is left of an allowance, or less."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a campaign may give away: acceptances, and value in minor_micros. 0: no such bound."""

    acceptances: int = 0
    amount_minor_micros: int = 0


@dataclass(frozen=True, slots=True)
class ContactCap:
    """At most `contacts` within `days` through these channels, of any offer. No channels: all."""

    contacts: int
    days: int
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local minutes of the day [start, end) in which nothing outbound is sent; may run over midnight."""

    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """How often a subscriber may be approached. Counters belong to the subscriber."""

    caps: tuple[ContactCap, ...] = ()
    quiet_hours: QuietHours | None = None
    outbound_channels: tuple[str, ...] = ("push", "sms", "email")
    decline_quiet_days: int = 30
    """After a "no" the same offer keeps quiet for so long."""
    repeat_quiet_hours: int = 0
    """After it was presented outbound the same offer keeps quiet for so long; 0: no such rule."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of a campaign."""

    code: str
    names: Mapping[str, str]
    """By language."""
    action: Action
    placements: tuple[str, ...]
    channels: tuple[str, ...]
    value_minor_micros: int
    """What an acceptance is worth to the operator, in the policies' currency."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    propensity_permille: int = 20
    """The rule's own guess of how many accept, used where there is no model."""
    lever_percent: int = 0
    eligibility: tuple[Rule, ...] = ()
    applicability: tuple[Rule, ...] = ()
    suitability: tuple[Rule, ...] = ()
    context_weights: tuple[WeightRule, ...] = ()
    reasons: tuple[ReasonText, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    fence_codes: tuple[str, ...] = ()
    """Only inside one of these; empty: anywhere."""
    excluded_with: tuple[str, ...] = ()
    """Offerings of the catalog that a customer must not have."""
    usage_classes: tuple[str, ...] = ()
    """What its price is compared over, where `not_worse_off` holds."""
    not_worse_off: bool = True
    personalised: bool = True
    """False: shown to everybody alike, without a look at usage; needs no consent."""
    budget: Budget = Budget()
    expires_minutes: int = 24 * 60
    reward_window_minutes: int = 24 * 60
    valid_from_day: str = ""
    valid_until_day: str = ""
    """First day, and the first day on which it no longer holds: `2026-12-01`, in the policies' zone."""
    immature_daily_cap: int = 0
    """Outbound presentations a day while it has fewer than 200 positives; 0: no cap."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What the shared model may learn across offers: `kind: data`, `size: large`."""


@dataclass(frozen=True, slots=True)
class UsageClass:
    """A class of usage that rules and features see: some rating groups of one unit."""

    code: str
    rating_groups: tuple[int, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Fence:
    """A place. `geometry` is GeoJSON text (Polygon, MultiPolygon); or a centre with a radius.

    Coordinates are millionths of a degree, WGS 84.
    """

    code: str
    name: str
    geometry: str = ""
    latitude_e6: int = 0
    longitude_e6: int = 0
    radius_metres: int = 0
    dwell_seconds: int = 0
    """Inside for so long before it counts as entered."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A radio cell by id, where it stands and how far it reaches."""

    cell_id: str
    latitude_e6: int
    longitude_e6: int
    radius_metres: int


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of an experiment: who ranks there, and which offers are left out."""

    code: str
    percent: int
    ranking: Ranking = Ranking.MODEL
    without_offers: tuple[str, ...] = ()
    lever_percents: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Experiment:
    """Arms add up to 100 per cent. A subscriber stays in an arm while the salt stays."""

    code: str
    name: str
    salt: str
    arms: tuple[Arm, ...]
    placements: tuple[str, ...] = ()
    """Empty: all."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """How chance takes part. `floor_permille` is shared by all candidates."""

    floor_permille: int = 50
    draws: int = 256
    most_candidates: int = 10
    control_permille: int = 20
    """Ranked by rules alone, never learnt from, always evaluated against."""


@dataclass(frozen=True, slots=True)
class PolicyExample:
    """A worked example: a customer, a moment, and what must come out.

    `facts` are variables as rules read them; what is not named is as of a customer who has used
    nothing. `expected` in order of rank; `dropped` offer code -> reason.
    """

    code: str
    facts: Mapping[str, object]
    placement: str
    channel: str
    expected: tuple[str, ...]
    dropped: Mapping[str, str] = field(default_factory=dict)
    raised_by: str = "request"


@dataclass(frozen=True, slots=True)
class OfferPolicies:
    """Everything of one version. Collections are in order of code."""

    code: str
    name: str
    currency_code: str
    time_zone: str
    languages: tuple[str, ...]
    placements: tuple[str, ...]
    channels: tuple[str, ...]
    usage_classes: tuple[UsageClass, ...]
    contact: ContactPolicy
    exploration: Exploration
    offers: tuple[Offer, ...]
    protected_segments: tuple[str, ...] = ()
    """Segments of the catalog that stand for what must not decide, an age for instance: seen by nobody."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """Named conditions; a rule `is_video_fan` stands for its text."""
    fences: tuple[Fence, ...] = ()
    cells: tuple[Cell, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    examples: tuple[PolicyExample, ...] = ()
    placement_names: Mapping[str, str] = field(default_factory=dict)
    channel_names: Mapping[str, str] = field(default_factory=dict)
    """By code: for people only."""
