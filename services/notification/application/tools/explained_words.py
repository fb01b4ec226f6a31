"""An explanation of charging as sentences that customers understand, in any language."""

from __future__ import annotations

from services.common.kernel.money import Money
from services.notification.application.tools.ports import Assortment, Explanation, ExplanationStep
from services.notification.application.tools.wording import Asking, Sentence, SentenceValue, say

_TOLD_STEPS = {
    "allowance": "step-allowance",
    "price": "step-price",
    "minimum": "step-minimum",
    "maximum": "step-maximum",
    "tax": "step-tax",
}
"""Steps that are told; the others are in the arithmetic, exact."""


def explanation_sentences(told: Explanation, known: Assortment, who: Asking) -> tuple[Sentence, ...]:
    """What was charged, for what, and how it came to the amount."""
    sentences = [_head(told, known, who)]
    if told.kind == "usage":
        sentences += step_sentences(told)
    elif told.kind == "fee":
        sentences += [step for step in step_sentences(told) if step.code == "step-tax"]
    if told.changed_since.minor_micros < 0:
        sentences.append(say("changed-back", amount=-told.changed_since))
    elif told.changed_since.minor_micros > 0:
        sentences.append(say("changed-more", amount=told.changed_since))
    return tuple(sentences)


def step_sentences(told: Explanation) -> list[Sentence]:
    """The steps of the arithmetic that customers are told."""
    return [sentence for step in told.steps if (sentence := _step(step)) is not None]


def _head(told: Explanation, known: Assortment, who: Asking) -> Sentence:
    at, amount, offering = who.moment(told.at), told.amount, known.name_of(told.offering_code)
    if told.kind == "usage" and told.used is not None:
        service = known.rating_groups.get(told.rating_group, str(told.rating_group))
        code = "charged-usage" if amount.minor_micros else "charged-usage-nothing"
        values: dict[str, SentenceValue] = {"at": at, "amount": amount, "used": told.used, "service": service}
        if told.zone and told.zone != known.home_zone:
            where = known.zones.get(told.zone, told.zone)
            return say(f"{code}-abroad", **values, where=where, price=told.price_name, offering=offering)
        return say(code, **values, price=told.price_name, offering=offering)
    if told.kind == "fee":
        code = "charged-fee" if amount.minor_micros >= 0 else "charged-fee-back"
        return say(code, at=at, amount=_size(amount), fee=told.price_name, offering=offering)
    if told.kind == "refund":
        return say("charged-refund", at=at, amount=_size(amount))
    code = "charged-correction-back" if amount.minor_micros < 0 else "charged-correction"
    return say(code, at=at, amount=_size(amount))


def _size(amount: Money) -> Money:
    """Without its sign: which way it went, the words say."""
    return -amount if amount.minor_micros < 0 else amount


def _step(step: ExplanationStep) -> Sentence | None:
    code = _TOLD_STEPS.get(step.kind)
    if code is None:
        return None
    values = {name: value for name, value in (("units", step.units), ("amount", step.amount)) if value}
    if code == "step-price" and "units" not in values:
        return None
    if code == "step-tax" and (step.amount is None or not step.amount.minor_micros):
        return None
    return say(code, **values)
