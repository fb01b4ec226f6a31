"""Measures models of offers: scoring fifty offers for one customer, and learning rewards one by one.

`python -m benchmarks.learning` prints the figures and adds them to var/bench/results.jsonl. Six usage classes
and fifty offers: 82 features of a context, which is what an operator of some size would have.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.figures import Figure, append_results, percentile
from benchmarks.report import machine_line, print_other_figures
from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.adapters.learning.challenger import ChallengerModel, count_offers, offers_of
from services.offers.adapters.learning.challenger_fitting import fit_challenger
from services.offers.adapters.learning.cold_start_fitting import cold_start_of, fit_cold_start
from services.offers.adapters.learning.models import LoadedModel, OnlineModel
from services.offers.adapters.learning.posterior import Example, Posterior, prior
from services.offers.adapters.learning.scorer import LiveScorer
from services.offers.adapters.learning.transformer import fit_transformer, scaling_of
from services.offers.adapters.learning.trees import forest_of
from services.offers.domain.customer import ClassUse, CustomerView
from services.offers.domain.decisions import Eligible, Factors
from services.offers.domain.features import FeatureSpec, context_features, offer_features
from services.offers.domain.policies import Action, ActionKind, Offer

RESULTS = Path("var/bench/results.jsonl")
OFFERS = 50
CLASSES = ("calls", "games", "music", "social", "video", "web")
_DRAWS = 256
_ROUNDS = 3_000
_WARM_UP = 200
_REWARDS = 20_000
_NOW = Instant(1_796_000_000_000_000)
_MILLISECONDS = 1_000
_PRICE = 9_990_000


@dataclasses.dataclass(frozen=True, slots=True)
class Learnable:
    """Rewards of a generated market: contexts, offers by number, answers."""

    spec: FeatureSpec
    offers: Sequence[Offer]
    context: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    shown: np.ndarray[tuple[int], np.dtype[np.int64]]
    accepted: np.ndarray[tuple[int], np.dtype[np.int64]]

    @property
    def codes(self) -> list[str]:
        """What was shown."""
        return [self.offers[at].code for at in self.shown.tolist()]

    @property
    def offer_rows(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Features of what was shown."""
        table = np.array([offer_features(self.spec, offer, _PRICE) for offer in self.offers])
        rows: np.ndarray[tuple[int, int], np.dtype[np.float64]] = table[self.shown]
        return rows


def measure_learning() -> list[Figure]:
    """Every figure, on one thread. Takes about a minute."""
    with threadpool_limits(1):
        market = _market()
        model, rate = _learnt(market)
        challenger = _challenger(market)
        return [
            *_scoring("offers.score50", model, market),
            *_scoring("offers.score50.challenger", challenger, market),
            Figure("offers.learn.rewards_per_second", rate, "1/s", _REWARDS),
        ]


def _market() -> Learnable:
    random = np.random.default_rng(7)
    kinds = ("data", "music", "video")
    offers = tuple(
        Offer(
            code=f"offer-{at}",
            names={"en": f"Offer {at}"},
            action=Action(ActionKind.SUBSCRIBE, f"offer-{at}"),
            placements=("app-home",),
            channels=("app",),
            value_minor_micros=1_000_000 + 100_000 * at,
            attributes={"kind": kinds[at % 3], "size": "large" if at % 2 else "small"},
        )
        for at in range(OFFERS)
    )
    attributes = sorted({pair for offer in offers for pair in offer.attributes.items()})
    spec = FeatureSpec(CLASSES, ("business", "consumer"), ("phone",), tuple(attributes))
    distinct = np.array([context_features(spec, _customer(random), _NOW) for _ in range(2_000)])
    context = distinct[random.integers(len(distinct), size=_REWARDS)]
    shown = random.integers(OFFERS, size=_REWARDS)
    odds = -2.5 + 0.1 * (context[:, 3] - 15) * np.where(shown % 3 == 0, 1, -1)
    accepted = (random.random(_REWARDS) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    return Learnable(spec, offers, context, shown, accepted)


def _customer(random: np.random.Generator) -> CustomerView:
    uses = {}
    for code in CLASSES:
        week = int(random.lognormal(18, 2))
        uses[code] = ClassUse(
            "octets",
            (week // 200, week // 50, week // 7, week, 4 * week),
            (0, 0, 0, 990_000, 2_990_000),
            week // 5,
            Instant(_NOW - HOUR),
        )
    return CustomerView(
        "s",
        "a",
        "p",
        1,
        segment="consumer",
        money_minor_micros=int(random.lognormal(22, 1)),
        first_seen_at=Instant(_NOW - 90 * DAY),
        usage=uses,
        hour_permille=(41,) * 24,
    )


def _learnt(market: Learnable) -> tuple[OnlineModel, float]:
    """A model with every reward in it, and how many a second it learnt."""
    rows = market.offer_rows
    transformer = fit_transformer(market.spec, market.context, rows)
    scaling = scaling_of(transformer, market.spec)
    fitted = fit_cold_start(transformer, market.spec, np.hstack((market.context, rows)), market.accepted)
    cold = cold_start_of(fitted, transformer, market.spec)
    model = OnlineModel("online", market.spec, scaling, cold, prior(len(market.spec.names)))
    begun = time.perf_counter()
    posterior = _all_of(model, market)
    seconds = time.perf_counter() - begun
    return dataclasses.replace(model, posterior=posterior), _REWARDS / seconds


def _all_of(model: OnlineModel, market: Learnable) -> Posterior:
    """As the learner does it: scaled and offset together, then one by one."""
    scaled, codes = model.scaling.context(market.context), market.codes
    offsets = model.offsets(scaled, codes, market.offer_rows).tolist()
    answers = market.accepted.tolist()
    return model.posterior.learnt(
        Example(code, scaled[at], offsets[at], bool(answers[at])) for at, code in enumerate(codes)
    )


def _challenger(market: Learnable) -> ChallengerModel:
    counts = count_offers(market.codes, market.accepted)
    rows = np.hstack((market.context, offers_of(market.codes, market.offer_rows, counts)))
    forest, calibration = forest_of(fit_challenger(rows, market.accepted, 7), len(market.spec.names))
    return ChallengerModel("challenger", market.spec, forest, calibration, counts, 0.2)


def _scoring(name: str, model: LoadedModel, market: Learnable) -> list[Figure]:
    """A whole `scores`: features, beliefs, draws. Each round another customer."""
    random = np.random.default_rng(11)
    views = [_customer(random) for _ in range(100)]
    eligible = [
        Eligible(offer, Factors(0.02, 1.0, offer.value_minor_micros, 1.0), _PRICE, "EUR")
        for offer in market.offers
    ]
    scorer, latencies = LiveScorer(model), []
    for at in range(_WARM_UP + _ROUNDS):
        begun = time.perf_counter()
        scorer.scores(views[at % len(views)], eligible, _NOW, _DRAWS, at)
        latencies.append(time.perf_counter() - begun)
    measured = latencies[_WARM_UP:]
    return [
        Figure(f"{name}.ms", percentile(measured, 50) * _MILLISECONDS, "ms", _ROUNDS),
        Figure(f"{name}.p99_ms", percentile(measured, 99) * _MILLISECONDS, "ms", _ROUNDS),
    ]


def main() -> int:
    """Exit code 0."""
    figures, console = measure_learning(), Console()
    append_results(RESULTS, figures, datetime.now(UTC))
    print_other_figures(console, figures)
    console.print(machine_line(), highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
