"""The promotion gate: PROMOTE, REJECT or NOT ENOUGH EVIDENCE, each criterion with its number and bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from services.offers.domain.evaluation.guardrails import Guardrail, Harm
from services.offers.domain.evaluation.intervals import Interval


class Verdict(Enum):
    """What the gate says of a policy."""

    PROMOTE = "PROMOTE"
    REJECT = "REJECT"
    NOT_ENOUGH_EVIDENCE = "NOT_ENOUGH_EVIDENCE"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the gate asks for.

    `effective_sample_size`: below it an interval by the central limit is not to be trusted.
    `effective_share`: of the rows; below it the two policies have too little in common.
    `largest_weight`: above it one row decides. `harm_margin`: harm a decision that counts as no worse.
    """

    effective_sample_size: float = 1_000
    effective_share: float = 0.10
    largest_weight: float = 200
    harm_margin: float = 0.005


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Valued:
    """An estimate: what the policy earns a choice, in the unit of rewards, with its interval of 95 %."""

    name: str
    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate judges by. `estimates` by name: IPS, SNIPS, DM, DR.

    `difference`: DR less what the logged policy earned, over the same rows. `violations`: presentations
    in the log that a replay of the rules forbids; None: it is a log that no rules stand over.
    """

    rows: int
    effective_sample_size: float
    largest_weight: float
    logged: Valued
    estimates: Sequence[Valued]
    difference: Interval
    guardrails: Sequence[Guardrail] = ()
    violations: int | None = None

    def estimate(self, name: str) -> Valued:
        """The one of that name. Raises StopIteration where there is none."""
        return next(each for each in self.estimates if each.name == name)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is asked for: the number, the bound in words, whether it holds.

    `decides`: where it fails, there is no want of evidence; the policy is refused.
    """

    name: str
    number: float
    bound: str
    holds: bool
    decides: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with every criterion, in the order in which people read them."""

    verdict: Verdict
    criteria: tuple[Criterion, ...]


def judge(evidence: Evidence, bounds: Bounds = BOUNDS) -> Judgement:
    """PROMOTE where all holds; REJECT where enough evidence speaks against it, or a rule was broken."""
    enough = _enough(evidence, bounds)
    effect = _effect(evidence)
    guardrails = tuple(_guardrail(each) for each in evidence.guardrails)
    rules = _rules(evidence)
    criteria = (*enough, effect, *guardrails, *rules)
    if all(each.holds for each in criteria):
        verdict = Verdict.PROMOTE
    elif any(each.decides for each in rules):
        # That is no matter of evidence.
        verdict = Verdict.REJECT
    elif all(each.holds for each in enough) and any(each.decides for each in (effect, *guardrails)):
        verdict = Verdict.REJECT
    else:
        verdict = Verdict.NOT_ENOUGH_EVIDENCE
    return Judgement(verdict, criteria)


def _enough(evidence: Evidence, bounds: Bounds) -> tuple[Criterion, ...]:
    size, rows = evidence.effective_sample_size, evidence.rows
    return (
        Criterion(
            "effective sample size",
            size,
            f"at least {bounds.effective_sample_size:,.0f}",
            size >= bounds.effective_sample_size,
        ),
        Criterion(
            "effective share of the rows",
            size / rows,
            f"at least {bounds.effective_share:.0%}",
            size / rows >= bounds.effective_share,
        ),
        Criterion(
            "largest weight",
            evidence.largest_weight,
            f"at most {bounds.largest_weight:g}",
            evidence.largest_weight <= bounds.largest_weight,
        ),
        _agreement(evidence),
    )


def _agreement(evidence: Evidence) -> Criterion:
    robust, weighted = evidence.estimate("DR"), evidence.estimate("SNIPS")
    agree = robust.value in weighted.interval and weighted.value in robust.interval
    return Criterion(
        "DR less SNIPS", robust.value - weighted.value, "each inside the other's interval", agree
    )


def _effect(evidence: Evidence) -> Criterion:
    difference = evidence.difference
    return Criterion(
        "least difference to the logged policy",
        difference.low,
        "above 0",
        difference.low > 0,
        difference.high <= 0,
    )


def _rules(evidence: Evidence) -> tuple[Criterion, ...]:
    broken = evidence.violations
    if broken is None:
        return ()
    return (Criterion("rules broken in the log", broken, "0", broken == 0, broken > 0),)


def _guardrail(guardrail: Guardrail) -> Criterion:
    return Criterion(
        f"more {guardrail.name.replace('_', ' ')} at most",
        guardrail.difference.high,
        f"at most {guardrail.margin:g}",
        guardrail.harm is Harm.NO_WORSE,
        guardrail.harm is Harm.WORSE,
    )
