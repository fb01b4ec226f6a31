"""The steps of a waterfall: what each takes out of a flow. One function for each model.

Amounts are exact fractions of minor units. A percentage of what remains is never one of less than
nothing: what fixed fees and guarantees take beyond the pool is the operator's to pay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from services.partner_settlement.domain.agreements import (
    FixedStep,
    GuaranteeStep,
    MinorAmounts,
    PercentStep,
    PerUnitStep,
    Recipient,
    RemainderStep,
    ShareOf,
    ShareTier,
    SplitStep,
    Step,
    TieredStep,
)
from services.partner_settlement.domain.bases import at_rate, units_of
from services.partner_settlement.domain.records import InputRow
from services.partner_settlement.domain.words import amount_words, decimal_words, rate_words

_HUNDRED = Fraction(100)
_NOTHING = Fraction(0)


@dataclass(slots=True)
class Flow:
    """What there is to share, row by row, and what is left of it while steps take their part."""

    rows: tuple[InputRow, ...]
    basis: tuple[Fraction, ...]
    currency_code: str
    total: Fraction = field(init=False)
    remaining: Fraction = field(init=False)
    by_recipient: dict[Recipient, Fraction] = field(init=False, default_factory=dict)
    remaining_ratio: Fraction = field(init=False, default=Fraction(1))
    """What proportional steps left of each row."""

    def __post_init__(self) -> None:
        self.total = sum(self.basis, _NOTHING)
        self.remaining = self.total

    def given(self, taken: Taken) -> None:
        """Notes that a step took something."""
        self.remaining -= taken.amount
        self.remaining_ratio -= taken.ratio
        self.by_recipient[taken.to] = self.by_recipient.get(taken.to, _NOTHING) + taken.amount

    def of(self, of: ShareOf) -> Fraction:
        """What a share is taken of."""
        return self.total if of is ShareOf.BASIS else max(self.remaining, _NOTHING)

    def ratio_of(self, of: ShareOf) -> Fraction:
        """Which part of each row that is, as far as steps are proportional."""
        return Fraction(1) if of is ShareOf.BASIS else self.remaining_ratio


@dataclass(frozen=True, slots=True)
class Taken:
    """What a step takes for one recipient; `weights` say what each row contributed (empty: none did).

    `ratio` is the part of each row that a proportional step takes, before any cap.
    """

    to: Recipient
    amount: Fraction
    rate: str
    weights: tuple[Fraction, ...] = ()
    of_basis: bool = True
    ratio: Fraction = _NOTHING


def _percent(step: PercentStep, flow: Flow) -> list[Taken]:
    amount = flow.of(step.of) * step.percent / _HUNDRED
    capped, words = _capped(amount, step.caps, flow)
    of = "" if step.of is ShareOf.BASIS else " of what is left"
    ratio = flow.ratio_of(step.of) * step.percent / _HUNDRED
    rate = f"{decimal_words(step.percent)} %{of}{words}"
    return [Taken(step.to, capped, rate, flow.basis, ratio=ratio)]


def _fixed(step: FixedStep, flow: Flow) -> list[Taken]:
    return [Taken(step.to, Fraction(step.amounts[flow.currency_code]), "fixed", of_basis=False)]


def _per_unit(step: PerUnitStep, flow: Flow) -> list[Taken]:
    units = [units_of(step.rate, row) for row in flow.rows]
    amount, words = _capped(at_rate(step.rate, sum(units), flow.currency_code), step.caps, flow)
    weights = tuple(map(Fraction, units))
    rate = rate_words(step.rate, flow.currency_code) + words
    return [Taken(step.to, amount, rate, weights, of_basis=False)]


def _remainder(step: RemainderStep, flow: Flow) -> list[Taken]:
    left, ratio = max(flow.remaining, _NOTHING), flow.remaining_ratio
    return [Taken(step.to, left, "what is left", flow.basis, ratio=ratio)]


def _split(step: SplitStep, flow: Flow) -> list[Taken]:
    left = max(flow.remaining, _NOTHING)
    whole = sum((weight for _, weight in step.shares), _NOTHING)
    return [
        Taken(
            to,
            left * weight / whole,
            f"{decimal_words(weight)} of {decimal_words(whole)}",
            flow.basis,
            ratio=flow.remaining_ratio * weight / whole,
        )
        for to, weight in step.shares
    ]


def _guarantee(step: GuaranteeStep, flow: Flow) -> list[Taken]:
    """What is missing to the guaranteed amount; nothing where there is enough."""
    guaranteed = step.amounts[flow.currency_code]
    party = Recipient(step.party)
    missing = guaranteed - flow.by_recipient.get(party, _NOTHING)
    if missing <= 0:
        return []
    words = f"up to {amount_words(guaranteed, flow.currency_code)}"
    return [Taken(party, missing, words, of_basis=False)]


def _tiered(step: TieredStep, flow: Flow) -> list[Taken]:
    amount = flow.of(step.of)
    measure = _volume(step.volume_unit, flow.rows) if step.volume_unit else amount
    percent, words = _tier_percent(step.tiers, step.graduated, measure)
    capped, cap_words = _capped(amount * percent / _HUNDRED, step.caps, flow)
    ratio = flow.ratio_of(step.of) * percent / _HUNDRED
    return [Taken(step.to, capped, words + cap_words, flow.basis, ratio=ratio)]


def _tier_percent(tiers: Sequence[ShareTier], graduated: bool, measure: Fraction) -> tuple[Fraction, str]:
    """The percentage that counts for everything, and the tier in words.

    What lies exactly on a boundary belongs to the tier that ends there.
    """
    reached = next(index for index, tier in enumerate(tiers) if tier.up_to is None or measure <= tier.up_to)
    if not graduated or measure <= 0:
        percent = tiers[reached].percent
        return percent, f"tier {reached + 1} of {len(tiers)}: {decimal_words(percent)} %"
    begin, weighted = _NOTHING, _NOTHING
    for tier in tiers[: reached + 1]:
        end = measure if tier.up_to is None else min(measure, Fraction(tier.up_to))
        weighted += (end - begin) * tier.percent
        begin = end
    marks = " / ".join(decimal_words(tier.percent) for tier in tiers[: reached + 1])
    return weighted / measure, f"{marks} % in {reached + 1} of {len(tiers)} tiers"


def _volume(unit: str, rows: Sequence[InputRow]) -> Fraction:
    return Fraction(sum(row.quantity for row in rows if row.product.unit == unit))


def _capped(amount: Fraction, caps: MinorAmounts, flow: Flow) -> tuple[Fraction, str]:
    cap = caps.get(flow.currency_code)
    if cap is None or amount <= cap:
        return amount, ""
    return Fraction(cap), f", at most {amount_words(cap, flow.currency_code)}"


_MODELS: dict[type[Any], Callable[[Any, Flow], list[Taken]]] = {
    PercentStep: _percent,
    TieredStep: _tiered,
    FixedStep: _fixed,
    PerUnitStep: _per_unit,
    SplitStep: _split,
    RemainderStep: _remainder,
    GuaranteeStep: _guarantee,
}


def take(step: Step, flow: Flow) -> list[Taken]:
    """What a step takes out of a flow as it is now."""
    return _MODELS[type(step)](step, flow)
