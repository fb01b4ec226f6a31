"""The tables of notification.

Revision ID: notification_0001
Revises:
"""

from __future__ import annotations

from alembic import op

from services.common.runtime.tables import create_runtime_tables
from services.notification.adapters.migrations.parts import cases, delivery, inbox, mirror, proposals, rules

revision = "notification_0001"
down_revision = None
branch_labels = None
depends_on = None

_PARTS = (mirror, rules, inbox, delivery, cases, proposals)


def upgrade() -> None:
    """Creates every table."""
    for part in _PARTS:
        part.create_tables(op)
    create_runtime_tables(op)
