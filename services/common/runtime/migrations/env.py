"""Alembic runs this file to migrate over the connection that `migrate` hands it."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite's DDL is transactional too, once the driver stops opening transactions on its own
    # (database_engine.py): a migration happens whole or not at all.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
