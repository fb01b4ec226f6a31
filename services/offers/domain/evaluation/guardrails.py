"""Harm: refusals for ever, complaints, acceptances taken back. A better policy does no more of it.

Two questions. Before a roll-out: what does the log say of the harm the other policy would do? During
one: does the challenger's arm do more than the champion's? The second is asked again and again, so
its test must hold at whatever moment it is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from scipy.special import betaincc, betaln

from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.evaluation.estimators import Estimate, on_policy, snips
from services.offers.domain.evaluation.intervals import Interval, normal_difference
from services.offers.domain.evaluation.logged import Floats, Logged, effective_sample_size

HARMS: Mapping[str, OutcomeKind] = {
    "opted_out": OutcomeKind.OPTED_OUT,
    "complained": OutcomeKind.COMPLAINED,
    "reversed": OutcomeKind.REVERSED,
}
"""By name: refused for ever, complained, cancelled or refunded what was accepted."""

ONE_SIDED_LEVEL = 0.90
"""An interval of 90 % in two sides is one of 95 % in each."""
BROKEN_FROM = 100.0
"""Evidence of a hundred to one; chance alone reaches it in one roll-out step of a hundred, or less."""
_EVENTS_UNSEEN = 3.0
"""Rule of three: none seen in n, so with 95 % at most 3/n."""


class Harm(Enum):
    """What is known of one kind of harm."""

    NO_WORSE = "no worse"
    UNKNOWN = "not known well enough"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One kind of harm: rates a choice of the logged policy and of the target, and their difference."""

    name: str
    logged_rate: float
    target_rate: float
    difference: Interval
    """Each side of 95 %."""
    margin: float
    """So much more is still no harm."""

    @property
    def harm(self) -> Harm:
        """Worse for certain, no worse beyond the margin for certain, or neither."""
        if self.difference.low > 0:
            return Harm.WORSE
        return Harm.NO_WORSE if self.difference.high <= self.margin else Harm.UNKNOWN


def guardrail(name: str, harms: Floats, logged: Logged, margin: float) -> Guardrail:
    """Weighs the harm in a log. `harms`: 1 where a row did this harm, 0 elsewhere; any length-n array."""
    harmed = Logged(harms, logged.propensities, logged.target_propensities, logged.clusters)
    target, own = snips(harmed), on_policy(harmed)
    return Guardrail(name, own.value, target.value, _difference(target, own, harmed), margin)


def _difference(target: Estimate, own: Estimate, harmed: Logged) -> Interval:
    found = normal_difference(target, own, harmed.clusters, ONE_SIDED_LEVEL)
    size = effective_sample_size(harmed.weights)
    # Where next to nothing was seen the spread is nothing too, and proves nothing.
    unseen = _EVENTS_UNSEEN / size if size > 0 else math.inf
    return Interval(found.low, max(found.high, unseen))


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """One arm since some moment: decisions that presented something, their subscribers, what became of them.

    `expected_share`: of the subscribers, between 0 and 1.
    """

    arm: str
    expected_share: float
    decisions: int = 0
    subscribers: int = 0
    accepted: int = 0
    declined: int = 0
    opted_out: int = 0
    complained: int = 0
    reversed: int = 0

    def harms(self) -> Mapping[str, int]:
        """Decisions by the name of the harm they did."""
        return {"opted_out": self.opted_out, "complained": self.complained, "reversed": self.reversed}


def evidence_of_more_harm(challenger_events: int, champion_events: int, challenger_share: float) -> float:
    """How strongly events say that the challenger does more harm a decision: an e-value, 1 for nothing.

    `challenger_share` of the decisions, above 0 and below 1. If both arms do as much harm, each event is
    the challenger's with that probability. Mixed over everything worse (Beta(1, 1/share - 1), cut off
    at the share), the likelihood ratio is a martingale at most: it reaches E with probability 1/E or
    less, however often it is looked at (Ville). Raises ValueError for another share.
    """
    if not 0 < challenger_share < 1:
        raise ValueError("both arms have a share of the decisions")
    share, rest = challenger_share, 1 - challenger_share
    a, b = 1.0, rest / share
    events = challenger_events + champion_events
    after = betaincc(a + challenger_events, b + champion_events, share)
    before = betaincc(a, b, share)
    if events == 0:
        return 1.0
    if after == 0.0:
        return 0.0
    logarithm = (
        betaln(a + challenger_events, b + champion_events)
        - betaln(a, b)
        + math.log(after / before)
        - challenger_events * math.log(share)
        - champion_events * math.log(rest)
    )
    return math.exp(min(float(logarithm), 700.0))


def broken_guardrails(challenger: ArmCounts, champion: ArmCounts) -> Sequence[str]:
    """Names of the harms that the challenger does more of, for certain; in order of name."""
    decisions = challenger.decisions + champion.decisions
    if not challenger.decisions or not champion.decisions:
        return ()
    # The greater of the share asked for and the one seen: an arm of busy subscribers is not to blame.
    share = min(0.999, max(challenger.decisions / decisions, challenger.expected_share))
    own = champion.harms()
    return tuple(
        name
        for name, events in sorted(challenger.harms().items())
        if evidence_of_more_harm(events, own[name], share) >= BROKEN_FROM
    )
