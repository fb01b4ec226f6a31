"""A refund or a correction explained: what it did to which charge."""

from __future__ import annotations

from services.charging.domain.events import ChargeCorrected, ChargeRefunded
from services.charging.domain.explanation.context import Surroundings
from services.charging.domain.explanation.steps import Calculation, Explanation, StepKind
from services.charging.domain.explanation.words import count_words, money_words


def explain_refund(refund: ChargeRefunded, around: Surroundings) -> Explanation:
    """What was given back of which charge, into which buckets."""
    code = refund.currency_code
    calculation = Calculation(code)
    for credit in refund.credits:
        if credit.unit != code:
            words = f"{count_words(credit.amount, credit.unit)} back to '{around.bucket(credit.bucket_id)}'."
            calculation.note(StepKind.ALLOWANCE, words, -credit.amount, credit.unit)
    calculation.tell(StepKind.MONEY, f"{money_words(refund.amount, code)} given back.", -refund.amount)
    if refund.tax:
        calculation.tell(StepKind.TAX, f"Tax in it: {money_words(refund.tax, code)}.", -refund.tax)
    total = money_words(refund.refunded_total, code)
    return Explanation(
        price_id="",
        price_name="",
        currency_code=code,
        steps=tuple(calculation.steps),
        sentences=(
            f"Refund of the charge {refund.refunded_charge_id}.",
            *(step.text for step in calculation.steps),
            f"With earlier refunds {total} of it had been given back by then.",
        ),
        changed_since=0,
    )


def explain_correction(correction: ChargeCorrected, original_amount: int, price_name: str) -> Explanation:
    """What a run changed about which charge, by which price, and why."""
    code = correction.currency_code
    after = original_amount + correction.corrected_total
    before = after - correction.amount
    price_id = f"{correction.catalog_version}/{correction.offering_code}/{correction.price_code}"
    verb = "given back" if correction.amount < 0 else "charged in addition"
    calculation = Calculation(code)
    calculation.note(
        StepKind.PRICE,
        f"By the price {price_id} of catalog version {correction.catalog_version} it costs "
        f"{money_words(after, code)}; {money_words(before, code)} had been charged.",
    )
    words = f"{money_words(abs(correction.amount), code)} {verb}."
    if not correction.amount:
        words = "The amount stays; only the tax in it changes."
    calculation.tell(StepKind.MONEY, words, correction.amount)
    if correction.tax:
        tax = money_words(correction.tax, code)
        calculation.tell(StepKind.TAX, f"Tax in it: {tax}.", correction.tax)
    return Explanation(
        price_id=price_id,
        price_name=price_name,
        currency_code=code,
        steps=tuple(calculation.steps),
        sentences=(
            f"Correction of the charge {correction.corrected_charge_id} by the run {correction.run_id}.",
            *(step.text for step in calculation.steps),
            f"Reason: {correction.reason} ({correction.actor}).",
        ),
        changed_since=0,
    )
