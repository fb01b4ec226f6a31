"""Vouchers."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "loyalty_progress",
        sa.Column("agreement_code", sa.String(64), primary_key=True),
        sa.Column("loyalty_program", sa.String(64), primary_key=True),
        sa.Column("subscriber_id", sa.String, primary_key=True),
        sa.Column("counted", sa.BigInteger, nullable=False),
        sa.Column("issued", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "voucher",
        sa.Column("voucher_code", sa.String(16), primary_key=True),
        sa.Column("agreement_code", sa.String(64), nullable=False),
        sa.Column("agreement_version", sa.BigInteger, nullable=False),
        sa.Column("loyalty_program", sa.String(64), nullable=False),
        sa.Column("redeemed_with_party", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("subscriber_id", sa.String, nullable=False, index=True),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("record_id", sa.String, nullable=False),
        sa.Column("face_minor", sa.BigInteger, nullable=False),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("redeemed_at", sa.BigInteger),
        sa.Column("request_id", sa.String(128)),
        sa.Column("partner_reference", sa.String, nullable=False),
        # A subscriber's vouchers are numbered; a partner's request redeems one.
        sa.UniqueConstraint("agreement_code", "loyalty_program", "subscriber_id", "ordinal"),
        sa.UniqueConstraint("redeemed_with_party", "request_id"),
    )
    op.create_table(
        "loyalty_secret",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
    )
