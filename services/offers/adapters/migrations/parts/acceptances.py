"""Answers to offers, and what they set off."""

from __future__ import annotations

import sqlalchemy as sa

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
    op.create_table(
        "offer_answer",
        sa.Column("decision_id", sa.String(64), primary_key=True),
        sa.Column("offer_code", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("subscriber_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.BigInteger, nullable=False),
        sa.Column("action_kind", sa.String(16), nullable=False),
        sa.Column("offering_code", sa.String(64), nullable=False),
        sa.Column("regular_offering_code", sa.String(64), nullable=False),
        sa.Column("chosen_offerings", sa.Text, nullable=False),
        sa.Column("reward_minor_micros", sa.BigInteger, nullable=False),
        sa.Column("reward_currency", sa.String(3), nullable=False),
        sa.Column("given_minor_micros", sa.BigInteger, nullable=False),
        sa.Column("value_minor_micros", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("charge_ids", sa.Text, nullable=False),
        sa.Column("charged_minor_micros", sa.BigInteger, nullable=False),
        sa.Column("charged_currency", sa.String(3), nullable=False),
        sa.Column("trial_end", sa.BigInteger),
        sa.Column("refusal_reason", sa.String(64), nullable=False),
        sa.Column("refusal_message", sa.Text, nullable=False),
        sa.Column("quiet_until", sa.BigInteger),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("never_again", sa.Boolean, nullable=False),
        sa.Column("reversed_at", sa.BigInteger),
        sa.Column("erased", sa.Boolean, nullable=False),
        # What is pending, the longest untried first; what a subscriber has taken.
        sa.Index("ix_offer_answer_state_tried", "state", "tried_at"),
        sa.Index("ix_offer_answer_subscriber", "subscriber_id", "offering_code"),
    )
    op.create_table(
        "answer_charge",
        sa.Column("charge_id", sa.String(128), primary_key=True),
        sa.Column("decision_id", sa.String(64), nullable=False),
        sa.Column("offer_code", sa.String(64), nullable=False),
        sa.Index("ix_answer_charge_decision", "decision_id", "offer_code"),
    )
    op.create_table(
        "answer_request",
        sa.Column("subscriber_id", sa.String(64), primary_key=True),
        sa.Column("request_id", sa.String(128), primary_key=True),
        sa.Column("content", sa.String(64), nullable=False),
    )
    op.create_table(
        "budget_use",
        sa.Column("offer_code", sa.String(64), primary_key=True),
        sa.Column("acceptances", sa.BigInteger, nullable=False),
        sa.Column("amount_minor_micros", sa.BigInteger, nullable=False),
    )
