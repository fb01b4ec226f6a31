"""Steps of a waterfall as protobuf, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tidemark.partner_settlement.v1 import agreement_pb2 as pb

from services.partner_settlement.adapters.agreement_enums import (
    RECIPIENT_KIND,
    RECIPIENT_KIND_READ,
    SHARE_OF,
    SHARE_OF_READ,
)
from services.partner_settlement.domain.agreements import (
    FixedStep,
    GuaranteeStep,
    MinorAmounts,
    PercentStep,
    PerUnitStep,
    Recipient,
    RemainderStep,
    ShareTier,
    SplitStep,
    Step,
    TieredStep,
    UnitRate,
)
from services.partner_settlement.domain.decimals import decimal_text, fraction


def amounts_message(amounts: MinorAmounts) -> list[pb.CurrencyAmount]:
    """Whole minor units, in order of currency."""
    return [pb.CurrencyAmount(currency_code=c, amount_minor=a) for c, a in sorted(amounts.items())]


def amounts_of(messages: Iterable[pb.CurrencyAmount]) -> MinorAmounts:
    """Whole minor units by currency."""
    return {message.currency_code: message.amount_minor for message in messages}


def rate_message(rate: UnitRate) -> pb.UnitRate:
    """A rate, its currencies in order."""
    return pb.UnitRate(
        unit=rate.unit,
        per_units=rate.per_units,
        amounts=[
            pb.ExactAmount(currency_code=c, minor_micros=a) for c, a in sorted(rate.minor_micros.items())
        ],
    )


def rate_of(message: pb.UnitRate) -> UnitRate:
    """A rate."""
    return UnitRate(
        message.unit,
        message.per_units,
        {amount.currency_code: amount.minor_micros for amount in message.amounts},
    )


def step_message(step: Step) -> pb.Step:
    """A step of any model."""
    message = pb.Step(code=step.code)
    match step:
        case PercentStep():
            message.percent.to.CopyFrom(_recipient(step.to))
            message.percent.percent = decimal_text(step.percent)
            message.percent.of = SHARE_OF[step.of]
            message.percent.caps.extend(amounts_message(step.caps))
        case TieredStep():
            message.tiered.CopyFrom(_tiered(step))
        case FixedStep():
            message.fixed.to.CopyFrom(_recipient(step.to))
            message.fixed.amounts.extend(amounts_message(step.amounts))
        case PerUnitStep():
            message.per_unit.to.CopyFrom(_recipient(step.to))
            message.per_unit.rate.CopyFrom(rate_message(step.rate))
            message.per_unit.caps.extend(amounts_message(step.caps))
        case SplitStep():
            for recipient, weight in step.shares:
                message.split.shares.add(to=_recipient(recipient), weight=decimal_text(weight))
        case RemainderStep():
            message.remainder.to.CopyFrom(_recipient(step.to))
        case GuaranteeStep():
            message.guarantee.party = step.party
            message.guarantee.amounts.extend(amounts_message(step.amounts))
    return message


def step_of(message: pb.Step) -> Step:
    """A step of any model. Raises ValueError for one without."""
    model = message.WhichOneof("model")
    if model is None:
        raise ValueError(f"step {message.code} has no model")
    return _READERS[model](message.code, getattr(message, model))


def _tiered(step: TieredStep) -> pb.TieredStep:
    return pb.TieredStep(
        to=_recipient(step.to),
        of=SHARE_OF[step.of],
        volume_unit=step.volume_unit,
        graduated=step.graduated,
        tiers=[pb.ShareTier(up_to=tier.up_to, percent=decimal_text(tier.percent)) for tier in step.tiers],
        caps=amounts_message(step.caps),
    )


def _recipient(recipient: Recipient) -> pb.Recipient:
    return pb.Recipient(kind=RECIPIENT_KIND[recipient.kind], party=recipient.party)


def _recipient_of(message: pb.Recipient) -> Recipient:
    return Recipient(message.party, RECIPIENT_KIND_READ[message.kind])


def _percent_of(code: str, message: pb.PercentStep) -> Step:
    return PercentStep(
        code,
        _recipient_of(message.to),
        fraction(message.percent),
        SHARE_OF_READ[message.of],
        amounts_of(message.caps),
    )


def _tiered_of(code: str, message: pb.TieredStep) -> Step:
    return TieredStep(
        code,
        _recipient_of(message.to),
        tuple(
            ShareTier(tier.up_to if tier.HasField("up_to") else None, fraction(tier.percent))
            for tier in message.tiers
        ),
        message.graduated,
        message.volume_unit,
        SHARE_OF_READ[message.of],
        amounts_of(message.caps),
    )


def _fixed_of(code: str, message: pb.FixedStep) -> Step:
    return FixedStep(code, _recipient_of(message.to), amounts_of(message.amounts))


def _per_unit_of(code: str, message: pb.PerUnitStep) -> Step:
    return PerUnitStep(code, _recipient_of(message.to), rate_of(message.rate), amounts_of(message.caps))


def _split_of(code: str, message: pb.SplitStep) -> Step:
    return SplitStep(
        code, tuple((_recipient_of(share.to), fraction(share.weight)) for share in message.shares)
    )


def _remainder_of(code: str, message: pb.RemainderStep) -> Step:
    return RemainderStep(code, _recipient_of(message.to))


def _guarantee_of(code: str, message: pb.GuaranteeStep) -> Step:
    return GuaranteeStep(code, message.party, amounts_of(message.amounts))


_READERS: dict[str, Callable[[str, Any], Step]] = {
    "percent": _percent_of,
    "tiered": _tiered_of,
    "fixed": _fixed_of,
    "per_unit": _per_unit_of,
    "split": _split_of,
    "remainder": _remainder_of,
    "guarantee": _guarantee_of,
}
