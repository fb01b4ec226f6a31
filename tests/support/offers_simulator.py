"""A market whose truth is known: customers with tastes, offers with a true probability of acceptance.

Nobody sees a taste. It shows in usage, window by window and with noise, as charging would count it; models
see what the features make of that. The rules' own propensities are what somebody could have guessed: right
on average, blind to taste, and wrong about which offer is the popular one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from tidemark.offers.v1 import learning_api_pb2 as api

from services.common.kernel.clock import DAY, HOUR, MINUTE, Instant
from services.offers.adapters.decision_messages import outcome_message, put_decision
from services.offers.adapters.learning.frames import DecisionFrame
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.application.learning_ports import Reward
from services.offers.application.ports import Scorer
from services.offers.domain.arbitration import ModelScores, ranked_by_model, ranked_by_rules
from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.customer import ClassUse, CustomerView
from services.offers.domain.decisions import (
    Asked,
    Candidate,
    Decision,
    Eligible,
    Factors,
    Outcome,
    OutcomeKind,
)
from services.offers.domain.evaluation.logged import Floats
from services.offers.domain.features import FeatureSpec, spec_of
from services.offers.domain.policies import Action, ActionKind, Offer, Purpose, UsageClass
from tests.support.catalog import SteppedClock
from tests.support.offers_learning_server import Policies, compiled

CLASSES = ("video", "music", "social", "games")
FLOOR_PERMILLE = 50
DRAWS = 256
_BEGIN = 1_760_000_000_000_000
_WINDOWS = np.array([1 / 2_016, 1 / 168, 1 / 7, 1.0, 4.0])
_HARM = 0.001


@dataclass(frozen=True, slots=True)
class TrueOffer:
    """An offer with its truth: log-odds are `base` + 4 x taste for `kind` + `wealth` x wealth.

    `guess_permille`: the rule's own propensity.
    """

    code: str
    kind: str
    value: int
    base: float
    wealth: float
    guess_permille: int

    @property
    def offer(self) -> Offer:
        """As policies have it; value in whole minor units."""
        return Offer(
            code=self.code,
            names={"en": self.code},
            action=Action(ActionKind.SUBSCRIBE, self.code),
            placements=("app-home",),
            channels=("app",),
            value_minor_micros=self.value * 1_000_000,
            propensity_permille=self.guess_permille,
            attributes={"kind": self.kind},
        )


OFFERS = (
    TrueOffer("game-pass", "games", 250, -3.6, 0.0, 50),
    TrueOffer("game-pro", "games", 400, -4.2, 0.8, 30),
    TrueOffer("music-day", "music", 120, -2.9, -0.3, 90),
    TrueOffer("music-pass", "music", 250, -3.4, 0.0, 70),
    TrueOffer("social-day", "social", 100, -2.8, -0.4, 100),
    TrueOffer("social-pass", "social", 220, -3.3, 0.0, 60),
    TrueOffer("video-max", "video", 450, -4.3, 1.0, 50),
    TrueOffer("video-pass", "video", 250, -3.5, 0.0, 60),
)
VALUES = np.array([float(each.value) for each in OFFERS])
ELIGIBLE = tuple(
    Eligible(each.offer, Factors(each.guess_permille / 1_000, 1.0, each.value * 1_000_000, 1.0), 0, "EUR")
    for each in OFFERS
)
_PLACE = {each.code: at for at, each in enumerate(OFFERS)}


def simulated_policies() -> CompiledPolicies:
    """Usage classes and offers; no rules: everything is eligible here."""
    plain = compiled()
    classes = tuple(
        UsageClass(code, (number,), "octets") for number, code in enumerate(sorted(CLASSES), start=1)
    )
    terms = replace(plain.policies, usage_classes=classes, offers=tuple(each.offer for each in OFFERS))
    return replace(plain, policies=terms)


def offer_place(candidate: Candidate) -> int:
    """Which of OFFERS it is."""
    return _PLACE[candidate.offer.code]


SPEC: FeatureSpec = spec_of(simulated_policies().policies)


@dataclass
class Market:
    """Customers, and chance. The same seed is the same market."""

    seed: int
    people: int = 500
    random: np.random.Generator = field(init=False)
    tastes: Floats = field(init=False)
    wealth: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.tastes = self.random.dirichlet(np.full(len(CLASSES), 0.4), self.people)
        self.wealth = self.random.normal(size=self.people)

    def acceptance(self, person: int) -> Floats:
        """The true probability of each offer, in order of OFFERS."""
        taste = dict(zip(CLASSES, self.tastes[person], strict=True))
        odds = [each.base + 4 * taste[each.kind] + each.wealth * self.wealth[person] for each in OFFERS]
        chances: Floats = 1 / (1 + np.exp(-np.array(odds)))
        return chances

    def view(self, person: int, now: Instant) -> CustomerView:
        """What usage shows of a person now."""
        week = self.tastes[person] * 3e9
        usage = {code: self._use(octets, now) for code, octets in zip(CLASSES, week.tolist(), strict=True)}
        return CustomerView(
            f"s{person}",
            f"a{person}",
            f"p{person}",
            1,
            usage=usage,
            currency_code="EUR",
            money_minor_micros=int(1_500 * np.exp(self.wealth[person])) * 1_000_000,
            first_seen_at=Instant(now - 100 * DAY),
        )

    def _use(self, week: float, now: Instant) -> ClassUse:
        units = week * _WINDOWS * np.exp(self.random.normal(0, 0.5, _WINDOWS.size))
        idle = Instant(now - int(self.random.exponential(2 + 2e8 / (week + 1e6)) * HOUR))
        whole = tuple(int(each) for each in units)
        return ClassUse("octets", whole, (0,) * 5, whole[2], idle)


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision with what became of it."""

    decision_id: str
    at: Instant
    person: int
    features: tuple[float, ...]
    candidates: tuple[Candidate, ...]
    accepted: bool
    harmed: bool

    @property
    def chosen(self) -> Candidate:
        """What came first."""
        return self.candidates[0]


@dataclass(frozen=True, slots=True)
class Earned:
    """True value a decision, in minor units: of the learner, rules alone, chance, and who knows all."""

    learner: float
    rules: float
    random: float
    oracle: float


def decided(market: Market, scorer: Scorer, number: int) -> Logged:
    """One decision as the service makes it: scored, explored, drawn from its seed; and its answer."""
    person, now = int(market.random.integers(market.people)), Instant(_BEGIN + number * MINUTE)
    view, seed = market.view(person, now), int(market.random.integers(2**63))
    scores = scorer.scores(view, ELIGIBLE, now, DRAWS, seed)
    candidates = ranked_by_model(
        ELIGIBLE,
        ModelScores(scores.propensities, scores.win_shares, scores.offer_features),
        FLOOR_PERMILLE,
        seed,
        1,
    )
    chance = market.acceptance(person)[_PLACE[candidates[0].offer.code]]
    accepted = bool(market.random.random() < chance)
    harmed = bool(market.random.random() < _HARM)
    return Logged(f"d{market.seed}-{number}", now, person, scores.features, candidates, accepted, harmed)


class Learner:
    """The service's own line of models over a registry in a folder; rewards arrive late, and in order."""

    def __init__(self, folder: Path) -> None:
        self.registry = ModelRegistry(folder)
        self.models = LiveModels(self.registry, Policies(simulated_policies()), SteppedClock(_BEGIN))
        self.models.refresh()
        self._position = 0

    @property
    def scorer(self) -> Scorer:
        """The champion as it is now."""
        scorer = self.models.champion()
        assert scorer is not None
        return scorer

    def learn(self, log: Sequence[Logged]) -> str:
        """Learns rewards and publishes; returns the version."""
        (line,) = self.models.lines()
        line.learn([self._reward(each) for each in log], {SPEC.version: SPEC})
        return line.publish()

    def _reward(self, each: Logged) -> Reward:
        self._position += 1
        return Reward(
            self._position,
            each.decision_id,
            each.chosen.offer.code,
            SPEC.version,
            each.features,
            each.chosen.features,
            each.accepted,
        )


def played(seed: int, decisions: int, folder: Path) -> Earned:
    """The learner from nothing on, against the others before the same customers; learning included.

    A reward arrives 50 to 450 decisions late; what has arrived is learnt every 100 decisions.
    """
    market, learner = Market(seed), Learner(folder)
    waiting: deque[tuple[int, Logged]] = deque()
    by_rules = _PLACE[ranked_by_rules(ELIGIBLE, 1)[0].offer.code]
    sums = np.zeros(4)
    for number in range(decisions):
        logged = decided(market, learner.scorer, number)
        worth = market.acceptance(logged.person) * VALUES
        sums += (worth[_PLACE[logged.chosen.offer.code]], worth[by_rules], worth.mean(), worth.max())
        waiting.append((number + int(market.random.integers(50, 450)), logged))
        if number % 100 == 99:
            arrived = [each for due, each in waiting if due <= number]
            waiting = deque((due, each) for due, each in waiting if due > number)
            if arrived:
                learner.learn(arrived)
    return Earned(*(sums / decisions).tolist())


def log_of(market: Market, scorer: Scorer, decisions: int) -> list[Logged]:
    """Decisions of one model that does not learn meanwhile."""
    return [decided(market, scorer, number) for number in range(decisions)]


def messages_of(log: Sequence[Logged], policy_version: int) -> list[api.LoggedDecision]:
    """The log as the service exports it: every reward known, everybody asked and consented."""
    return [_message(each, policy_version) for each in log]


def _message(each: Logged, policy_version: int) -> api.LoggedDecision:
    decision = Decision(
        each.decision_id,
        each.at,
        f"s{each.person}",
        f"a{each.person}",
        f"p{each.person}",
        Asked("app-home", "app"),
        policy_version,
        "behaviour",
        SPEC.version,
        1,
        each.candidates,
        (),
        1,
        features=each.features,
        consents=frozenset(Purpose),
    )
    kind = OutcomeKind.ACCEPTED if each.accepted else OutcomeKind.IGNORED
    outcome = Outcome(each.decision_id, each.chosen.offer.code, kind, each.at)
    logged = api.LoggedDecision(outcomes=[outcome_message(outcome)], settled=True)
    put_decision(logged.decision, decision)
    return logged


def frame_of(log: Sequence[Logged]) -> DecisionFrame:
    """The log as training and the gate read it; every reward known."""
    size, width = len(log), len(OFFERS)
    at = np.array([[_PLACE[c.offer.code] for c in each.candidates] for each in log])
    table = np.zeros((width, len(SPEC.offer_names)), dtype=np.float32)
    for candidate in log[0].candidates:
        table[_PLACE[candidate.offer.code]] = candidate.features
    candidates = [each.candidates for each in log]
    return DecisionFrame(
        spec=SPEC,
        codes=tuple(each.code for each in OFFERS),
        decision_id=np.array([each.decision_id for each in log], dtype=object),
        decided_at=np.array([each.at for each in log], dtype=np.int64),
        pseudonym=np.array([f"p{each.person}" for each in log], dtype=object),
        placement=np.array(["app-home"] * size, dtype=object),
        model_version=np.array(["behaviour"] * size, dtype=object),
        fallback=np.array([""] * size, dtype=object),
        arms=np.array([{}] * size, dtype=object),
        control=np.zeros(size, dtype=bool),
        settled=np.ones(size, dtype=bool),
        features_known=np.ones(size, dtype=bool),
        context=np.array([each.features for each in log], dtype=np.float32),
        offer_table=table,
        code=at.astype(np.int32),
        offer_row=at.astype(np.int32),
        probability=np.array([[c.probability for c in row] for row in candidates]),
        propensity=np.array([[c.factors.propensity for c in row] for row in candidates]),
        weights=np.array([[c.factors.weight for c in row] for row in candidates]),
        value_minor_micros=np.array([[c.factors.value_minor_micros for c in row] for row in candidates]),
        rank=np.array([[c.rank for c in row] for row in candidates], dtype=np.int16),
        chosen=np.zeros(size, dtype=np.int32),
        reward=np.array([float(each.accepted) for each in log]),
        reward_position=np.zeros(size, dtype=np.int64),
        opted_out=np.array([each.harmed for each in log]),
        complained=np.zeros(size, dtype=bool),
        reversed=np.zeros(size, dtype=bool),
    )
