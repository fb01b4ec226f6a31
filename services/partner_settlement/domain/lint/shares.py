"""Steps together: percentages that take more than there is, steps that never get anything.

A waterfall is run over a basis of 1 with every percentage as high as it can be at a time. Caps and fees
of fixed amounts count for nothing in that: where little was used, a cap does not bind. Tiers of revenue
move together, so they are looked at at each of their boundaries; tiers of units at their highest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from services.partner_settlement.domain.agreements import (
    PercentStep,
    RemainderStep,
    ShareOf,
    ShareTier,
    SplitStep,
    Step,
    TieredStep,
)
from services.partner_settlement.domain.decimals import decimal_text
from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.lint.parties import model_of
from services.partner_settlement.domain.lint.subject import Subject

_HUNDRED = Fraction(100)
_BEYOND_ALL = 10**24
"""Minor units that no period brings; there the last tier is all that counts."""


def share_findings(subject: Subject) -> Iterator[Finding]:
    """SHARES_EXCEED_BASIS and STEP_UNREACHABLE."""
    for _, term, here in subject.terms():
        if all(_sound(step) for step in term.waterfall):
            yield from _exceeding(term.waterfall, f"{here}.waterfall")
            yield from _unreachable(term.waterfall, f"{here}.waterfall")


def _exceeding(steps: Sequence[Step], here: str) -> Iterator[Finding]:
    """The first step that takes more than the ones before can leave, wherever that is worst."""
    worst: tuple[Fraction, int] | None = None
    for measure in _measures(steps):
        found = _overdrawn(steps, measure)
        if found is not None and (worst is None or found[0] > worst[0]):
            worst = found
    if worst is not None:
        taken, index = worst
        yield error(
            FindingReason.SHARES_EXCEED_BASIS,
            f"{here}.{index}.{model_of(steps[index])}",
            f"in all {_shown(taken)} % of the basis can be given away, and from this step on nothing is "
            "left; lower a percentage, or let it be `of: remaining`",
        )


def _overdrawn(steps: Sequence[Step], measure: int) -> tuple[Fraction, int] | None:
    """What is taken in all, in per cent, and the step at which it first is more than everything."""
    left, first = _HUNDRED, None
    for index, step in enumerate(steps):
        left -= _taken(step, left, measure)
        if left < 0 and first is None:
            first = index
    return None if first is None else (_HUNDRED - left, first)


def _taken(step: Step, left: Fraction, measure: int) -> Fraction:
    remaining = max(left, Fraction(0))
    match step:
        case PercentStep():
            return step.percent * (1 if step.of is ShareOf.BASIS else remaining / _HUNDRED)
        case TieredStep():
            highest = max(tier.percent for tier in step.tiers)
            if step.volume_unit or step.of is ShareOf.REMAINING:
                percent = highest
            else:
                percent = _at(step.tiers, step.graduated, measure)
            return percent * (1 if step.of is ShareOf.BASIS else remaining / _HUNDRED)
        case SplitStep() | RemainderStep():
            return remaining
        case _:
            return Fraction(0)


def _at(tiers: Sequence[ShareTier], graduated: bool, measure: int) -> Fraction:
    """The percentage that counts for everything at so many minor units."""
    if measure == _BEYOND_ALL:
        return tiers[-1].percent
    begin, weighted = 0, Fraction(0)
    for tier in tiers:
        end = measure if tier.up_to is None else min(measure, tier.up_to)
        weighted += (end - begin) * tier.percent
        begin = end
        if end == measure:
            return weighted / measure if graduated else tier.percent
    return tiers[-1].percent


def _measures(steps: Sequence[Step]) -> list[int]:
    """Where the sum of tiers can be highest: at each boundary, just beyond it, and beyond all."""
    bounds = {
        tier.up_to
        for step in steps
        if isinstance(step, TieredStep) and not step.volume_unit
        for tier in step.tiers
        if tier.up_to is not None
    }
    return sorted({1, _BEYOND_ALL} | bounds | {bound + 1 for bound in bounds})


def _sound(step: Step) -> bool:
    """False where another rule has refused the step already."""
    if not isinstance(step, TieredStep):
        return True
    ends = [tier.up_to for tier in step.tiers]
    bounds = [end for end in ends[:-1] if end is not None]
    ascending = all(low < high for low, high in zip([0, *bounds], bounds, strict=False))
    return bool(ends) and ends[-1] is None and len(bounds) == len(ends) - 1 and ascending


def _unreachable(steps: Sequence[Step], here: str) -> Iterator[Finding]:
    emptied = ""
    for index, step in enumerate(steps):
        if emptied and _lives_on_what_is_left(step):
            yield error(
                FindingReason.STEP_UNREACHABLE,
                f"{here}.{index}",
                f"{emptied} leaves nothing, so this never gets anything; put it before that step",
            )
        emptied = emptied or (step.code if _takes_all(step) else "")


def _takes_all(step: Step) -> bool:
    if isinstance(step, PercentStep):
        return step.of is ShareOf.REMAINING and step.percent == _HUNDRED and not step.caps
    return isinstance(step, SplitStep | RemainderStep)


def _lives_on_what_is_left(step: Step) -> bool:
    if isinstance(step, PercentStep | TieredStep):
        return step.of is ShareOf.REMAINING
    return isinstance(step, SplitStep | RemainderStep)


def _shown(percent: Fraction) -> str:
    """Two decimals are enough to see it."""
    hundredths = percent.numerator * 100 // percent.denominator
    return decimal_text(Fraction(hundredths, 100))
