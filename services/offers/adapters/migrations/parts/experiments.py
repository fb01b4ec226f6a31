"""Roll-outs, verdicts of the gate, experiments, and requests about them."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RUNNING = sa.text("state = 'running'")


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    _create_rollouts(op)
    op.create_table(
        "model_verdict",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("model_version", sa.String(128), nullable=False, index=True),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "experiment",
        sa.Column("experiment_code", sa.String(64), primary_key=True),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "learning_request",
        sa.Column("request_id", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
    )


def _create_rollouts(op: MigrationOperations) -> None:
    op.create_table(
        "rollout",
        sa.Column("rollout_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("challenger_version", sa.String(128), nullable=False),
        sa.Column("champion_version", sa.String(128), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("due_champion", sa.String(128), nullable=False),
        # One row at most is running, whatever two starts at once do.
        sa.Index(
            "ix_rollout_running", "state", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING
        ),
    )
    op.create_table(
        "rollout_step",
        sa.Column("rollout_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("percent", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
