"""The tables of offers.

Revision ID: offers_0001
Revises:
"""

from __future__ import annotations

from alembic import op

from services.common.runtime.tables import create_runtime_tables
from services.offers.adapters.migrations.parts import (
    acceptances,
    contacts,
    decisions,
    experiments,
    learning,
    locations,
    policies,
    profiles,
)

revision = "offers_0001"
down_revision = None
branch_labels = None
depends_on = None

# In the order of their creation: a part may refer to those before it.
_PARTS = (profiles, policies, decisions, contacts, acceptances, locations, learning, experiments)


def upgrade() -> None:
    """Creates every table."""
    for part in _PARTS:
        part.create_tables(op)
    create_runtime_tables(op)
