"""Rendered statements."""

from __future__ import annotations

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
