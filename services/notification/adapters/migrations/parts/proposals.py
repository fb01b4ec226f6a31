"""Actions that wait for a yes, and suspended lines."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "proposal",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("tool", sa.String(64), nullable=False),
        sa.Column("arguments_json", sa.Text, nullable=False),
        sa.Column("terms_json", sa.Text, nullable=False),
        sa.Column("price", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("begun_at", sa.BigInteger, nullable=False),
        sa.Column("outcome_json", sa.Text, nullable=False),
        sa.Index("ix_proposal_state", "state", "begun_at"),
        sa.Index("ix_proposal_at", "proposed_at"),
    )
    op.create_table(
        "suspended_line",
        sa.Column("subscriber_id", sa.String(64), primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
