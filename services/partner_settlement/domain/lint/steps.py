"""Steps one by one: codes, percentages, tiers, weights, guarantees."""

from __future__ import annotations

from collections.abc import Iterator

from services.common.kernel.identifiers import is_code
from services.common.kernel.money import currency
from services.partner_settlement.domain.agreements import (
    Agreement,
    GuaranteeStep,
    PercentStep,
    Recipient,
    RecipientKind,
    SplitStep,
    Step,
    Term,
    TieredStep,
)
from services.partner_settlement.domain.findings import Finding, FindingReason, error, warning
from services.partner_settlement.domain.lint.subject import Subject
from services.partner_settlement.domain.waterfall import OPERATOR_STEP, SPONSOR_STEP

_RESERVED = frozenset({OPERATOR_STEP, SPONSOR_STEP})


def step_findings(subject: Subject) -> Iterator[Finding]:
    """What is wrong with a step by itself, or with its place."""
    for _, term, here in subject.terms():
        yield from _codes(term, here)
        yield from _guarantees(term, here)
    for agreement, _, step, here in subject.steps():
        match step:
            case PercentStep():
                yield from _percent(step, here)
            case TieredStep():
                yield from _tiers(agreement, step, f"{here}.tiered")
            case SplitStep():
                yield from _split(step, f"{here}.split")
            case _:
                pass


def _codes(term: Term, here: str) -> Iterator[Finding]:
    codes = [step.code for step in term.waterfall]
    for index, code in enumerate(codes):
        field = f"{here}.waterfall.{index}.code"
        if code in codes[:index]:
            yield error(
                FindingReason.STEP_CODE_TWICE, field, f"{code} is a step already; statements name steps by it"
            )
        if code in _RESERVED:
            yield error(FindingReason.CODE_RESERVED, field, f"{code} is what statements call it themselves")


def _percent(step: PercentStep, here: str) -> Iterator[Finding]:
    if not 0 < step.percent <= 100:
        yield error(
            FindingReason.PERCENT_INVALID, f"{here}.percent.percent", "a percentage is above 0, at most 100"
        )


def _tiers(agreement: Agreement, step: TieredStep, here: str) -> Iterator[Finding]:
    field = f"{here}.tiers"
    ends = [tier.up_to for tier in step.tiers]
    bounds = [end for end in ends[:-1] if end is not None]
    ascending = all(low < high for low, high in zip([0, *bounds], bounds, strict=False))
    if not ends or ends[-1] is not None or len(bounds) != len(ends) - 1 or not ascending:
        yield error(
            FindingReason.TIERS_INVALID,
            field,
            "write tiers in ascending order, `up_to` in all but the last",
        )
    for index, tier in enumerate(step.tiers):
        if not 0 <= tier.percent <= 100:
            yield error(
                FindingReason.PERCENT_INVALID, f"{field}.{index}.percent", "a tier is of 0 to 100 per cent"
            )
    if step.tiers and not any(tier.percent for tier in step.tiers):
        yield error(FindingReason.PERCENT_INVALID, field, "no tier gives anything; take the step out")
    if step.volume_unit and not is_code(step.volume_unit):
        yield error(
            FindingReason.TIERS_INVALID,
            f"{here}.by",
            f"{step.volume_unit!r} is no unit; write octets, seconds, vehicles, ..., or leave it out",
        )
    if bounds and not step.volume_unit and len(_digits(agreement)) > 1:
        yield error(
            FindingReason.TIERS_CURRENCIES_DIFFER,
            field,
            "the agreement's currencies have minor units of different size, so one figure is not the same "
            "in each; make an agreement for each currency",
        )


def _digits(agreement: Agreement) -> set[int]:
    found = set()
    for code in agreement.currency_codes:
        try:
            found.add(currency(code).digits)
        except ValueError:
            continue
    return found


def _split(step: SplitStep, field: str) -> Iterator[Finding]:
    if len(step.shares) < 2:
        yield error(FindingReason.WEIGHT_INVALID, field, "a split is among two or more; use `remainder`")
    seen: set[Recipient] = set()
    for index, (recipient, weight) in enumerate(step.shares):
        if weight <= 0:
            yield error(FindingReason.WEIGHT_INVALID, f"{field}.{index}.weight", "a weight is above 0")
        if recipient in seen:
            name = recipient.party or "the operator"
            yield error(
                FindingReason.RECIPIENT_TWICE,
                f"{field}.{index}.to",
                f"{name} has a share already; add the weights",
            )
        seen.add(recipient)


def _guarantees(term: Term, here: str) -> Iterator[Finding]:
    for index, step in enumerate(term.waterfall):
        if not isinstance(step, GuaranteeStep):
            continue
        party, field = step.party, f"{here}.waterfall.{index}.guarantee"
        if any(_pays(later, party) for later in term.waterfall[index + 1 :]):
            yield warning(
                FindingReason.GUARANTEE_TOO_EARLY,
                field,
                f"what later steps pay {party} comes on top of the guarantee; put it after them",
            )
        elif not any(_pays(before, party) for before in term.waterfall[:index]):
            yield warning(
                FindingReason.GUARANTEE_WITHOUT_SHARE,
                f"{field}.party",
                f"no step pays {party} anything that could be topped up; a fixed fee says the same plainly",
            )


def _pays(step: Step, party: str) -> bool:
    paid = Recipient(party, RecipientKind.PAY)
    match step:
        case SplitStep(shares=shares):
            return any(recipient == paid for recipient, _ in shares)
        case GuaranteeStep():
            return False
        case other:
            return other.to == paid
