"""The runtime's tables, and one of an imaginary service: effects that a follower stores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.common.runtime.tables import create_runtime_tables, drop_runtime_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From nothing."""
    create_runtime_tables(op)
    op.create_table(
        "effect",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """To nothing."""
    op.drop_table("effect")
    drop_runtime_tables(op)
