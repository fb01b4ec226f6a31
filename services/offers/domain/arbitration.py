"""From eligible offers to ranked candidates: factors, probabilities, the draw, the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.offers.domain.decisions import Candidate, Eligible
from services.offers.domain.exploration import drawn, explored, point_of, uniform


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What a model says of the eligible offers, in their order; shares of first places add up to 1."""

    propensities: Sequence[float]
    win_shares: Sequence[float]
    offer_features: Sequence[tuple[float, ...]]


def ranked_by_rules(eligible: Sequence[Eligible], limit: int) -> tuple[Candidate, ...]:
    """By rule-only priority, without any chance: the first has probability 1, all others 0."""
    ordered = sorted(eligible, key=lambda item: (-item.factors.priority, item.offer.code))
    candidates = [_candidate(item, 1.0 if place == 0 else 0.0) for place, item in enumerate(ordered)]
    return _with_ranks(candidates, limit)


def ranked_at_random(eligible: Sequence[Eligible], seed: int, limit: int) -> tuple[Candidate, ...]:
    """The first place is anybody's; the others by rule-only priority."""
    if not eligible:
        return ()
    probabilities = uniform(len(eligible))
    return _drawn([_candidate(item, p) for item, p in zip(eligible, probabilities, strict=True)], seed, limit)


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
    return _drawn(
        [
            replace(
                _candidate(item, probability),
                factors=replace(item.factors, propensity=propensity),
                features=features,
            )
            for item, probability, propensity, features in zip(
                eligible, probabilities, scores.propensities, scores.offer_features, strict=True
            )
        ],
        seed,
        limit,
    )


def drawn_again(probabilities: Mapping[str, float], seed: int) -> str:
    """The offer that took the first place, from the log alone: probabilities by offer code, and the seed."""
    codes = sorted(probabilities)
    return codes[drawn([probabilities[code] for code in codes], point_of(seed))]


def _drawn(candidates: Sequence[Candidate], seed: int, limit: int) -> tuple[Candidate, ...]:
    # By code, so that the draw can be made again whatever order a log keeps.
    by_code = sorted(candidates, key=lambda candidate: candidate.offer.code)
    first = by_code[drawn([candidate.probability for candidate in by_code], point_of(seed))]
    others = [candidate for candidate in by_code if candidate is not first]
    others.sort(key=lambda candidate: (-candidate.factors.priority, candidate.offer.code))
    return _with_ranks([first, *others], limit)


def _with_ranks(candidates: Sequence[Candidate], limit: int) -> tuple[Candidate, ...]:
    return tuple(
        replace(candidate, rank=place) if place <= limit else candidate
        for place, candidate in enumerate(candidates, start=1)
    )


def _candidate(item: Eligible, probability: float) -> Candidate:
    return Candidate(item.offer, item.factors, probability, item.price_minor_micros, item.currency_code)
