"""Into which part of the statement a line belongs, and what it is called there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidemark.partner_settlement.v1 import agreement_pb2, statement_pb2

_CHANGES = frozenset({agreement_pb2.RECORD_KIND_REFUND, agreement_pb2.RECORD_KIND_CORRECTION})
_ADJUSTMENTS = "Adjustments, refunds and corrections"
_FEES = "Fixed fees and guarantees"
_TITLES = {
    statement_pb2.LINE_KIND_CARRIED_FORWARD: "Carried forward from earlier statements",
    statement_pb2.LINE_KIND_DISPUTE: "Disputes",
    statement_pb2.LINE_KIND_SHARE: "Shares",
    statement_pb2.LINE_KIND_SPONSORED: "Sponsored usage, owed by the party",
    statement_pb2.LINE_KIND_FIXED_FEE: _FEES,
    statement_pb2.LINE_KIND_GUARANTEE: _FEES,
    statement_pb2.LINE_KIND_BORNE: "Borne by the party: shown, not paid",
    statement_pb2.LINE_KIND_ADJUSTMENT: _ADJUSTMENTS,
    statement_pb2.LINE_KIND_EXCHANGE: "Currency exchange",
}
_NAMES = {
    statement_pb2.LINE_KIND_FIXED_FEE: "Fixed fee",
    statement_pb2.LINE_KIND_GUARANTEE: "Minimum guarantee",
    statement_pb2.LINE_KIND_CARRIED_FORWARD: "Balance carried forward",
    statement_pb2.LINE_KIND_DISPUTE: "Dispute",
    statement_pb2.LINE_KIND_EXCHANGE: "Exchange",
}
_OTHERS = "Other lines"
_ORDER = (*dict.fromkeys(_TITLES.values()), _OTHERS)


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one part and one currency, in their order."""

    title: str
    currency_code: str
    lines: tuple[statement_pb2.StatementLine, ...]


def sections_of(lines: Iterable[statement_pb2.StatementLine]) -> Iterator[Section]:
    """The parts that have lines, in the order in which statements number them."""
    found: dict[tuple[str, str], list[statement_pb2.StatementLine]] = {}
    for line in lines:
        found.setdefault((_title(line), line.currency_code), []).append(line)
    for title, code in sorted(found, key=lambda key: (_ORDER.index(key[0]), key[1])):
        yield Section(title, code, tuple(found[title, code]))


def name_of(line: statement_pb2.StatementLine) -> str:
    """What a line is about: what was sold, else what kind of line it is."""
    sold = " · ".join(filter(None, (line.offering_code, line.price_code)))
    about = sold or line.application or line.slice or line.sponsor
    kind = _NAMES.get(line.kind, "")
    return f"{kind}: {about}" if kind and about else kind or about or line.term_code or "Share"


def details_of(line: statement_pb2.StatementLine) -> Iterator[str]:
    """By what agreement, and where it comes from: one text for each row of small print."""
    version = f" v{line.agreement_version}" if line.agreement_version else ""
    rule = "/".join(filter(None, (line.term_code, line.step_code)))
    yield _joined(f"{line.agreement_code}{version}".strip(), rule, line.agreement_reference)
    change = line.record_kind in _CHANGES or line.record_kind == agreement_pb2.RECORD_KIND_REDEMPTION
    yield _joined(
        agreement_pb2.RecordKind.Name(line.record_kind).removeprefix("RECORD_KIND_").lower()
        if change
        else "",
        f"rating group {line.rating_group}" if line.rating_group else "",
        f"catalog v{line.catalog_version}" if line.catalog_version else "",
        f"slice {line.slice}" if line.slice else "",
        f"application {line.application}" if line.application else "",
        f"sponsor {line.sponsor}" if line.sponsor else "",
        f"records {line.usage_batch}" if line.usage_batch else "",
        "an estimate" if line.estimated else "",
    )
    exchange = f"at {line.exchange_rate} of {line.exchange_date}" if line.exchange_rate else ""
    yield _joined(line.text, exchange)


def reference_of(line: statement_pb2.StatementLine) -> str:
    """`usage of 2026-10, refers to melody/2026-10/1 line 3`; '' for a line that is of this statement only."""
    if not line.refers_to_statement_id:
        return ""
    number = f" line {line.refers_to_line}" if line.refers_to_line else ""
    of = f"for {line.home_period}, " if line.home_period else ""
    return f"{of}refers to {line.refers_to_statement_id}{number}"


def _title(line: statement_pb2.StatementLine) -> str:
    if line.kind == statement_pb2.LINE_KIND_SHARE and line.record_kind in _CHANGES:
        return _ADJUSTMENTS
    return _TITLES.get(line.kind, _OTHERS)


def _joined(*texts: str) -> str:
    return " · ".join(filter(None, texts))
