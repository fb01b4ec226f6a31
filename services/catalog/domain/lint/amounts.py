"""Whether amounts can be charged, in every currency in which they are given."""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.domain.amounts import Amount
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.findings import Finding, FindingReason, error, warning
from services.catalog.domain.offerings import Offering
from services.common.kernel.money import MAX_MINOR_MICROS, Currency, currency, parse_decimal

_CHARGED_AS_IT_IS = ("flat.amount", "package.amount", "minimum", "maximum")
"""Places of amounts that are not a rate for many units, and so have to be exact."""

_LISTED = 3


def amount_findings(catalog: Catalog) -> Iterator[Finding]:
    """Negative, too fine and too large amounts; currencies in which an offering is sold in part, or not."""
    if any(low.minor_micros < 0 for low in catalog.low_balances):
        yield error(
            FindingReason.AMOUNT_NEGATIVE, "low_balance_threshold", "prepaid money does not fall below 0.00"
        )
    for offering in catalog.offerings:
        here = f"offerings.{offering.code}"
        for place, amount in offering.amounts():
            exact = place.startswith("fees.") or place.endswith(_CHARGED_AS_IT_IS)
            yield from _amount(catalog, amount, f"{here}.{place}", exact)
        yield from _incomplete(catalog, offering, here)
    yield from _not_sold(catalog)
    yield from _counters(catalog)


def _counters(catalog: Catalog) -> Iterator[Finding]:
    for counter in catalog.counters:
        for place, mark in counter.marks():
            if isinstance(mark, Amount):
                field = f"counters.{counter.code}.{place}.amount"
                yield from _amount(catalog, mark, field, exact=True)
                for code in catalog.other_currency_codes:
                    if mark.in_other(code) is None:
                        yield error(
                            FindingReason.CURRENCY_INCOMPLETE,
                            field,
                            f"accounts in {code} are counted too; add the amount in {code}",
                        )


def _amount(catalog: Catalog, amount: Amount, field: str, exact: bool) -> Iterator[Finding]:
    yield from _decimal(amount.decimal, catalog.currency_code, field, exact)
    for other in amount.others:
        yield from _decimal(other.decimal, other.currency_code, field, exact)


def _decimal(text: str, currency_code: str, field: str, exact: bool) -> Iterator[Finding]:
    numerator, denominator = parse_decimal(text)
    if numerator < 0:
        yield error(
            FindingReason.AMOUNT_NEGATIVE,
            field,
            f"{text} is negative; a price is 0 or more (or `free: true`)",
        )
    money = known_currency(currency_code)
    if money is None:
        return
    micros, rest = divmod(numerator * money.micros_per_unit, denominator)
    if exact and rest:
        yield error(
            FindingReason.AMOUNT_TOO_FINE,
            field,
            f"{text} is finer than a millionth of a minor unit of {money.code}; write fewer digits",
        )
    if micros > MAX_MINOR_MICROS:
        yield error(FindingReason.AMOUNT_INVALID, field, f"{text} is more than a balance can hold")


def _incomplete(catalog: Catalog, offering: Offering, here: str) -> Iterator[Finding]:
    amounts = list(offering.amounts())
    for code in catalog.other_currency_codes:
        missing = [place for place, amount in amounts if amount.in_other(code) is None]
        if 0 < len(missing) < len(amounts):
            yield error(
                FindingReason.CURRENCY_INCOMPLETE,
                f"{here}.{missing[0]}",
                f"some amounts are given in {code} and this is not; give all of them, or none",
            )


def _not_sold(catalog: Catalog) -> Iterator[Finding]:
    """One warning for each currency, whatever the number of offerings."""
    for code in catalog.other_currency_codes:
        without = [
            offering.code
            for offering in catalog.offerings
            if (amounts := [amount for _, amount in offering.amounts()])
            and all(amount.in_other(code) is None for amount in amounts)
        ]
        if without:
            more = f" and {len(without) - _LISTED} more" if len(without) > _LISTED else ""
            yield warning(
                FindingReason.CURRENCY_NOT_SOLD,
                "currencies",
                f"not sold in {code}, as no amount is given in it: {', '.join(without[:_LISTED])}{more}",
            )


def known_currency(code: str) -> Currency | None:
    """The currency; None for an unknown one, which is reported by itself."""
    try:
        return currency(code)
    except ValueError:
        return None
