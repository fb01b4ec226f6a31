"""Contact counters, and what subscribers want no more."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "contact",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("offer_code", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("outbound", sa.Boolean, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Index("ix_contact_subscriber", "subscriber_id", "at"),
        sa.Index("ix_contact_outbound", "outbound", "at"),
    )
    op.create_table(
        "contact_quiet",
        sa.Column("subscriber_id", sa.String(64), primary_key=True),
        sa.Column("offer_code", sa.String(64), primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
