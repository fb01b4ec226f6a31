"""An evaluation as tables and as a document."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from services.cli.output import Output

if TYPE_CHECKING:
    from services.cli.offer_evaluation import Evaluation
    from services.offers.domain.evaluation.gate import Criterion, Valued
    from services.offers.domain.evaluation.intervals import Interval

_SHOWN_VIOLATIONS = 10


def show_evaluation(output: Output, evaluation: Evaluation) -> None:
    """Estimates, criteria, verdict; nothing with --json."""
    evidence = evaluation.evidence
    values = [evidence.logged, *evidence.estimates, *([evaluation.control] if evaluation.control else [])]
    rows = [_value_row(each) for each in values]
    output.table(f"{evaluation.subject}: {evaluation.unit}", ("", ">value", ">from", ">to"), rows)
    output.table(
        "", ("", "criterion", ">number", "bound"), map(_criterion_row, evaluation.judgement.criteria)
    )
    for cause, count in evaluation.left_out.items():
        output.line(f"left out: {count:,} decisions, {cause}")
    for violation in evaluation.violations[:_SHOWN_VIOLATIONS]:
        output.line(f"broken: {violation.rule} by {violation.offer_code} in {violation.decision_id}")
    output.line(f"{evaluation.judgement.verdict.value.replace('_', ' ')} ({evidence.rows:,} rows)")


def evaluation_document(evaluation: Evaluation) -> dict[str, Any]:
    """Everything, exact. Numbers that are none are null."""
    evidence, judgement = evaluation.evidence, evaluation.judgement
    return {
        "subject": evaluation.subject,
        "unit": evaluation.unit,
        "verdict": judgement.verdict.value,
        "rows": evidence.rows,
        "effective_sample_size": evidence.effective_sample_size,
        "largest_weight": evidence.largest_weight,
        "logged": _valued(evidence.logged),
        "estimates": {each.name: _valued(each) for each in evidence.estimates},
        "difference": _interval(evidence.difference),
        "control": _valued(evaluation.control) if evaluation.control else None,
        "guardrails": [
            {
                "name": each.name,
                "logged_rate": each.logged_rate,
                "target_rate": _number(each.target_rate),
                "difference": _interval(each.difference),
                "margin": each.margin,
                "finding": each.harm.value,
            }
            for each in evidence.guardrails
        ],
        "criteria": [
            {"name": each.name, "number": _number(each.number), "bound": each.bound, "holds": each.holds}
            for each in judgement.criteria
        ],
        "left_out": dict(evaluation.left_out),
        "violations": len(evaluation.violations),
    }


def _value_row(valued: Valued) -> tuple[str, ...]:
    numbers = (valued.value, valued.interval.low, valued.interval.high)
    return (valued.name, *(_shown(number) for number in numbers))


def _criterion_row(criterion: Criterion) -> tuple[str, ...]:
    return ("✓" if criterion.holds else "✗", criterion.name, _shown(criterion.number), criterion.bound)


def _shown(number: float) -> str:
    if math.isnan(number):
        return "none"
    return f"{number:,.0f}" if number == int(number) and abs(number) < 1e9 else f"{number:,.5g}"


def _valued(valued: Valued) -> dict[str, Any]:
    return {"value": _number(valued.value), **_interval(valued.interval)}


def _interval(interval: Interval) -> dict[str, Any]:
    return {"from": _number(interval.low), "to": _number(interval.high)}


def _number(number: float) -> float | None:
    return number if math.isfinite(number) else None
