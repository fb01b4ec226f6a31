"""Revenue by product: what the chart shows."""

from __future__ import annotations

from tidemark.partner_settlement.v1 import statement_pb2

from services.partner_settlement.adapters.documents.revenue import OTHERS, revenue_by_product
from tests.support.statements import CENT, share_line


def test_two_steps_of_the_same_revenue_count_it_once_and_both_shares() -> None:
    lines = [share_line(1_200 * CENT, 30), share_line(1_200 * CENT, 10, step_code="bonus")]
    (product,) = revenue_by_product(lines, "EUR").products
    assert (product.product, product.revenue_minor_micros, product.share_minor) == (
        "music-bundle",
        1_200 * CENT,
        400,
    )


def test_products_are_in_order_of_size_and_the_smallest_are_put_together() -> None:
    lines = [share_line(100 * number * CENT, offering_code=f"o-{number}") for number in range(1, 15)]
    revenue = revenue_by_product(lines, "EUR")
    assert len(revenue.products) == 10
    assert revenue.products[0].product == "o-14"
    assert revenue.products[-1].product == f"{OTHERS} (5)"
    assert sum(each.revenue_minor_micros for each in revenue.products) == sum(
        line.gross_minor_micros for line in lines
    )


def test_refunds_and_adjustments_lower_what_a_product_brought() -> None:
    lines = [
        share_line(1_000 * CENT),
        share_line(-100 * CENT, kind=statement_pb2.LINE_KIND_ADJUSTMENT, home_period="2026-10"),
        share_line(5 * CENT, currency_code="CHF"),
    ]
    (product,) = revenue_by_product(lines, "EUR").products
    assert product.revenue_minor_micros == 900 * CENT


def test_where_customers_paid_nothing_the_basis_is_shown() -> None:
    line = share_line(0, kind=statement_pb2.LINE_KIND_SPONSORED, basis_minor_micros=70 * CENT)
    revenue = revenue_by_product([line], "EUR")
    assert revenue.of_basis
    assert revenue.products[0].revenue_minor_micros == 70 * CENT
    assert not revenue_by_product([], "EUR").products
