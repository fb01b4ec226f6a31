"""A fee explained."""

from __future__ import annotations

from fractions import Fraction

from services.charging.domain.events import FeeCharged
from services.charging.domain.explanation.context import Surroundings, since_sentences
from services.charging.domain.explanation.price_steps import contained_words
from services.charging.domain.explanation.price_words import tax_words
from services.charging.domain.explanation.steps import Calculation, Explanation, StepKind
from services.charging.domain.explanation.words import (
    day_words,
    money_words,
    percent_words,
    units_words,
)
from services.charging.domain.rating.fees import Fee
from services.common.kernel.clock import DAY, SECOND
from services.common.kernel.quantity import SECONDS


def explain_fee(charge: FeeCharged, fee: Fee, around: Surroundings) -> Explanation:
    """Steps and sentences of a fee; one that was given back (negative) is explained with its sign."""
    calculation = Calculation(charge.currency_code)
    sign = -1 if charge.amount < 0 else 1
    net = Fraction(sign * fee.amount_minor_micros)
    calculation.add(StepKind.PRICE, f"{money_words(net, charge.currency_code)} for a whole period.", net)
    net += _share(calculation, charge, net)
    net += _promotion(calculation, charge, net)
    if fee.tax is not None and not fee.tax.inclusive:
        share = Fraction(fee.tax.numerator, fee.tax.denominator)
        words = f"{tax_words(fee.tax)}: {money_words(net * share, charge.currency_code)}."
        calculation.add(StepKind.TAX, words, net * share)
    calculation.close(charge.amount)
    if fee.tax is not None and fee.tax.inclusive:
        words = contained_words(fee.tax, money_words(charge.tax, charge.currency_code))
        calculation.tell(StepKind.TAX, words, charge.tax)
    return Explanation(
        price_id=f"{charge.catalog_version}/{charge.offering_code}/{charge.fee_code}",
        price_name=fee.name,
        currency_code=charge.currency_code,
        steps=tuple(calculation.steps),
        sentences=tuple(_sentences(charge, fee, calculation, around)),
        changed_since=around.since.changed,
    )


def _share(calculation: Calculation, charge: FeeCharged, net: Fraction) -> Fraction:
    if not charge.whole or charge.part == charge.whole:
        return Fraction(0)
    share = Fraction(charge.part, charge.whole)
    had, whole = _days(charge.part), _days(charge.whole)
    text = f"{had} of {whole} of the period: {money_words(net * share, charge.currency_code)}."
    calculation.add(StepKind.FACTOR, text, net * share - net)
    return net * share - net


def _promotion(calculation: Calculation, charge: FeeCharged, net: Fraction) -> Fraction:
    if not charge.promotion_percent:
        return Fraction(0)
    off = -net * charge.promotion_percent / 100
    share = percent_words(Fraction(charge.promotion_percent, 100))
    text = f"{share} less by a promotion: {money_words(net + off, charge.currency_code)}."
    calculation.add(StepKind.FACTOR, text, off)
    return off


def _days(microseconds: int) -> str:
    """`13 days`; parts of days in hours, as on the days when clocks are changed."""
    days, rest = divmod(microseconds, DAY)
    if not rest:
        return "1 day" if days == 1 else f"{days:,} days"
    clock = units_words(rest // SECOND, SECONDS).partition(" (")[0]
    return f"{days:,} days {clock}" if days else clock


def _sentences(charge: FeeCharged, fee: Fee, calculation: Calculation, around: Surroundings) -> list[str]:
    said = [_what(charge, fee, around)]
    said += [step.text for step in calculation.steps]
    if charge.overdrawn:
        owed = money_words(charge.overdrawn, charge.currency_code)
        said.append(f"No balance covered {owed} of it; that is owed.")
    return said + since_sentences(around.since, charge.amount, charge.currency_code)


def _what(charge: FeeCharged, fee: Fee, around: Surroundings) -> str:
    named = f" '{fee.name}'" if fee.name else ""
    kind = "Fee" if charge.amount >= 0 else "Fee given back"
    start = day_words(charge.period_from, around.time_zone)
    when = f"on {start}"
    if fee.recurring:
        when = f"for {start} to {day_words(charge.period_until, around.time_zone)}"
    source = f"{charge.offering_code}/{charge.fee_code} of catalog version {charge.catalog_version}"
    return f"{kind} {source}{named}, {when} (subscriber's clock, {around.time_zone})."
