"""Statements as partner settlement makes them, built by hand: figures that add up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

CENT = 1_000_000
NOVEMBER = (Timestamp(seconds=1_793_487_600), Timestamp(seconds=1_796_079_600))


def party(code: str = "melody", **more: Any) -> agreement_pb2.Party:
    """A music service in Vienna."""
    values: dict[str, Any] = {
        "name": "Melody Musikdienste GmbH & Co. KG",
        "roles": ["music-service"],
        "address_lines": ["Währinger Straße 12/4", "1090 Wien", "Österreich"],
        "tax_number": "ATU12345678",
        "tax_percent": "20",
        "withholding_percent": "0",
    }
    return agreement_pb2.Party(code=code, **(values | more))


def share_line(
    gross_minor_micros: int,
    percent: int = 30,
    *,
    kind: statement_pb2.LineKind.ValueType = statement_pb2.LINE_KIND_SHARE,
    tax_percent: int = 20,
    withholding_percent: int = 0,
    **more: Any,
) -> statement_pb2.StatementLine:
    """A share of what customers paid, less a fifth of tax; every figure follows from the gross."""
    tax = gross_minor_micros // 6
    basis = gross_minor_micros - tax
    exact = Fraction(basis * percent, 100 * CENT)
    share = round(exact)
    partner_tax = round(Fraction(share * tax_percent, 100))
    withholding = round(Fraction(share * withholding_percent, 100))
    values: dict[str, Any] = {
        "kind": kind,
        "agreement_code": "music-share",
        "agreement_version": 2,
        "agreement_reference": "MEL-2026/04",
        "term_code": "streams",
        "step_code": "melody-share",
        "home_period": "2026-11",
        "record_kind": agreement_pb2.RECORD_KIND_USAGE,
        "offering_code": "music-bundle",
        "price_code": "music-data",
        "catalog_version": 7,
        "rating_group": 201,
        "unit": "octets",
        "quantity": 4_711 * 10**9 + 123,
        "records": 1_311,
        "currency_code": "EUR",
        "gross_minor_micros": gross_minor_micros,
        "tax_minor_micros": tax,
        "basis_minor_micros": basis,
        "rate": f"{percent} %",
        "exact_share_minor": str(exact),
        "share_minor": share,
        "remainder_minor": remainder_text(share - exact),
        "partner_tax_minor": partner_tax,
        "withholding_minor": withholding,
        "net_minor": share + partner_tax - withholding,
        "usage_batch": "0:17-4711",
        "ledger_account": "payable:melody",
    }
    return statement_pb2.StatementLine(**(values | more))


def remainder_text(value: Fraction) -> str:
    """At most six places, `…` where it goes on."""
    scaled, rest = divmod(abs(value.numerator) * 10**6, value.denominator)
    text = f"{scaled // 10**6}.{scaled % 10**6:06}"
    return ("-" if value < 0 else "") + (f"{text}…" if rest else text.rstrip("0").rstrip("."))


def statement(
    lines: Sequence[statement_pb2.StatementLine] = (),
    *,
    held: Mapping[str, int] = MappingProxyType({}),
    carried_forward: Mapping[str, int] = MappingProxyType({}),
    **header: Any,
) -> statement_pb2.Statement:
    """A final statement of these lines. `held` and `carried_forward`: minor units by currency."""
    values: dict[str, Any] = {
        "statement_id": "melody/2026-11/1",
        "state": statement_pb2.STATEMENT_STATE_FINAL,
        "party": party(),
        "period": "2026-11",
        "revision": 1,
        "run_id": "run-2026-11-1",
        "sequence_number": 7,
        "period_from": NOVEMBER[0],
        "period_until": NOVEMBER[1],
        "frozen_at": Timestamp(seconds=NOVEMBER[1].seconds + 3_600),
        "closed_at": Timestamp(seconds=NOVEMBER[1].seconds + 7_200),
        "record_set_sha256": hashlib.sha256(b"november").digest(),
        "record_count": sum(line.records for line in lines),
        "remainder_rule": "largest-remainder/1",
        "operator_name": "Tidemark Mobile AG",
    }
    made = statement_pb2.Statement(header=statement_pb2.StatementHeader(**(values | header)))
    for number, line in enumerate(lines, start=1):
        made.lines.add().CopyFrom(line)
        made.lines[-1].number = number
    made.totals.extend(_totals(made.lines, held, carried_forward))
    made.footer.line_count = len(lines)
    made.footer.content_sha256 = hashlib.sha256(made.SerializeToString(deterministic=True)).digest()
    return made


def _totals(
    lines: Iterable[statement_pb2.StatementLine], held: Mapping[str, int], carried: Mapping[str, int]
) -> list[statement_pb2.StatementTotal]:
    totals: dict[str, statement_pb2.StatementTotal] = {}
    for line in lines:
        code = line.currency_code
        total = totals.setdefault(code, statement_pb2.StatementTotal(currency_code=code))
        total.lines += 1
        total.share_minor += 0 if line.kind == statement_pb2.LINE_KIND_BORNE else line.share_minor
        total.partner_tax_minor += line.partner_tax_minor
        total.withholding_minor += line.withholding_minor
        total.net_minor += line.net_minor
    for code, total in totals.items():
        total.held_minor, total.carried_forward_minor = held.get(code, 0), carried.get(code, 0)
        total.payable_minor = total.net_minor - total.carried_forward_minor
        total.payout_id = f"melody/2026-11/1/{code}" if total.payable_minor else ""
    return [totals[code] for code in sorted(totals)]
