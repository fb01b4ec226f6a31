"""The plot of an evaluation: estimates with their intervals, weights, and how much the log is worth.

Brings matplotlib along, so it is imported only where needed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from services.cli.failures import CommandFailedError
from services.cli.offer_evaluation import Evaluation
from services.offers.domain.evaluation.gate import BOUNDS, Bounds, Verdict

_BLUE, _GREY, _LIGHT, _RED = "#0b5c8c", "#555555", "#c9d9e3", "#b3261e"
_COLOURS = {Verdict.PROMOTE: "#1b6e3c", Verdict.REJECT: _RED, Verdict.NOT_ENOUGH_EVIDENCE: "#8a5a00"}
_FORMATS = (".png", ".svg", ".pdf")


def write_plot(evaluation: Evaluation, path: Path, bounds: Bounds = BOUNDS) -> None:
    """Writes a PNG, SVG or PDF, by the name. Raises CommandFailedError for another, and where it can't."""
    if path.suffix not in _FORMATS:
        raise CommandFailedError(f"{path}: a plot is one of {', '.join(_FORMATS)}")
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    estimates, weights, size = figure.subplots(1, 3, width_ratios=(3, 2.2, 1.9))
    verdict = evaluation.judgement.verdict
    title = f"{verdict.value.replace('_', ' ')}: {evaluation.subject}"
    figure.suptitle(title, color=_COLOURS[verdict], fontweight="bold", x=0.01, ha="left")
    _estimates(estimates, evaluation)
    _weights(weights, evaluation, bounds)
    _size(size, evaluation, bounds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise CommandFailedError(f"{path}: {error.strerror or error}") from error


def _estimates(axes: Axes, evaluation: Evaluation) -> None:
    logged, estimates = evaluation.evidence.logged, evaluation.evidence.estimates
    axes.axvspan(logged.interval.low, logged.interval.high, color=_LIGHT, label="logged policy, 95 %")
    axes.axvline(logged.value, color=_GREY, linewidth=1)
    for place, each in enumerate(reversed(estimates)):
        # The direct method's interval does not know the model's own error: it is drawn fainter.
        shade = 0.45 if each.name == "DM" else 1.0
        axes.plot([each.interval.low, each.interval.high], [place] * 2, color=_BLUE, linewidth=2, alpha=shade)
        axes.plot(each.value, place, "o", color=_BLUE, alpha=shade)
    axes.set_yticks(range(len(estimates)), [each.name for each in reversed(estimates)])
    axes.set_ylim(-0.6, len(estimates) - 0.4)
    axes.set_xlabel(evaluation.unit)
    axes.set_title("Value of the target policy", loc="left", fontsize=10)
    axes.legend(loc="best", fontsize=8, frameon=False)


def _weights(axes: Axes, evaluation: Evaluation, bounds: Bounds) -> None:
    weights = evaluation.weights
    axes.hist(weights, bins=np.linspace(0, max(float(weights.max()), 1.0), 41).tolist(), color=_BLUE)
    axes.set_yscale("log")
    if weights.max() > bounds.largest_weight:
        axes.axvline(bounds.largest_weight, color=_RED, linestyle="--", linewidth=1)
    axes.set_xlabel("weight")
    axes.set_ylabel("rows")
    axes.set_title(f"Weights, the largest {weights.max():,.1f}", loc="left", fontsize=10)


def _size(axes: Axes, evaluation: Evaluation, bounds: Bounds) -> None:
    evidence = evaluation.evidence
    wanted = max(bounds.effective_sample_size, bounds.effective_share * evidence.rows)
    axes.bar(
        ["rows", "effective"],
        [evidence.rows, evidence.effective_sample_size],
        color=[_LIGHT, _BLUE],
        width=0.6,
    )
    axes.axhline(wanted, color=_RED, linestyle="--", linewidth=1)
    found = f"{evidence.effective_sample_size:,.0f}"
    axes.set_title(f"Effective {found}, asked {wanted:,.0f}", loc="left", fontsize=10)
    axes.yaxis.set_major_formatter("{x:,.0f}")
