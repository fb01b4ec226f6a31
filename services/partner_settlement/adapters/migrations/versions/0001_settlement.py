"""The tables of partner settlement.

Revision ID: settlement_0001
Revises:
"""

from __future__ import annotations

from alembic import op

from services.common.runtime.tables import create_runtime_tables
from services.partner_settlement.adapters.migrations.parts import (
    accrual,
    agreements,
    disputes,
    documents,
    ledger,
    loyalty,
    runs,
)

revision = "settlement_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates every table."""
    for part in (accrual, agreements, runs, ledger, disputes, loyalty, documents):
        part.create_tables(op)
    create_runtime_tables(op)
