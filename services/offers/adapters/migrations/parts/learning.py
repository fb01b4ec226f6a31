"""Rewards, and the parameters learned from them."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "reward",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("decision_id", sa.String(64), nullable=False, unique=True),
        sa.Column("offer_code", sa.String(64), nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("outcome_id", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "learner_position",
        sa.Column("line", sa.String(64), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "feature_version",
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("names", sa.Text, nullable=False),
    )
