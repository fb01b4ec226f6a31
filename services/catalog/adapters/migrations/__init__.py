"""Alembic versions of the catalog database."""
