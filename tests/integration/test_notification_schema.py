"""The migrations of notification make the tables that its adapters describe, on both databases."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.common.runtime.database import open_database
from services.notification.adapters import tables
from services.notification.adapters.tables.base import NotificationTable
from services.notification.main import MIGRATIONS
from tests.support.postgres import new_postgres_database

RUNTIME = {"outbox", "follower_position"}
"""Tables of the runtime, which have their own description."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_schema_is_what_the_adapters_say(kind: str) -> None:
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    database = open_database("sqlite://" if kind == "sqlite" else new_postgres_database(), MIGRATIONS)
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), NotificationTable.metadata)
    database.engine.dispose()
    # Indexes and what is unique are the migration's own: SQLite does not even tell of the latter.
    wanted = [item for item in found if item[0] not in ("remove_index", "remove_constraint")]
    assert [
        str(item)[:300] for item in wanted if item[0] != "remove_table" or item[1].name not in RUNTIME
    ] == []
