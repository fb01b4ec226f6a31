"""Runs, their input, statements and lines."""

from __future__ import annotations

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Creates the tables of this concern."""
