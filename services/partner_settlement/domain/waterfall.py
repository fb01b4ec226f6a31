"""One term of an agreement for one period and currency: who gets how much of what it brought.

Steps run in order on exact fractions. What each recipient gets in all is then rounded once, for the
period, so that the recipients sum to what there is to share; a recipient's total is finally spread over
its lines (step and product) by the same rule. Nothing is ever rounded for a single record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.common.kernel.ratio import round_half_even
from services.partner_settlement.domain.agreements import (
    OPERATOR,
    Funding,
    Recipient,
    RecipientKind,
    RecordKind,
    Term,
)
from services.partner_settlement.domain.apportion import apportion
from services.partner_settlement.domain.bases import basis_of, net_of_tax
from services.partner_settlement.domain.records import InputRow, Product
from services.partner_settlement.domain.steps import Flow, Taken, take

OPERATOR_STEP = "operator"
"""Step code of what no step took."""
SPONSOR_STEP = "sponsor"
"""Step code of what a sponsor owes."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one step gives one recipient for one product (None: for none in particular).

    `basis` is the product's, `exact` the share before rounding; both in minor units.
    """

    recipient: Recipient
    step_code: str
    product: Product | None
    rate: str
    basis: Fraction
    exact: Fraction
    share_minor: int


@dataclass(frozen=True, slots=True)
class TermResult:
    """Cells other than OWE sum to `distributable_minor`; those sum to its negative, or there are none."""

    term: Term
    currency_code: str
    rows: tuple[InputRow, ...]
    distributable_minor: int
    net_revenue_minor: int
    """What customers paid for the rows, less tax; rounded once."""
    cells: tuple[Cell, ...]
    impossible: str = ""
    """Why this cannot be right; '' where it can."""


MORE_GIVEN_BACK = "MORE_GIVEN_BACK_THAN_CHARGED"


@dataclass(slots=True)
class _Exact:
    """A cell before rounding."""

    recipient: Recipient
    step_code: str
    product: Product | None
    rate: str
    basis: Fraction
    exact: Fraction


def settle_term(term: Term, rows: Sequence[InputRow], currency_code: str, key: str) -> TermResult:
    """Settles rows of one currency. `key` names agreement and period: by it, ties rotate.

    Raises ValueError for a row of another currency.
    """
    for row in rows:
        if row.product.currency_code != currency_code:
            raise ValueError(f"a row in {row.product.currency_code} among those in {currency_code}")
    flow = Flow(tuple(rows), tuple(basis_of(term.basis, rows, currency_code)), currency_code)
    exact = list(_exact_cells(term, flow))
    distributable = _rounded(flow.total)
    cells = _rounded_cells(exact, distributable, f"{key}/{term.code}/{currency_code}")
    if term.funding is Funding.SPONSOR:
        cells += _owed(term, flow, distributable, f"{key}/{term.code}/{currency_code}/owed")
    net = _rounded(sum((net_of_tax(row) for row in rows), Fraction(0)))
    impossible = MORE_GIVEN_BACK if flow.total < 0 and not _gives_back_only(term) else ""
    return TermResult(term, currency_code, tuple(rows), distributable, net, tuple(cells), impossible)


def _gives_back_only(term: Term) -> bool:
    """True for a term that was agreed on for refunds and corrections: below zero is what it is for."""
    return bool(term.covers.kinds) and term.covers.kinds <= {RecordKind.REFUND, RecordKind.CORRECTION}


def _exact_cells(term: Term, flow: Flow) -> Iterator[_Exact]:
    for step in term.waterfall:
        for taken in take(step, flow):
            flow.given(taken)
            yield from _spread(step.code, taken, flow)
    if flow.remaining:
        yield _Exact(OPERATOR, OPERATOR_STEP, None, "what is left", flow.total, flow.remaining)


def _spread(step_code: str, taken: Taken, flow: Flow) -> Iterator[_Exact]:
    """A step's amount over the products that it comes from, in proportion to its weights.

    Where these cancel out (everything was refunded), each product still shows its part. A step by the unit
    shows no product that has none of its units: kilometres are no line for litres.
    """
    total = sum(taken.weights, Fraction(0))
    if not taken.weights or taken.to == OPERATOR or (total == 0 and taken.amount):
        basis = flow.total if taken.of_basis else Fraction(0)
        yield _Exact(taken.to, step_code, None, taken.rate, basis, taken.amount)
        return
    factor = taken.amount / total if total else taken.ratio
    for row, basis, weight in zip(flow.rows, flow.basis, taken.weights, strict=True):
        if weight or (basis and taken.of_basis):
            yield _Exact(taken.to, step_code, row.product, taken.rate, basis, factor * weight)


def _rounded_cells(exact: Sequence[_Exact], distributable: int, key: str) -> list[Cell]:
    """Recipients first, then each recipient's cells."""
    by_recipient: dict[Recipient, list[_Exact]] = {}
    for cell in exact:
        by_recipient.setdefault(cell.recipient, []).append(cell)
    recipients = list(by_recipient)
    sums = [sum((cell.exact for cell in by_recipient[to]), Fraction(0)) for to in recipients]
    totals = apportion(distributable, sums, [f"{key}/{to.key}" for to in recipients])
    cells: list[Cell] = []
    for to, total in zip(recipients, totals, strict=True):
        cells += _rounded_for(by_recipient[to], total, f"{key}/{to.key}")
    return cells


def _rounded_for(exact: Sequence[_Exact], total: int, key: str) -> list[Cell]:
    shares = apportion(
        total,
        [cell.exact for cell in exact],
        [f"{key}/{cell.step_code}/{product_key(cell.product)}" for cell in exact],
    )
    return [
        Cell(cell.recipient, cell.step_code, cell.product, cell.rate, cell.basis, cell.exact, share)
        for cell, share in zip(exact, shares, strict=True)
    ]


def _owed(term: Term, flow: Flow, distributable: int, key: str) -> list[Cell]:
    """What the sponsor owes: all there is to share, product by product."""
    sponsor = Recipient(term.funded_by_party, RecipientKind.OWE)
    exact = [
        _Exact(sponsor, SPONSOR_STEP, row.product, "what it sponsors", basis, -basis)
        for row, basis in zip(flow.rows, flow.basis, strict=True)
    ]
    return _rounded_for(exact, -distributable, key) if exact else []


def product_key(product: Product | None) -> str:
    """A product as one line of text; '' for none in particular."""
    if product is None:
        return ""
    return "|".join(str(getattr(product, name)) for name in Product.__slots__)


def _rounded(amount: Fraction) -> int:
    return round_half_even(amount.numerator, amount.denominator)
