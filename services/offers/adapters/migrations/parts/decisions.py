"""The decision log."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    _create_decisions(op)
    _create_presented(op)
    op.create_table(
        "decision_request",
        sa.Column("request_key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),
    )


def _create_decisions(op: MigrationOperations) -> None:
    op.create_table(
        "decision",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("decision_id", sa.String(64), nullable=False, unique=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("pseudonym", sa.String(64), nullable=False),
        sa.Column("raised_by", sa.String(32), nullable=False),
        sa.Column("presented", sa.Integer, nullable=False),
        sa.Column("arms", sa.Text, nullable=False),
        sa.Column("control_group", sa.Boolean, nullable=False),
        sa.Column("reward_window_ends", sa.BigInteger),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "decision_link",
        sa.Column("decision_id", sa.String(64), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Index("ix_decision_link_subscriber", "subscriber_id", "sequence"),
    )


def _create_presented(op: MigrationOperations) -> None:
    op.create_table(
        "presented_offer",
        sa.Column("decision_id", sa.String(64), primary_key=True),
        sa.Column("offer_code", sa.String(64), primary_key=True),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("policy_version", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("outbound", sa.Boolean, nullable=False),
        sa.Column("presented_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("reward_window_ends", sa.BigInteger, nullable=False),
        sa.Column("price_minor_micros", sa.BigInteger, nullable=False),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("value_minor_micros", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Index("ix_presented_offer_waiting", "settled", "reward_window_ends"),
    )
    op.create_table(
        "outcome",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("offer_code", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("rating", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(128), nullable=False),
        sa.Column("value_minor_micros", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("decision_id", "offer_code", "kind"),
    )
