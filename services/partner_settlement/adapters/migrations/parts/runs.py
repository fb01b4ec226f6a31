"""Runs, their input, statements and lines."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create_tables(op: Any) -> None:
    """Creates the tables of this concern. `op`: the module `alembic.op`."""
    op.create_table(
        "run",
        sa.Column("run_id", sa.String(16), primary_key=True),
        sa.Column("period_kind", sa.String(8), nullable=False),
        sa.Column("first_day", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("epoch", sa.BigInteger),
        sa.Column("after_epoch", sa.BigInteger),
        sa.Column("frozen_at", sa.BigInteger),
        sa.Column("input_sha256", sa.LargeBinary),
        sa.Column("records", sa.BigInteger),
        sa.Column("gross", sa.Text),
        sa.Column("early", sa.Boolean, nullable=False),
        sa.Column("calculated_at", sa.BigInteger),
        sa.Column("ledger_cutoff", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("rates", sa.Text, nullable=False),
    )
    op.create_table(
        "run_transition",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.String(16), nullable=False, index=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("from_state", sa.String(16), nullable=False),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "share",
        sa.Column("run_id", sa.String(16), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("period_kind", sa.String(8), nullable=False),
        sa.Column("home_period", sa.String(16), nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("agreement_code", sa.String(64), nullable=False),
        sa.Column("agreement_version", sa.Integer, nullable=False),
        sa.Column("term_code", sa.String(64), nullable=False),
        sa.Column("step_code", sa.String(64), nullable=False),
        sa.Column("recipient_kind", sa.String(8), nullable=False),
        sa.Column("party_code", sa.String(64), nullable=False),
        sa.Column("product_id", sa.BigInteger),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("rate", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.Column("gross", sa.BigInteger, nullable=False),
        sa.Column("tax", sa.BigInteger, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("exact", sa.Text, nullable=False),
        sa.Column("share_minor", sa.BigInteger, nullable=False),
        sa.Column("statement_id", sa.String(128), nullable=False, index=True),
        sa.Column("line_number", sa.Integer, nullable=False),
    )
    op.create_table(
        "pool",
        sa.Column("run_id", sa.String(16), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("period_kind", sa.String(8), nullable=False),
        sa.Column("home_period", sa.String(16), nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("agreement_code", sa.String(64), nullable=False),
        sa.Column("term_code", sa.String(64), nullable=False),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("funding", sa.String(16), nullable=False),
        sa.Column("funded_by_party", sa.String(64), nullable=False),
        sa.Column("distributable_minor", sa.BigInteger, nullable=False),
        sa.Column("net_revenue_minor", sa.BigInteger, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "drafted_entry",
        sa.Column("run_id", sa.String(16), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "statement",
        sa.Column("statement_id", sa.String(128), primary_key=True),
        sa.Column("party_code", sa.String(64), nullable=False, index=True),
        sa.Column("run_id", sa.String(16), nullable=False, index=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sequence_number", sa.BigInteger, nullable=False),
        sa.Column("parked_reason", sa.String(64), nullable=False),
        sa.Column("ledger_cutoff", sa.BigInteger, nullable=False),
        sa.Column("after_epoch", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "answered_request",
        sa.Column("request_id", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
    )
    op.create_index("share_by_home", "share", ["period_kind", "home_period", "counts"])
    op.create_index("pool_by_home", "pool", ["period_kind", "home_period", "counts"])
