"""Amounts: in each of the agreement's currencies, in no other, above zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.common.kernel.money import currency
from services.partner_settlement.domain.agreements import (
    Agreement,
    FixedStep,
    GuaranteeStep,
    PercentStep,
    PerUnitStep,
    Step,
    TieredStep,
)
from services.partner_settlement.domain.findings import Finding, FindingReason, error
from services.partner_settlement.domain.lint.rates import rates_of
from services.partner_settlement.domain.lint.subject import Subject


def amount_findings(subject: Subject) -> Iterator[Finding]:
    """Currencies that are unknown, and amounts that are missing, foreign or nothing."""
    for agreement in subject.document.agreements:
        here = f"agreements.{agreement.code}"
        yield from _currencies(agreement, here)
        yield from _known(agreement, agreement.disputes.minimums, f"{here}.disputes.minimum")
        if agreement.disputes.minimums:
            yield from _complete(agreement, agreement.disputes.minimums, f"{here}.disputes.minimum")
    for agreement, term, here in subject.terms():
        for rate, field in rates_of(term.basis, f"{here}.basis"):
            yield from _amounts(agreement, rate.minor_micros, f"{field}.amount")
    for agreement, _, step, here in subject.steps():
        nothing_is_all_right = isinstance(step, FixedStep | GuaranteeStep)
        for amounts, field in _of_step(step):
            yield from _amounts(agreement, amounts, f"{here}.{field}", nothing_is_all_right)


def _currencies(agreement: Agreement, here: str) -> Iterator[Finding]:
    field = f"{here}.currencies"
    if not agreement.currency_codes:
        yield error(FindingReason.FIELD_MISSING, field, "name a currency: [EUR]")
    for code in sorted(set(agreement.currency_codes)):
        if agreement.currency_codes.count(code) > 1:
            yield error(
                FindingReason.CURRENCY_TWICE, field, f"{code} is named more than once; once is enough"
            )
        try:
            currency(code)
        except ValueError as problem:
            yield error(FindingReason.CURRENCY_UNKNOWN, field, f"{problem}; write EUR, USD, ...")


def _of_step(step: Step) -> Iterator[tuple[Mapping[str, int], str]]:
    """Amounts of a step that have to be there, or are."""
    match step:
        case FixedStep():
            yield step.amounts, "fixed.amount"
        case GuaranteeStep():
            yield step.amounts, "guarantee.amount"
        case PerUnitStep():
            yield step.rate.minor_micros, "per_unit.amount"
            if step.caps:
                yield step.caps, "per_unit.cap"
        case PercentStep(caps=caps) if caps:
            yield caps, "percent.cap"
        case TieredStep(caps=caps) if caps:
            yield caps, "tiered.cap"


def _amounts(
    agreement: Agreement, amounts: Mapping[str, int], field: str, nothing_is_all_right: bool = False
) -> Iterator[Finding]:
    """`nothing_is_all_right`: in some of the currencies, as long as there is something in one."""
    yield from _known(agreement, amounts, field)
    yield from _complete(agreement, amounts, field)
    least = 0 if nothing_is_all_right and any(amount > 0 for amount in amounts.values()) else 1
    for code, amount in sorted(amounts.items()):
        if amount < least:
            yield error(
                FindingReason.AMOUNT_INVALID,
                field,
                f"the amount in {code} is not above 0; without one, leave the field out",
            )


def _known(agreement: Agreement, amounts: Mapping[str, int], field: str) -> Iterator[Finding]:
    for code in sorted(amounts.keys() - set(agreement.currency_codes)):
        yield error(
            FindingReason.CURRENCY_NOT_AGREED,
            field,
            f"{code} is no currency of this agreement; list it under `currencies`, or take the amount out",
        )


def _complete(agreement: Agreement, amounts: Mapping[str, int], field: str) -> Iterator[Finding]:
    for code in agreement.currency_codes:
        if code not in amounts:
            yield error(
                FindingReason.CURRENCY_INCOMPLETE,
                field,
                f"usage in {code} is settled too and nothing is converted; add the amount in {code}",
            )
