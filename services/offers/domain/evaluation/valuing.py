"""From a log with every alternative to the evidence that the gate judges by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from services.offers.domain.evaluation.estimators import (
    Estimate,
    direct_method,
    doubly_robust,
    ips,
    on_policy,
    snips,
)
from services.offers.domain.evaluation.gate import BOUNDS, Bounds, Evidence, Valued
from services.offers.domain.evaluation.guardrails import guardrail
from services.offers.domain.evaluation.intervals import normal_difference, normal_interval
from services.offers.domain.evaluation.logged import (
    Floats,
    Integers,
    Logged,
    effective_sample_size,
    largest_weight,
)


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """n choices, and the m alternatives that they were made from, one after the other.

    Of length n: `chosen`, which alternative each choice took (a number below m); `accepted`, 1 where it
    was; `propensities`, with which the logged policy took it; `clusters`, see `Logged`; each of `harms`.
    Of length m: `rows`, the choice each alternative belongs to, ascending; `target`, with which the
    policy to be valued takes it; `values`, what an acceptance of it earns.
    """

    chosen: Integers
    accepted: Floats
    propensities: Floats
    rows: Integers
    target: Floats
    values: Floats
    clusters: Integers | None = None
    harms: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def logged(self) -> Logged:
        """Of each choice what it earned, and both propensities. Raises ValueError as `Logged` does."""
        rewards = self.accepted * self.values[self.chosen]
        return Logged(rewards, self.propensities, self.target[self.chosen], self.clusters)

    def mean_over_target(self, of_alternatives: Floats) -> Floats:
        """What each row's target expects of a value that every alternative has; n long."""
        weighted = self.target * of_alternatives
        return np.bincount(self.rows, weights=weighted, minlength=self.chosen.size).astype(np.float64)


def evidence_of(
    choices: Choices, acceptance: Floats, violations: int | None = None, bounds: Bounds = BOUNDS
) -> Evidence:
    """Values the target policy.

    `acceptance`: how likely a cross-fitted model thinks each alternative's. `violations`: see `Evidence`.
    """
    logged = choices.logged
    own, estimates = on_policy(logged), estimates_of(choices, acceptance)
    robust = estimates[-1]
    return Evidence(
        rows=logged.size,
        effective_sample_size=effective_sample_size(logged.weights),
        largest_weight=largest_weight(logged.weights),
        logged=_valued(own, logged),
        estimates=[_valued(each, logged) for each in estimates],
        difference=normal_difference(robust, own, logged.clusters),
        guardrails=[
            guardrail(name, harms, logged, bounds.harm_margin) for name, harms in choices.harms.items()
        ],
        violations=violations,
    )


def estimates_of(choices: Choices, acceptance: Floats) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """IPS, SNIPS, DM and DR, in this order."""
    logged = choices.logged
    earning = acceptance * choices.values
    predicted_target = choices.mean_over_target(earning)
    return (
        ips(logged),
        snips(logged),
        direct_method(predicted_target),
        doubly_robust(logged, predicted_target, earning[choices.chosen]),
    )


def _valued(estimate: Estimate, logged: Logged) -> Valued:
    return Valued(estimate.name, estimate.value, normal_interval(estimate, logged.clusters))
