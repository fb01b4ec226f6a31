"""Alembic versions of the settlement database."""
