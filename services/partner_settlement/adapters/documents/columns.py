"""The columns of a statement, in their order: one list for CSV, Parquet and the documentation."""

from __future__ import annotations

from services.common.runtime import columns
from services.common.runtime.columns import AMOUNT, BOOLEAN, INSTANT, INTEGER, TEXT, Column

SCHEMA_VERSION = 1
_RECORD_TYPES = {"h": "header", "l": "line", "t": "total", "f": "footer"}
"""By the letters in `Column.of`."""

_T, _I, _B, _AT, _A = TEXT, INTEGER, BOOLEAN, INSTANT, AMOUNT


def _money(name: str, of: str, meaning: str, unit: str = "minor_micros") -> tuple[Column, Column]:
    same = (
        "the same, in millionths of the minor unit" if unit == "minor_micros" else "the same, in minor units"
    )
    return Column(name, _A, of, meaning), Column(f"{name}_{unit}", _I, of, same)


COLUMNS: tuple[Column, ...] = (
    Column("record_type", _T, "hltf", "header, line, total or footer"),
    Column("statement_id", _T, "hltf", "party, period and revision: melody/2026-11/1"),
    Column("state", _T, "hltf", "final, estimate, draft, parked or superseded"),
    Column("party_code", _T, "hltf", "whom the statement is for"),
    Column("period", _T, "hltf", "period that is settled: 2026-11, 2026-W48, 2026-11-27 or 2026-Q4"),
    Column("revision", _I, "hltf", "of this period's statement, from 1"),
    Column("run_id", _T, "hltf", "settlement run that calculated it"),
    Column("sequence_number", _I, "h", "of the party's final statements, from 1, without a gap"),
    Column("operator_name", _T, "h", "who settles"),
    Column("party_name", _T, "h", "name of the party"),
    Column("party_roles", _T, "h", "what it is in the business, separated by commas"),
    Column("party_address", _T, "h", "its address, lines separated by commas"),
    Column("party_tax_number", _T, "h", "its tax number"),
    Column("party_tax_percent", _T, "h", "added to the share as tax, per cent"),
    Column("party_withholding_percent", _T, "h", "held back from the share for a tax office, per cent"),
    Column("period_from", _AT, "h", "first instant of the period"),
    Column("period_until", _AT, "h", "end of the period, not included"),
    Column("frozen_at", _AT, "h", "everything that was journalled by then was looked at"),
    Column("closed_at", _AT, "h", "when it became final"),
    Column("early", _B, "h", "closed before its period was over"),
    Column("parked_reason", _T, "h", "why it waits for a person"),
    Column("remainder_rule", _T, "h", "how fractions of a minor unit were given out"),
    Column("record_count", _I, "h", "records in the frozen input"),
    Column("record_set_sha256", _T, "h", "digest of the frozen input, hexadecimal"),
    Column("line_number", _I, "l", "from 1 within the statement"),
    Column(
        "line_kind",
        _T,
        "l",
        "share, adjustment, fixed-fee, guarantee, sponsored, borne, carried-forward, dispute or exchange",
    ),
    Column("agreement_code", _T, "l", "agreement"),
    Column("agreement_version", _I, "l", "its version, by which the line was calculated"),
    Column("agreement_reference", _T, "l", "the partner's own reference for it"),
    Column("term_code", _T, "l", "term of the agreement"),
    Column("step_code", _T, "l", "step of the term's waterfall"),
    Column("home_period", _T, "l", "period that the usage belongs to"),
    Column("record_kind", _T, "l", "usage, fee, refund, correction or redemption"),
    Column("offering_code", _T, "l", "offering that was sold"),
    Column("price_code", _T, "l", "price or fee of the offering"),
    Column("catalog_version", _I, "l", "version of the catalog that priced it"),
    Column("rating_group", _I, "l", "rating group"),
    Column("slice", _T, "l", "slice"),
    Column("application", _T, "l", "whose application it was"),
    Column("sponsor", _T, "l", "who sponsored it"),
    Column("usage_batch", _T, "l", "journal records between which the usage lies, per partition"),
    Column("records", _I, "l", "records behind the line"),
    Column("unit", _T, "l", "unit of the quantity"),
    Column("quantity", _I, "l", "units used; signed"),
    Column("currency_code", _T, "ltf", "ISO 4217; none in the last footer"),
    *_money("gross", "l", "what customers paid, tax included; signed"),
    *_money("tax", "l", "tax in it"),
    *_money("excluded", "l", "of the gross, tax apart: not part of the basis"),
    *_money("basis", "l", "what is shared"),
    Column("rate", _T, "l", "rate, tier or fee, in words"),
    Column("exact_share_minor", _T, "l", "share before rounding, a fraction of minor units: 1234567/890"),
    Column("remainder_minor", _T, "l", "share less exact share, in minor units; ends in ... where cut"),
    *_money("share", "ltf", "the party's share, rounded once; in sums without what is borne", "minor"),
    *_money("partner_tax", "ltf", "tax on the share", "minor"),
    *_money("withholding", "ltf", "held back for a tax office", "minor"),
    *_money("net", "ltf", "what the line adds to the balance", "minor"),
    Column("text", _T, "l", "what it is, where the columns before do not say"),
    Column("refers_to_statement_id", _T, "l", "statement that an adjustment or carry-forward is about"),
    Column("refers_to_line", _I, "l", "line of that statement"),
    Column("ledger_account", _T, "l", "account of the ledger that holds the line"),
    Column("exchange_rate", _T, "l", "rate of an exchange"),
    Column("exchange_date", _T, "l", "its date, ISO 8601"),
    Column("estimated", _B, "l", "the share is an estimate only"),
    Column("line_count", _I, "tf", "lines in that currency; in the last footer all lines"),
    *_money("held", "t", "held back because lines are in dispute; taken off already", "minor"),
    *_money("carried_forward", "t", "goes on to the next statement", "minor"),
    *_money("payable", "t", "paid to the party; below zero: to be paid by it", "minor"),
    Column("payout_id", _T, "t", "payout that the ledger has it in"),
    Column("content_sha256", _T, "f", "digest of the statement as it was closed; in the last footer"),
)

NAMES = tuple(column.name for column in COLUMNS)
LINE_COLUMNS = tuple(column for column in COLUMNS if "l" in column.of)
"""The columns of the Parquet file: one row for each line."""


def columns_as_markdown() -> str:
    """The table of columns as it stands in the documentation."""
    return columns.columns_as_markdown(COLUMNS, _RECORD_TYPES, _in_parquet)


def _in_parquet(column: Column) -> str:
    return column.kind.in_parquet if column in LINE_COLUMNS else "metadata"
