"""Compares what a worked example expects with what charging's rating computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.catalog.domain.examples import Expected, ExpectedFees, WorkedExample
from services.catalog.domain.findings import Finding, FindingReason, error
from services.common.kernel.money import Currency, Money


@dataclass(frozen=True, slots=True)
class Computed:
    """What one usage of an example came to. `refusal` '' where it was rated."""

    amount_minor_micros: int
    from_allowance_units: int
    unit: str
    refusal: str = ""
    tax_minor_micros: int = 0


def example_findings(example: WorkedExample, computed: Sequence[Computed], of: Currency) -> Iterator[Finding]:
    """EXAMPLE_DIFFERS for each expectation that is not met; EXAMPLE_CHECKS_NOTHING where there is none."""
    here = f"examples.{example.code}"
    silent = all(usage.expected.says_nothing for usage in example.usages)
    if example.total_minor_micros is None and example.fees is None and silent:
        yield error(
            FindingReason.EXAMPLE_CHECKS_NOTHING,
            here,
            "it expects nothing; add `amount`, `from_allowance`, `refusal`, `total` or `fees`",
        )
    for index, (usage, result) in enumerate(zip(example.usages, computed, strict=True)):
        yield from _usage(usage.expected, result, of, f"{here}.usage.{index}")
    total = sum(result.amount_minor_micros for result in computed)
    yield from _money(example.total_minor_micros, total, of, f"{here}.total.amount")
    tax = sum(result.tax_minor_micros for result in computed)
    yield from _money(example.total_tax_minor_micros, tax, of, f"{here}.total.tax")


def fee_findings(expected: ExpectedFees, total: int, tax: int, here: str, of: Currency) -> Iterator[Finding]:
    """EXAMPLE_DIFFERS where having the offerings costs something else, in minor_micros."""
    yield from _money(expected.total_minor_micros, total, of, f"{here}.fees.total")
    yield from _money(expected.tax_minor_micros, tax, of, f"{here}.fees.tax")


def _usage(expected: Expected, result: Computed, of: Currency, here: str) -> Iterator[Finding]:
    if result.refusal:
        if expected.refusal is None and not expected.says_nothing:
            yield _differs(here, "a price", f"refused: {result.refusal}")
        elif expected.refusal is not None and expected.refusal not in result.refusal:
            yield _differs(f"{here}.refusal", expected.refusal, result.refusal)
        return
    if expected.refusal is not None:
        shown = f"rated at {Money(result.amount_minor_micros, of)}"
        yield _differs(f"{here}.refusal", f"refused: {expected.refusal}", shown)
    yield from _money(expected.amount_minor_micros, result.amount_minor_micros, of, f"{here}.amount")
    yield from _money(expected.tax_minor_micros, result.tax_minor_micros, of, f"{here}.tax")
    units = expected.from_allowance_units
    if units is not None and units != result.from_allowance_units:
        yield _differs(
            f"{here}.from_allowance",
            f"{units} {result.unit}",
            f"{result.from_allowance_units} {result.unit}",
        )


def _money(expected: int | None, computed: int, of: Currency, field: str) -> Iterator[Finding]:
    if expected is not None and expected != computed:
        yield _differs(field, str(Money(expected, of)), str(Money(computed, of)))


def _differs(field: str, expected: str, computed: str) -> Finding:
    return error(
        FindingReason.EXAMPLE_DIFFERS,
        field,
        f"expected {expected}, computed {computed}; correct the price or the example",
    )
