"""A charge for usage explained."""

from __future__ import annotations

from services.charging.domain.events import Debit, UsageCharged
from services.charging.domain.explanation.context import Surroundings, since_sentences
from services.charging.domain.explanation.model_steps import Paid
from services.charging.domain.explanation.price_steps import price_steps
from services.charging.domain.explanation.price_words import increments_words, price_words
from services.charging.domain.explanation.steps import Calculation, Explanation, Step, StepKind
from services.charging.domain.explanation.words import (
    count_words,
    moment_words,
    money_words,
    month_words,
    units_words,
)
from services.charging.domain.rating.per_unit import PerUnit
from services.charging.domain.rating.price import Price

_KINDS = ("destination", "area", "slice", "qos_class", "load_band", "segment", "device_class")
_KIND_WORDS = {"qos_class": "QoS class"}


def explain_usage(charge: UsageCharged, price: Price, around: Surroundings) -> Explanation:
    """Steps and sentences of a charge. `price` is the one that made it."""
    calculation = Calculation(charge.currency_code)
    covered = units_covered(charge)
    paid = Paid(
        charge.paid_units_before,
        charge.rated_units - sum(debit.amount for debit in covered),
        charge.unit,
        charge.currency_code,
    )
    _unit_steps(calculation, charge, price, covered, around)
    price_steps(calculation, price, paid, charge.factor_permille, charge.amount, charge.tax)
    return Explanation(
        price_id=price.price_id,
        price_name=price.name,
        currency_code=charge.currency_code,
        steps=tuple(calculation.steps),
        sentences=tuple(_sentences(charge, price, calculation.steps, around)),
        changed_since=around.since.changed,
    )


def units_covered(charge: UsageCharged) -> tuple[Debit, ...]:
    """What allowances paid of a charge, in burn order."""
    return tuple(debit for debit in charge.debits if debit.unit != charge.currency_code)


def _unit_steps(
    calculation: Calculation,
    charge: UsageCharged,
    price: Price,
    covered: tuple[Debit, ...],
    around: Surroundings,
) -> None:
    calculation.note(StepKind.INCREMENTS, _rounding_words(charge, price), charge.rated_units, charge.unit)
    for debit in covered:
        which = "All" if debit.amount == charge.rated_units else f"{debit.amount:,}"
        calculation.note(
            StepKind.ALLOWANCE,
            f"{which} of them came from the allowance '{around.bucket(debit.bucket_id)}'.",
            debit.amount,
            debit.unit,
        )


def _rounding_words(charge: UsageCharged, price: Price) -> str:
    rated = count_words(charge.rated_units, charge.unit, charge.currency_code)
    if charge.concurrency:
        peak = charge.paid_units_before + charge.rated_units
        return f"{charge.rated_units:,} more at a time than before in the month; the peak is now {peak:,}."
    if charge.rated_units == charge.used_units:
        return f"Counted as reported: {rated}."
    steps = increments_words(price.increments, charge.unit)
    if charge.used_units_before:
        before = count_words(charge.used_units_before, charge.unit, charge.currency_code)
        return f"With {before} used before, {rated} more count, {steps}."
    return f"Rounded up to {rated}, {steps}."


def _sentences(charge: UsageCharged, price: Price, steps: list[Step], around: Surroundings) -> list[str]:
    said = [_what(charge, around), _which_price(charge, price)]
    if charge.paid_units_before and not charge.concurrency and not _linear(price):
        said.append(_before(charge, price, around))
    said += [step.text for step in steps]
    said += _payment(charge, around)
    said += _remarks(charge)
    return said + since_sentences(around.since, charge.amount, charge.currency_code)


def _what(charge: UsageCharged, around: Surroundings) -> str:
    name = around.rating_group.replace("-", " ").capitalize() or f"Rating group {charge.rating_group}"
    units = units_words(charge.used_units, charge.unit, charge.currency_code)
    if charge.concurrency:
        units = f"{charge.concurrency} at a time"
    when = moment_words(charge.used_from, around.time_zone)
    where = f"{_where(charge)} (subscriber's clock, {around.time_zone})"
    return f"{name}, {units} on {when}{where}."


def _where(charge: UsageCharged) -> str:
    under = charge.circumstances
    zone = f" in zone {under.zone}" if under.zone else ""
    told = ((_KIND_WORDS.get(kind, kind.replace("_", " ")), getattr(under, kind)) for kind in _KINDS)
    return zone + "".join(f", {kind} {code}" for kind, code in told if code)


def _which_price(charge: UsageCharged, price: Price) -> str:
    named = f" '{price.name}'" if price.name else ""
    words = price_words(price, charge.unit, charge.currency_code)
    return f"Price {price.price_id}{named} of catalog version {price.version}: {words}."


def _linear(price: Price) -> bool:
    """True where it does not matter how much was used before."""
    return isinstance(price.model, PerUnit) and price.minimum is None and price.maximum is None


def _before(charge: UsageCharged, price: Price, around: Surroundings) -> str:
    units = units_words(charge.paid_units_before, charge.unit, charge.currency_code)
    if price.monthly:
        month = month_words(charge.used_from, around.time_zone)
        return f"You had paid for {units} before this in {month}."
    return f"You had paid for {units} before this in the same use."


def _payment(charge: UsageCharged, around: Surroundings) -> list[str]:
    said = []
    money = [debit for debit in charge.debits if debit.unit == charge.currency_code]
    if len(money) == 1:
        said.append(f"Paid from '{around.bucket(money[0].bucket_id)}'.")
    elif money:
        parts = (
            f"{money_words(debit.amount, debit.unit)} from '{around.bucket(debit.bucket_id)}'"
            for debit in money
        )
        said.append(f"Paid: {', '.join(parts)}.")
    if charge.overdrawn:
        said.append(
            f"No balance covered {money_words(charge.overdrawn, charge.currency_code)} of it; that is owed."
        )
    return said


def _remarks(charge: UsageCharged) -> list[str]:
    said = []
    if charge.offline:
        said.append("It was charged as reported, without quota.")
    if charge.late:
        said.append("It was reported late: after the session had expired, or out of order.")
    if charge.outcome is not None:
        evidence = f", evidence at {charge.outcome.evidence_uri}" if charge.outcome.evidence_uri else ""
        when = " It was provisional when it was charged." if charge.outcome.provisional else ""
        said.append(f"It is for the outcome {charge.outcome.outcome_id}{evidence}.{when}")
    if charge.application_service_provider_identity:
        said.append(f"The application was of {charge.application_service_provider_identity}.")
    if charge.sponsor_identity:
        said.append(f"It was sponsored by {charge.sponsor_identity}.")
    return said
