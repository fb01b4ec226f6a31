"""Scores from the model, under a guard: late or failing, and the rule-only ranking answers instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.common.kernel.clock import Instant
from services.offers.application.decision_ports import Monotonic
from services.offers.application.ports import Scorer, Scorers, Scores
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Eligible

NO_MODEL = "no-model"
DEADLINE = "deadline"
BREAKER = "breaker"
ERROR = "error"

_MISSES = 3
_OPEN_SECONDS = 10.0


class Breaker:
    """Opens after three misses in a row, for ten seconds."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._misses = 0
        self._closes_at = float("-inf")

    @property
    def is_open(self) -> bool:
        """True while nobody should be asked."""
        return self._monotonic() < self._closes_at

    def missed(self) -> None:
        """One more failure."""
        self._misses += 1
        if self._misses >= _MISSES:
            self._misses = 0
            self._closes_at = self._monotonic() + _OPEN_SECONDS

    def answered(self) -> None:
        """A success ends the row."""
        self._misses = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model said, or why it said nothing: then `scores` is None and `fallback` names the cause."""

    scores: Scores | None
    model_version: str = ""
    feature_version: str = ""
    rollout_arm: str = ""
    fallback: str = ""


class Scoring:
    """Asks the model that a subscriber gets. The deadline counts from the beginning of the decision."""

    def __init__(
        self,
        scorers: Scorers,
        deadline_seconds: float,
        monotonic: Monotonic,
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._scorers = scorers
        self._deadline_seconds = deadline_seconds
        self._monotonic = monotonic
        self._on_failure = on_failure
        self._breaker = Breaker(monotonic)

    def scored(
        self,
        view: CustomerView,
        eligible: Sequence[Eligible],
        now: Instant,
        draws: int,
        seed: int,
        begun: float,
    ) -> Scored:
        """Scores of all eligible offers. Raises nothing that a model may raise."""
        try:
            scorer, arm = self._scorers.scorer_for(view.pseudonym)
        except Exception as error:
            return self._failed(error)
        if scorer is None:
            return Scored(None, rollout_arm=arm, fallback=NO_MODEL)
        if self._breaker.is_open:
            return Scored(None, rollout_arm=arm, fallback=BREAKER)
        # What was slow before the model's turn is no miss of the model.
        if self._is_late(begun):
            return Scored(None, rollout_arm=arm, fallback=DEADLINE)
        return self._asked(scorer, arm, view, eligible, now, draws, seed, begun)

    def _asked(
        self,
        scorer: Scorer,
        arm: str,
        view: CustomerView,
        eligible: Sequence[Eligible],
        now: Instant,
        draws: int,
        seed: int,
        begun: float,
    ) -> Scored:
        try:
            # Versions first: a swap while scoring must not put the next version's name on this one's scores.
            model, features = scorer.version, scorer.feature_version
            scores = scorer.scores(view, eligible, now, draws, seed)
        except Exception as error:
            return self._failed(error, arm)
        if self._is_late(begun):
            self._breaker.missed()
            return Scored(None, rollout_arm=arm, fallback=DEADLINE)
        self._breaker.answered()
        return Scored(scores, model, features, arm)

    def _failed(self, error: Exception, arm: str = "") -> Scored:
        self._breaker.missed()
        self._on_failure(error)
        return Scored(None, rollout_arm=arm, fallback=ERROR)

    def _is_late(self, begun: float) -> bool:
        return self._monotonic() - begun > self._deadline_seconds
