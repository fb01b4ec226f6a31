"""The gate promotes what is known to be better, rejects what is known to be worse, and else says neither."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from services.offers.domain.evaluation.gate import Evidence, Valued, Verdict, judge
from services.offers.domain.evaluation.guardrails import Guardrail, Harm, guardrail
from services.offers.domain.evaluation.intervals import Interval
from services.offers.domain.evaluation.logged import Logged


def valued(name: str, value: float, reach: float = 0.01) -> Valued:
    return Valued(name, value, Interval(value - reach, value + reach))


def rail(low: float, high: float) -> Guardrail:
    return Guardrail("complained", 0.01, 0.01, Interval(low, high), 0.005)


GOOD = Evidence(
    rows=10_000,
    effective_sample_size=4_000,
    largest_weight=12,
    logged=valued("logged", 0.05),
    estimates=[valued(name, 0.08) for name in ("IPS", "SNIPS", "DM", "DR")],
    difference=Interval(0.02, 0.04),
    guardrails=[rail(-0.001, 0.002)],
    violations=0,
)
WORSE = Interval(-0.04, -0.01)


def test_a_better_policy_with_enough_evidence_is_promoted() -> None:
    judgement = judge(GOOD)
    assert judgement.verdict is Verdict.PROMOTE
    assert all(criterion.holds for criterion in judgement.criteria)
    assert [criterion.name for criterion in judgement.criteria] == [
        "effective sample size",
        "effective share of the rows",
        "largest weight",
        "DR less SNIPS",
        "least difference to the logged policy",
        "more complained at most",
        "rules broken in the log",
    ]


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        ({"effective_sample_size": 999.0, "rows": 5_000}, "effective sample size"),
        ({"effective_sample_size": 1_500.0, "rows": 20_000}, "effective share of the rows"),
        ({"largest_weight": 201.0}, "largest weight"),
        (
            {"estimates": [valued("SNIPS", 0.08), valued("DR", 0.11)]},
            "DR less SNIPS",
        ),
        ({"difference": Interval(-0.001, 0.03)}, "least difference to the logged policy"),
        ({"difference": Interval(float("nan"), float("nan"))}, "least difference to the logged policy"),
        ({"guardrails": [rail(-0.004, 0.006)]}, "more complained at most"),
    ],
)
def test_one_criterion_in_doubt_is_not_enough_evidence(change: dict[str, object], failing: str) -> None:
    judgement = judge(dataclasses.replace(GOOD, **change))  # type: ignore[arg-type]
    assert judgement.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert [criterion.name for criterion in judgement.criteria if not criterion.holds] == [failing]


def test_the_bounds_themselves_still_hold() -> None:
    edge = dataclasses.replace(GOOD, rows=10_000, effective_sample_size=1_000.0, largest_weight=200.0)
    assert judge(edge).verdict is Verdict.PROMOTE


def test_a_policy_known_to_be_worse_is_rejected() -> None:
    assert judge(dataclasses.replace(GOOD, difference=WORSE)).verdict is Verdict.REJECT
    even = dataclasses.replace(GOOD, difference=Interval(-0.04, 0.0))
    assert judge(even).verdict is Verdict.REJECT


def test_without_evidence_enough_a_policy_that_looks_worse_is_not_rejected() -> None:
    poor = dataclasses.replace(GOOD, difference=WORSE, effective_sample_size=300.0)
    assert judge(poor).verdict is Verdict.NOT_ENOUGH_EVIDENCE


def test_more_harm_rejects_however_much_it_earns() -> None:
    harmful = dataclasses.replace(GOOD, guardrails=[rail(-0.001, 0.001), rail(0.001, 0.01)])
    assert judge(harmful).verdict is Verdict.REJECT


def test_a_rule_broken_in_the_log_rejects_without_any_other_evidence() -> None:
    broken = dataclasses.replace(GOOD, violations=1, effective_sample_size=10.0)
    assert judge(broken).verdict is Verdict.REJECT


def test_harm_that_follows_what_the_target_does_more_often_is_found() -> None:
    random = np.random.default_rng(5)
    chosen = (random.random(8_000) < 0.5).astype(int)
    harms = (random.random(8_000) < np.array([0.01, 0.05])[chosen]).astype(float)
    prefers = Logged(np.zeros(8_000), np.full(8_000, 0.5), np.array([0.1, 0.9])[chosen])
    avoids = Logged(np.zeros(8_000), np.full(8_000, 0.5), np.array([0.9, 0.1])[chosen])
    assert guardrail("complained", harms, prefers, 0.005).harm is Harm.WORSE
    assert guardrail("complained", harms, avoids, 0.005).harm is Harm.NO_WORSE


def test_no_harm_seen_proves_little_in_a_small_log() -> None:
    small = Logged(np.zeros(100), np.full(100, 0.5), np.full(100, 0.5))
    large = Logged(np.zeros(2_000), np.full(2_000, 0.5), np.full(2_000, 0.5))
    assert guardrail("complained", np.zeros(100), small, 0.005).harm is Harm.UNKNOWN
    assert guardrail("complained", np.zeros(2_000), large, 0.005).harm is Harm.NO_WORSE
