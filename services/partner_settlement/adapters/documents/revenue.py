"""What a period brought, product by product: the figures of the chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidemark.partner_settlement.v1 import statement_pb2

_OF_REVENUE = frozenset({statement_pb2.LINE_KIND_SHARE, statement_pb2.LINE_KIND_ADJUSTMENT})
_OF_BASIS = _OF_REVENUE | {statement_pb2.LINE_KIND_SPONSORED, statement_pb2.LINE_KIND_BORNE}
_PRODUCT_FIELDS = (
    "offering_code",
    "price_code",
    "catalog_version",
    "rating_group",
    "slice",
    "application",
    "sponsor",
    "unit",
)
MOST_PRODUCTS = 10
OTHERS = "all others"


@dataclass(frozen=True, slots=True)
class ProductRevenue:
    """What one product brought (minor_micros) and what of it is the party's share (minor units)."""

    product: str
    revenue_minor_micros: int
    share_minor: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """Of one currency, greatest first. `of_basis`: customers paid nothing, so the basis is shown instead."""

    products: tuple[ProductRevenue, ...]
    of_basis: bool


def revenue_by_product(lines: Iterable[statement_pb2.StatementLine], currency_code: str) -> Revenue:
    """Sums over the lines of one currency; beyond ten products the smallest are put together.

    Several steps that share in the same revenue show it on a line each; here it counts once.
    """
    mine = [line for line in lines if line.currency_code == currency_code]
    counted = [line for line in mine if line.kind in _OF_REVENUE]
    of_basis = not any(line.gross_minor_micros for line in counted)
    if of_basis:
        counted = [line for line in mine if line.kind in _OF_BASIS]
    amounts: dict[tuple[object, ...], int] = {}
    shares: dict[str, int] = {}
    for line in counted:
        amount = line.basis_minor_micros if of_basis else line.gross_minor_micros
        key = (product_of(line), *_source(line))
        if abs(amount) >= abs(amounts.get(key, 0)):
            amounts[key] = amount
        shares[product_of(line)] = shares.get(product_of(line), 0) + line.share_minor
    revenue = dict.fromkeys(shares, 0)
    for key, amount in amounts.items():
        revenue[str(key[0])] += amount
    found = [
        ProductRevenue(product, amount, shares[product]) for product, amount in revenue.items() if amount
    ]
    found.sort(key=lambda each: (-abs(each.revenue_minor_micros), each.product))
    return Revenue(tuple(_few(found)), of_basis)


def product_of(line: statement_pb2.StatementLine) -> str:
    """What people call it: offering, else application, slice, sponsor, else the term that covers it."""
    codes = (line.offering_code, line.application, line.slice, line.sponsor)
    return next((code for code in codes if code), f"{line.agreement_code} {line.term_code}".strip())


def _source(line: statement_pb2.StatementLine) -> tuple[object, ...]:
    """What revenue a line is about. One without a product is about its term's."""
    product = tuple(getattr(line, name) for name in _PRODUCT_FIELDS)
    about = (line.kind, line.record_kind, line.home_period, line.refers_to_statement_id)
    return (*about, *product) if any(product) else (*about, line.agreement_code, line.term_code)


def _few(found: list[ProductRevenue]) -> list[ProductRevenue]:
    if len(found) <= MOST_PRODUCTS:
        return found
    rest = found[MOST_PRODUCTS - 1 :]
    others = ProductRevenue(
        f"{OTHERS} ({len(rest)})",
        sum(each.revenue_minor_micros for each in rest),
        sum(each.share_minor for each in rest),
    )
    return [*found[: MOST_PRODUCTS - 1], others]
