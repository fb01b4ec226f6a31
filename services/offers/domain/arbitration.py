"""From eligible offers to ranked candidates: factors, probabilities, the draw, the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.offers.domain.decisions import Candidate, Eligible, Factors
from services.offers.domain.exploration import drawn, explored, point_of, uniform


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What a model says of the eligible offers, in their order; shares of first places add up to 1."""

    propensities: Sequence[float]
    win_shares: Sequence[float]
    offer_features: Sequence[tuple[float, ...]]


class _Standing(NamedTuple):
    """What becomes a candidate once its place is known: a candidate is not made twice."""

    item: Eligible
    factors: Factors
    probability: float
    features: tuple[float, ...] = ()


def ranked_by_rules(eligible: Sequence[Eligible], limit: int) -> tuple[Candidate, ...]:
    """By rule-only priority, without any chance: the first has probability 1, all others 0."""
    ordered = sorted(eligible, key=lambda item: (-item.factors.priority, item.offer.code))
    standings = [_Standing(item, item.factors, float(place == 0)) for place, item in enumerate(ordered)]
    return _with_ranks(standings, limit)


def ranked_at_random(eligible: Sequence[Eligible], seed: int, limit: int) -> tuple[Candidate, ...]:
    """The first place is anybody's; the others by rule-only priority."""
    if not eligible:
        return ()
    probabilities = uniform(len(eligible))
    standings = [_Standing(item, item.factors, p) for item, p in zip(eligible, probabilities, strict=True)]
    return _drawn(standings, seed, limit)


def ranked_by_model(
    eligible: Sequence[Eligible], scores: ModelScores, floor_permille: int, seed: int, limit: int
) -> tuple[Candidate, ...]:
    """The first place is drawn from the model's shares and a floor; the others by priority.

    Raises ValueError where the scores are not one number of [0, 1] for each offer.
    """
    if not eligible:
        return ()
    if not all(0 <= propensity <= 1 for propensity in scores.propensities):
        raise ValueError("a propensity is not within 0 and 1")
    probabilities = explored(scores.win_shares, floor_permille)
    standings = [
        _Standing(item, item.factors.with_propensity(propensity), probability, features)
        for item, probability, propensity, features in zip(
            eligible, probabilities, scores.propensities, scores.offer_features, strict=True
        )
    ]
    return _drawn(standings, seed, limit)


def drawn_again(probabilities: Mapping[str, float], seed: int) -> str:
    """The offer that took the first place, from the log alone: probabilities by offer code, and the seed."""
    codes = sorted(probabilities)
    return codes[drawn([probabilities[code] for code in codes], point_of(seed))]


def _drawn(standings: Sequence[_Standing], seed: int, limit: int) -> tuple[Candidate, ...]:
    # By code, so that the draw can be made again whatever order a log keeps.
    by_code = sorted(standings, key=lambda standing: standing.item.offer.code)
    first = by_code.pop(drawn([standing.probability for standing in by_code], point_of(seed)))
    # The order by code stays among those of one priority.
    others = sorted(by_code, key=lambda standing: -standing.factors.priority)
    return _with_ranks([first, *others], limit)


def _with_ranks(standings: Sequence[_Standing], limit: int) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            item.offer,
            factors,
            probability,
            item.price_minor_micros,
            item.currency_code,
            place if place <= limit else 0,
            features=features,
        )
        for place, (item, factors, probability, features) in enumerate(standings, start=1)
    )
