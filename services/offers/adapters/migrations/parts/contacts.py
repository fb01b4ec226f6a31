"""Consents and contact counters."""

from __future__ import annotations

from services.common.runtime.tables import MigrationOperations


def create_tables(op: MigrationOperations) -> None:
    """Nothing yet."""
