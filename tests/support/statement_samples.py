"""A statement with every kind of line, and one of any length."""

from __future__ import annotations

from typing import Any

from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

from tests.support.statements import CENT, share_line, statement


def plain_line(
    kind: statement_pb2.LineKind.ValueType, share_minor: int, rate: str = "", **more: Any
) -> statement_pb2.StatementLine:
    """A line without a chain: a fixed fee, a guarantee, a carry-forward, the outcome of a dispute."""
    values: dict[str, Any] = {
        "kind": kind,
        "agreement_code": "music-share",
        "agreement_version": 2,
        "agreement_reference": "MEL-2026/04",
        "term_code": "streams",
        "home_period": "2026-11",
        "currency_code": "EUR",
        "rate": rate,
        "share_minor": share_minor,
        "net_minor": share_minor,
        "ledger_account": "payable:melody",
    }
    return statement_pb2.StatementLine(**(values | more))


def usage_lines() -> list[statement_pb2.StatementLine]:
    """Shares of several products, a refund among them."""
    return [
        share_line(1_234_567 * CENT + 891_234),
        share_line(
            345_678 * CENT + 500_000, offering_code="music-pass", price_code="day", rate="tier 2: 30 %"
        ),
        share_line(
            89_900 * CENT,
            offering_code="family-postpaid",
            price_code="monthly",
            record_kind=agreement_pb2.RECORD_KIND_FEE,
            unit="records",
            quantity=42,
            rating_group=0,
        ),
        share_line(
            45_001 * CENT + 7,
            offering_code="car-radio",
            price_code="minutes",
            unit="seconds",
            quantity=1_234_567,
            slice="vehicles",
            application="melody-auto",
        ),
        share_line(
            -12_345 * CENT,
            record_kind=agreement_pb2.RECORD_KIND_REFUND,
            quantity=-5 * 10**9,
            records=3,
        ),
    ]


def opening_line(
    kind: statement_pb2.LineKind.ValueType, net_minor: int, text: str, **more: Any
) -> statement_pb2.StatementLine:
    """Something between statements, which is no share."""
    values: dict[str, Any] = {"currency_code": "EUR", "ledger_account": "payable:melody"}
    return statement_pb2.StatementLine(kind=kind, net_minor=net_minor, text=text, **(values | more))


def full_statement(**header: Any) -> statement_pb2.Statement:
    """A line of every kind, two currencies."""
    earlier: dict[str, Any] = {"refers_to_statement_id": "melody/2026-10/1", "refers_to_line": 3}
    exchange: dict[str, Any] = {"exchange_rate": "0.9321", "exchange_date": "2026-11-30"}
    lines = [
        opening_line(statement_pb2.LINE_KIND_CARRIED_FORWARD, 1_250, "balance not paid out", **earlier),
        opening_line(statement_pb2.LINE_KIND_DISPUTE, -7_500, "held back while in dispute", **earlier),
        *usage_lines(),
        share_line(
            0,
            kind=statement_pb2.LINE_KIND_SPONSORED,
            sponsor="melody",
            basis_minor_micros=99_000 * CENT,
            exact_share_minor="-99000",
            share_minor=-99_000,
            partner_tax_minor=-19_800,
            net_minor=-118_800,
            rate="what it sponsors",
        ),
        plain_line(statement_pb2.LINE_KIND_FIXED_FEE, 50_000, "fixed", step_code="platform-fee"),
        plain_line(statement_pb2.LINE_KIND_GUARANTEE, 12_000, "at least 4,500.00 EUR", step_code="minimum"),
        share_line(10_000 * CENT, kind=statement_pb2.LINE_KIND_BORNE, net_minor=0, partner_tax_minor=0),
        share_line(
            -2_500 * CENT - 333_333,
            kind=statement_pb2.LINE_KIND_ADJUSTMENT,
            record_kind=agreement_pb2.RECORD_KIND_CORRECTION,
            home_period="2026-10",
            **earlier,
        ),
        opening_line(statement_pb2.LINE_KIND_EXCHANGE, 21_531, "", **exchange),
        share_line(77_000 * CENT, currency_code="CHF", offering_code="music-bundle-ch"),
        opening_line(statement_pb2.LINE_KIND_EXCHANGE, -23_100, "", currency_code="CHF", **exchange),
    ]
    return statement(lines, held={"EUR": 7_500}, carried_forward={"EUR": 50}, **header)


def long_statement(lines: int) -> statement_pb2.Statement:
    """Many lines of many products."""
    return statement(
        [
            share_line(
                (1_000 + 37 * number) * CENT + number * 991,
                20 + number % 15,
                offering_code=f"offering-{number % 23}",
                price_code=f"price-{number % 7}-with-a-rather-long-code",
                rating_group=200 + number % 9,
            )
            for number in range(lines)
        ]
    )
