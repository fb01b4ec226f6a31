"""Steps, rates and recipients as they are written."""

from __future__ import annotations

from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import filled
from services.partner_settlement.adapters.yaml_form.fields import OPERATOR
from services.partner_settlement.adapters.yaml_write.pen import Pen, minor_decimal, size
from services.partner_settlement.domain.agreements import (
    FixedStep,
    GuaranteeStep,
    PercentStep,
    PerUnitStep,
    Recipient,
    RecipientKind,
    RemainderStep,
    ShareOf,
    ShareTier,
    SplitStep,
    Step,
    TieredStep,
    UnitRate,
)
from services.partner_settlement.domain.decimals import decimal_text


def write_step(pen: Pen, step: Step) -> dict[str, Tree]:
    """A step of any model."""
    return {"code": step.code, **_model(pen, step)}


def write_rate(pen: Pen, rate: UnitRate) -> dict[str, Tree]:
    """So much for so many units."""
    return {"per": size(rate.per_units, rate.unit), "amount": pen.exact(rate.minor_micros)}


def _model(pen: Pen, step: Step) -> dict[str, Tree]:
    match step:
        case PercentStep(to=to, percent=percent):
            body = filled(
                to=_to(to), percent=decimal_text(percent), of=_of(step.of), cap=pen.minor(step.caps)
            )
            return {"percent": body}
        case TieredStep():
            return {"tiered": _tiered(pen, step)}
        case FixedStep(to=to, amounts=amounts):
            return {"fixed": {"to": _to(to), "amount": pen.minor(amounts)}}
        case PerUnitStep(to=to, rate=rate, caps=caps):
            return {"per_unit": filled(to=_to(to), **write_rate(pen, rate), cap=pen.minor(caps))}
        case left:
            return _of_what_is_left(pen, left)


def _of_what_is_left(pen: Pen, step: SplitStep | RemainderStep | GuaranteeStep) -> dict[str, Tree]:
    match step:
        case SplitStep(shares=shares):
            return {"split": [{"to": _to(to), "weight": decimal_text(weight)} for to, weight in shares]}
        case RemainderStep(to=to):
            return {"remainder": {"to": _to(to)}}
        case GuaranteeStep(party=party, amounts=amounts):
            return {"guarantee": {"party": party, "amount": pen.minor(amounts)}}


def _tiered(pen: Pen, step: TieredStep) -> Tree:
    body = filled(to=_to(step.to), by=step.volume_unit, of=_of(step.of))
    body["graduated"] = step.graduated
    body["tiers"] = [_tier(pen, step, tier) for tier in step.tiers]
    return body | filled(cap=pen.minor(step.caps))


def _tier(pen: Pen, step: TieredStep, tier: ShareTier) -> Tree:
    end: str | None = None
    if tier.up_to is not None:
        end = (
            size(tier.up_to, step.volume_unit)
            if step.volume_unit
            else minor_decimal(tier.up_to, pen.currency_codes[0])
        )
    return filled(up_to=end, percent=decimal_text(tier.percent))


def _to(recipient: Recipient) -> Tree:
    if recipient.kind is RecipientKind.BEAR:
        return {"bear": recipient.party}
    return recipient.party if recipient.kind is RecipientKind.PAY else OPERATOR


def _of(of: ShareOf) -> str | None:
    return None if of is ShareOf.BASIS else of.value
